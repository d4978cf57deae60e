import { Logger } from '@nestjs/common';
import type { MigrationInterface } from 'typeorm';
import { type PostgresDataSourceOptions } from 'typeorm/driver/postgres/PostgresDataSourceOptions.js';
import { ServerChangedError } from './database.errors.js';
import { createSessionSetup, schemaSettings } from './session-settings.js';

/** The tables that a data source knows: their entities, and the migrations that create them, oldest first. */
export interface DatabaseSchema {
  readonly entities: (new () => object)[];
  readonly migrations: (new () => MigrationInterface)[];
  /** The PostgreSQL schema that holds the tables. Left out: the first one of the role's search_path holds them. */
  readonly name?: string;
}

/**
 * Options for TypeORM on the database at `url` (`postgres://…`; `sslmode` and `host` in its query are respected).
 *
 * Only migrations change the schema, and `runMigrations` runs them under a lock. Every connection gets the settings of
 * {@link createSessionSetup}. TypeORM's logging of queries and errors stays off, because it prints parameters, which are
 * personal data.
 */
export function dataSourceOptions(
  url: string,
  { entities, migrations, name }: DatabaseSchema,
): PostgresDataSourceOptions {
  return {
    type: 'postgres',
    url,
    schema: name,
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
    extra: {
      max: 16,
      idleTimeoutMillis: 30_000,
      keepAlive: true,
      onConnect: createSessionSetup(schemaSettings({ schema: name })),
    },
  };
}

/**
 * For a further data source beside the main one, which uses its connection settings and nothing else: opening it must
 * change nothing.
 */
export const CONNECTION_ONLY = {
  entities: [],
  migrations: [],
  subscribers: [],
  migrationsRun: false,
  synchronize: false,
  dropSchema: false,
} satisfies Partial<PostgresDataSourceOptions>;
