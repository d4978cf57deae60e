import type { LoggerService } from '@nestjs/common';
import { redact } from '../platform/logging/redactor.js';

/** In characters. Payhook logs no longer sentences. */
const MAX_LENGTH = 4_000;

/**
 * The logger of commands: warnings and errors are plain sentences on standard error. Standard output is what the command
 * says itself. As in the log of the service, an error is its class and every text is redacted.
 */
export class CommandLogger implements LoggerService {
  constructor(private readonly write: (line: string) => unknown = (line) => process.stderr.write(line)) {}

  log = (): void => undefined;
  fatal = (message: unknown): void => this.print(message);
  error = (message: unknown): void => this.print(message);
  warn = (message: unknown): void => this.print(message);

  private print(message: unknown): void {
    const said = message instanceof Error ? message.constructor.name : String(message);
    this.write(`${redact(said.slice(0, MAX_LENGTH))}\n`);
  }
}
