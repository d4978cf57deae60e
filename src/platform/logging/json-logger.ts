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

/** What Nest tells of its own start, line by line: for who looks for it. */
const BOOT_CONTEXTS = new Set([
  'InstanceLoader',
  'RoutesResolver',
  'RouterExplorer',
  'NestFactory',
  'NestApplication',
]);

/** Nest tells of a failed start under this name, by class alone. Whoever starts the application tells the same in a sentence. */
const FAILED_START_CONTEXT = 'ExceptionHandler';

/** In characters: what is longer is no sentence of ours. */
const MAX_LINE_LENGTH = 4_000;
/** In characters: ids are shorter. */
const MAX_FIELD_LENGTH = 300;
const MAX_ITEMS = 100;

/**
 * Nest's logger as JSON lines. Only the first argument and the context are written: further arguments are where
 * payloads and stack traces with data would slip in. Of objects only a {@link LogLine} is written with its fields. What
 * is written goes through the redactor: nobody is meant to log an address or a secret, and nobody gets through who does.
 */
export class JsonLogger implements LoggerService {
  private readonly pino: Logger;

  /** Standard output, unless told otherwise. */
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

  /** From the configuration, once it is read. */
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
