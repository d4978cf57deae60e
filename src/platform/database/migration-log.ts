import { Logger } from '@nestjs/common';
import { AbstractLogger, type LogLevel, type LogMessage } from 'typeorm';

/**
 * Takes what TypeORM tells of migrations. TypeORM would print a failure for each time that a migration waits for a table;
 * `runMigrations` says it once, and names the migration.
 */
export class MigrationLog extends AbstractLogger {
  private readonly logger = new Logger('Database');
  /** The migration that failed last. */
  failed: string | null = null;

  override logMigration(message: string): void {
    this.failed = /^Migration "([^"]*)" failed/.exec(message)?.[1] ?? this.failed;
  }

  protected override writeLog(
    level: LogLevel,
    messages: LogMessage | string | number | (LogMessage | string | number)[],
  ): void {
    if (level !== 'warn') return;
    for (const { message } of this.prepareLogMessages(messages)) this.logger.warn(String(message));
  }
}
