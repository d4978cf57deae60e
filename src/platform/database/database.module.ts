import { Global, Module } from '@nestjs/common';
import { TypeOrmModule, type TypeOrmModuleOptions } from '@nestjs/typeorm';
import { dataSourceOptions } from './data-source-options.js';
import { DatabaseServer } from './database-server.service.js';
import { withServiceTimeouts } from './pg-client-timeouts.js';
import { openDataSource } from './open-data-source.js';

/** Longer than any statement of Payhook takes, and shorter than the leases of the workers that wait for one. */
const SILENCE_TIMEOUT_MS = 30_000;

@Global()
@Module({ providers: [DatabaseServer], exports: [DatabaseServer] })
export class DatabaseServerModule {}

/**
 * The one data source of the process, migrated before anything that asks for it is made. Needs the ENV provider.
 * At shutdown the connections are closed in `onApplicationShutdown`, and the embedded server after them: whoever works
 * on the database finishes in `onModuleDestroy` or `beforeApplicationShutdown`.
 */
@Module({
  imports: [
    DatabaseServerModule,
    TypeOrmModule.forRootAsync({
      imports: [DatabaseServerModule],
      inject: [DatabaseServer],
      useFactory: async (server: DatabaseServer): Promise<TypeOrmModuleOptions> => ({
        ...withServiceTimeouts(dataSourceOptions(await server.url()), { ms: SILENCE_TIMEOUT_MS }),
        // Who starts the service tries again, and says why; a program that does one thing fails with that sentence.
        toRetry: () => false,
      }),
      dataSourceFactory: openDataSource,
    }),
  ],
})
export class DatabaseModule {}
