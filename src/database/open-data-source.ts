import { Logger } from '@nestjs/common';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { patient } from './impatient-client.js';
import { runMigrations } from './run-migrations.js';

/**
 * Migrates, as long as it takes, and connects: nothing sees the database before its schema is what the code expects. Whoever asked for the
 * data source closes it; after a failure it is closed already.
 * @throws UnsuitableDatabase, or what connecting or a migration threw.
 */
export async function openDataSource(options?: DataSourceOptions): Promise<DataSource> {
  if (options === undefined) throw new TypeError('A data source needs options.');
  const migrator = await new DataSource(patient(options)).initialize();
  try {
    const names = await runMigrations(migrator);
    if (names.length > 0) new Logger('Database').log(`Migrated: ${names.join(', ')}`);
  } finally {
    await migrator.destroy();
  }
  return new DataSource(options).initialize();
}
