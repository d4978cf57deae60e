import { Logger } from '@nestjs/common';
import { type PostgresDataSourceOptions } from 'typeorm/driver/postgres/PostgresDataSourceOptions.js';
import { entities } from './entities.js';
import { migrations } from './migrations/index.js';

/**
 * Statistics are made now and then, and hardly ever see how much waits at a moment. Planned for a few rows, a claim
 * would gather all that wait, and the dead entries of what no longer does, only to sort them and take the first; an
 * index scan in order stops there, and takes the dead entries out of the index as it passes.
 */
const QUEUES_IN_ORDER = '-c enable_bitmapscan=off';

/**
 * How TypeORM reaches the database at `url` (`postgres://…`; `sslmode` and `host` in its query count).
 *
 * The schema changes by migrations alone, and those run only under {@link runMigrations}' lock. Every column for a
 * moment is `timestamptz`, so the session's time zone changes nothing. TypeORM's own logging stays off for queries and
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
    // An idle connection that breaks is replaced by the pool; a pool error nobody listens to would end the process.
    poolErrorHandler: (error: unknown) =>
      new Logger('Database').warn(`a connection was lost: ${(error as { code?: string }).code ?? 'no code'}`),
    extra: { max: 16, idleTimeoutMillis: 30_000, keepAlive: true, options: QUEUES_IN_ORDER },
  };
}
