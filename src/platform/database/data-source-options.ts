import { Logger } from '@nestjs/common';
import { type PostgresDataSourceOptions } from 'typeorm/driver/postgres/PostgresDataSourceOptions.js';
import { ServerChangedError } from './database.errors.js';
import { entities } from '../../schema/entities.js';
import { migrations } from '../../schema/migrations/index.js';
import { createSessionSetup } from './session-settings.js';

/**
 * How TypeORM reaches the database at `url` (`postgres://…`; `sslmode` and `host` in its query count).
 *
 * The schema changes by migrations alone, and those run only under {@link runMigrations}' lock. Every connection has
 * the settings of {@link createSessionSetup}. TypeORM's own logging stays off for queries and
 * errors: it prints parameters, and those are personal data.
 */
export function dataSourceOptions(url: string): PostgresDataSourceOptions {
  return {
    type: 'postgres',
    url,
    entities,
    migrations,
    migrationsTableName: 'migrations',
    migrationsRun: false,
    synchronize: false,
    logging: ['warn'],
    applicationName: 'payhook',
    connectTimeoutMS: 3_000,
    // The pool replaces an idle connection that breaks. Without this handler the error would end the process.
    poolErrorHandler: (error: unknown) => {
      if (error instanceof ServerChangedError) return;
      new Logger('Database').warn(`a connection was lost: ${(error as { code?: string }).code ?? 'no code'}`);
    },
    extra: { max: 16, idleTimeoutMillis: 30_000, keepAlive: true, onConnect: createSessionSetup() },
  };
}
