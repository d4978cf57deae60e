import { Logger } from '@nestjs/common';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { type PostgresDataSourceOptions } from 'typeorm/driver/postgres/PostgresDataSourceOptions.js';
import { isDatabaseAway } from './database-unavailable.js';
import { DatabaseUnavailableError, UnsuitableDatabase } from './database.errors.js';
import { databaseTrouble } from './database-trouble.js';
import { patient } from './pg-client-timeouts.js';
import { LOCK_WITHIN_MS, runMigrations } from './run-migrations.js';

/**
 * Migrates, as long as it takes, and connects: nothing sees the database before its schema is what the code expects.
 * Whoever asked for the data source closes it; after a failure it is closed already.
 * @throws as {@link migrateDatabase} does.
 */
export async function openDataSource(options?: DataSourceOptions): Promise<DataSource> {
  if (options?.type !== 'postgres') throw new TypeError('A data source needs options for PostgreSQL.');
  await migrateDatabase(options);
  return await new DataSource(options).initialize().catch((error: unknown) => tell(options, error));
}

/**
 * @throws DatabaseUnavailableError where it may go better later, UnsuitableDatabase where it will not: both with a
 * sentence for the operator that names the server and the cause. Anything else as it was thrown.
 */
export async function migrateDatabase(options: PostgresDataSourceOptions): Promise<void> {
  try {
    const migrator = await new DataSource(patient(options, { lockMs: LOCK_WITHIN_MS })).initialize();
    try {
      const names = await runMigrations(migrator);
      if (names.length > 0) new Logger('Database').log(`Migrated: ${names.join(', ')}`);
    } finally {
      await migrator.destroy();
    }
  } catch (error) {
    tell(options, error);
  }
}

function tell({ url }: PostgresDataSourceOptions, error: unknown): never {
  if (error instanceof UnsuitableDatabase) throw error;
  const sentence = databaseTrouble(url, error);
  if (sentence === null) throw error;
  if (isDatabaseAway(error)) throw new DatabaseUnavailableError(sentence, { cause: error });
  throw new UnsuitableDatabase(sentence, { cause: error });
}
