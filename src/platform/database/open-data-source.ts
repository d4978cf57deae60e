import { Logger } from '@nestjs/common';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { type PostgresDataSourceOptions } from 'typeorm/driver/postgres/PostgresDataSourceOptions.js';
import { isDatabaseUnavailable } from './database-unavailable.js';
import { DatabaseUnavailableError, UnsupportedDatabaseError } from './database.errors.js';
import { describeDatabaseProblem } from './database-trouble.js';
import { withMigrationTimeouts } from './pg-client-timeouts.js';
import { MIGRATION_LOCK_TIMEOUT_MS, runMigrations } from './run-migrations.js';

/**
 * Migrates, as long as it takes, and connects: nothing sees the database before its schema is what the code expects.
 * Whoever asked for the data source closes it; after a failure it is closed already.
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
 * @throws DatabaseUnavailableError where it may go better later, UnsuitableDatabase where it will not: both with a
 * sentence for the operator that names the server and the cause. Anything else as it was thrown.
 */
export async function migrateDatabase(options: PostgresDataSourceOptions): Promise<void> {
  try {
    const migrator = await new DataSource(
      withMigrationTimeouts(options, { lockMs: MIGRATION_LOCK_TIMEOUT_MS }),
    ).initialize();
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
