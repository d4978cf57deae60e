import { Logger } from '@nestjs/common';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { runMigrations } from './run-migrations.js';

/**
 * Connects and migrates: nothing sees the database before its schema is what the code expects. Whoever asked for the
 * data source closes it; after a failure it is closed already.
 * @throws UnsuitableDatabase, or what connecting or a migration threw.
 */
export async function openDataSource(options?: DataSourceOptions): Promise<DataSource> {
  if (options === undefined) throw new TypeError('A data source needs options.');
  const dataSource = await new DataSource(options).initialize();
  try {
    const names = await runMigrations(dataSource);
    if (names.length > 0) new Logger('Database').log(`Migrated: ${names.join(', ')}`);
    return dataSource;
  } catch (error) {
    await dataSource.destroy();
    throw error;
  }
}
