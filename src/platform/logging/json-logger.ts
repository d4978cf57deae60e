import type { LoggerService } from '@nestjs/common';
import { pino, type DestinationStream, type Logger } from 'pino';
import { type LogFields, LogLine } from './log-line.js';
import { redact } from './redactor.js';

const LEVELS = {
  log: 'info',
  error: 'error',
  warn: 'warn',
  debug: 'debug',
  verbose: 'trace',
  fatal: 'fatal',
} as const;

/** Contexts of the lines that Nest logs about its own start. They are logged at level debug. */
const BOOT_CONTEXTS = new Set([
  'InstanceLoader',
  'RoutesResolver',
  'RouterExplorer',
  'NestFactory',
  'NestApplication',
]);

/** The context in which Nest logs a failed start. `main.ts` logs the same failure as a sentence. */
const FAILED_START_CONTEXT = 'ExceptionHandler';

/** In characters. Payhook logs no longer sentences. */
const MAX_LINE_LENGTH = 4_000;
/** In characters. Ids are shorter. */
const MAX_FIELD_LENGTH = 300;
const MAX_ITEMS = 100;

/**
 * Nest's logger, writing JSON lines. Only the first argument and the context are written, because further arguments
 * could be payloads or stack traces with data. A {@link LogLine} is the only object whose fields are written. The
 * redactor masks every text, so that an address or a secret that is logged by mistake does not appear.
 */
export class JsonLogger implements LoggerService {
  private readonly pino: Logger;

  /** Writes to standard output by default. */
  constructor(to: DestinationStream = pino.destination(1)) {
    this.pino = pino(
      {
        base: null,
        timestamp: pino.stdTimeFunctions.isoTime,
        formatters: { level: (label) => ({ level: label }) },
      },
      to,
    );
  }

  /** Sets the level of the configuration, which is read after the logger is created. */
  setLevel(level: string): void {
    this.pino.level = level;
  }

  log = (message: unknown, ...rest: unknown[]): void => this.write('log', message, rest);
  error = (message: unknown, ...rest: unknown[]): void => this.write('error', message, rest);
  warn = (message: unknown, ...rest: unknown[]): void => this.write('warn', message, rest);
  debug = (message: unknown, ...rest: unknown[]): void => this.write('debug', message, rest);
  verbose = (message: unknown, ...rest: unknown[]): void => this.write('verbose', message, rest);
  fatal = (message: unknown, ...rest: unknown[]): void => this.write('fatal', message, rest);

  private write(level: keyof typeof LEVELS, message: unknown, rest: unknown[]): void {
    const context = rest.at(-1);
    const said = message instanceof Error ? message.constructor.name : String(message);
    const text = redact(said.slice(0, MAX_LINE_LENGTH));
    this.pino[isBootMessage(level, context) ? 'debug' : LEVELS[level]](
      {
        context: typeof context === 'string' ? redact(context) : undefined,
        ...(message instanceof LogLine && redactFields(message.fields)),
      },
      text,
    );
  }
}

const isBootMessage = (level: keyof typeof LEVELS, context: unknown): boolean =>
  context === FAILED_START_CONTEXT ||
  (level === 'log' && typeof context === 'string' && BOOT_CONTEXTS.has(context));

function redactFields(fields: LogFields): Record<string, unknown> {
  const shown = (value: unknown): unknown => {
    if (typeof value === 'string') return redact(value.slice(0, MAX_FIELD_LENGTH));
    return Array.isArray(value) ? value.slice(0, MAX_ITEMS).map(shown) : value;
  };
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, shown(value)]));
}
