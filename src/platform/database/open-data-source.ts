import { Logger } from '@nestjs/common';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { type PostgresDataSourceOptions } from 'typeorm/driver/postgres/PostgresDataSourceOptions.js';
import { isDatabaseUnavailable } from './database-unavailable.js';
import { DatabaseUnavailableError, UnsupportedDatabaseError } from './database.errors.js';
import { describeDatabaseProblem } from './database-trouble.js';
import { MigrationLog } from './migration-log.js';
import { withMigrationTimeouts } from './pg-client-timeouts.js';
import { MIGRATION_LOCK_TIMEOUT_MS, runMigrations } from './run-migrations.js';

/**
 * Migrates the database, without a time limit, and connects to it. No other code sees the database before its schema is
 * up to date. The caller closes the data source; after a failure it is closed already.
 * @throws as {@link migrateDatabase} does.
 */
export async function openDataSource(options?: DataSourceOptions): Promise<DataSource> {
  if (options?.type !== 'postgres') throw new TypeError('A data source needs options for PostgreSQL.');
  await migrateDatabase(options);
  return await new DataSource(options)
    .initialize()
    .catch((error: unknown) => throwForOperator(options, error));
}

/**
 * Checks that the database is supported and runs the pending migrations.
 * @throws DatabaseUnavailableError where a retry may succeed and UnsupportedDatabaseError where it will not, each with
 * a sentence for the operator that names the server and the cause. Every other error is thrown as it is.
 */
export async function migrateDatabase(options: PostgresDataSourceOptions): Promise<void> {
  try {
    const migrator = await new DataSource({
      ...withMigrationTimeouts(options, { lockMs: MIGRATION_LOCK_TIMEOUT_MS }),
      logger: new MigrationLog(options.logging),
    }).initialize();
    try {
      const names = await runMigrations(migrator);
      if (names.length > 0) new Logger('Database').log(`Migrated: ${names.join(', ')}`);
    } finally {
      await migrator.destroy();
    }
  } catch (error) {
    throwForOperator(options, error);
  }
}

function throwForOperator({ url }: PostgresDataSourceOptions, error: unknown): never {
  if (error instanceof UnsupportedDatabaseError) throw error;
  const sentence = describeDatabaseProblem(url, error);
  if (sentence === null) throw error;
  if (isDatabaseUnavailable(error)) throw new DatabaseUnavailableError(sentence, { cause: error });
  throw new UnsupportedDatabaseError(sentence, { cause: error });
}
