import type { LoggerService } from '@nestjs/common';
import { pino, type Logger } from 'pino';

const LEVELS = { log: 'info', error: 'error', warn: 'warn', debug: 'debug', verbose: 'trace', fatal: 'fatal' } as const;

/**
 * Nest's logger as JSON lines. Only the first argument and the context are written: further arguments are where
 * payloads and stack traces with data would slip in.
 */
export class ServiceLogger implements LoggerService {
  private readonly pino: Logger;

  constructor(level: string = process.env.LOG_LEVEL ?? 'info') {
    this.pino = pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime });
  }

  log = (message: unknown, ...rest: unknown[]): void => this.write('log', message, rest);
  error = (message: unknown, ...rest: unknown[]): void => this.write('error', message, rest);
  warn = (message: unknown, ...rest: unknown[]): void => this.write('warn', message, rest);
  debug = (message: unknown, ...rest: unknown[]): void => this.write('debug', message, rest);
  verbose = (message: unknown, ...rest: unknown[]): void => this.write('verbose', message, rest);
  fatal = (message: unknown, ...rest: unknown[]): void => this.write('fatal', message, rest);

  private write(level: keyof typeof LEVELS, message: unknown, rest: unknown[]): void {
    const context = rest.at(-1);
    const text = message instanceof Error ? message.constructor.name : String(message);
    this.pino[LEVELS[level]]({ context: typeof context === 'string' ? context : undefined }, text);
  }
}
