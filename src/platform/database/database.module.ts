import { type DynamicModule, Global, Module } from '@nestjs/common';
import { TypeOrmModule, type TypeOrmModuleOptions } from '@nestjs/typeorm';
import { dataSourceOptions, type DatabaseSchema } from './data-source-options.js';
import { DatabaseServer } from './database-server.service.js';
import { withServiceTimeouts } from './pg-client-timeouts.js';
import { openDataSource } from './open-data-source.js';

/** Injects the `DatabaseSchema` in place of the one of {@link DatabaseModule.forRoot}, where something adds tables to it. */
export const SCHEMA = Symbol('SCHEMA');

/** Injects the name of the PostgreSQL schema that holds the tables, where a host application gives one. */
export const DATABASE_SCHEMA_NAME = Symbol('DATABASE_SCHEMA_NAME');

/** Longer than any statement of Payhook takes, and shorter than the leases of the workers that wait for one. */
const SILENCE_TIMEOUT_MS = 30_000;

@Global()
@Module({ providers: [DatabaseServer], exports: [DatabaseServer] })
export class DatabaseServerModule {}

/**
 * The one data source of the process. Its database is migrated before any other provider can use it. Needs the ENV provider.
 *
 * At shutdown the connections are closed in `onApplicationShutdown`, and the embedded server after them. Workers that use
 * the database must finish in `onModuleDestroy` or `beforeApplicationShutdown`.
 */
@Module({})
export class DatabaseModule {
  /** `schema` lists all tables of the application: the platform does not know them. */
  static forRoot(schema: DatabaseSchema): DynamicModule {
    const dataSource = TypeOrmModule.forRootAsync({
      imports: [DatabaseServerModule],
      inject: [
        DatabaseServer,
        { token: DATABASE_SCHEMA_NAME, optional: true },
        { token: SCHEMA, optional: true },
      ],
      useFactory: async (
        server: DatabaseServer,
        name?: string,
        whole: DatabaseSchema = schema,
      ): Promise<TypeOrmModuleOptions> => ({
        ...withServiceTimeouts(dataSourceOptions(await server.url(), { ...whole, name }), {
          ms: SILENCE_TIMEOUT_MS,
        }),
        // The start of the service retries and reports the reason. A command fails with that sentence at once.
        toRetry: () => false,
      }),
      dataSourceFactory: openDataSource,
    });
    return { module: DatabaseModule, imports: [DatabaseServerModule, dataSource] };
  }
}
