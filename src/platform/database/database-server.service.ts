import { Inject, Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { ENV } from '../config/config.module.js';
import { type Env } from '../config/env.js';
import { startEmbeddedPostgres } from './embedded/embedded-postgres.js';
import { type EmbeddedPostgres } from './embedded/owned-server.js';
import { waitForClosedConnections } from './pg-client-timeouts.js';

/** For the connections of the pools that were ended before. */
const CLOSE_TIMEOUT_MS = 2_000;

/** The server that this process works on, and the life of the embedded one. */
@Injectable()
export class DatabaseServer implements OnApplicationShutdown {
  private readonly logger = new Logger('Database');
  private server: EmbeddedPostgres | null = null;

  constructor(@Inject(ENV) private readonly env: Env) {}

  /** Null when the environment names a server of its own. */
  get embedded(): EmbeddedPostgres | null {
    return this.server;
  }

  /** Where the database is; starts the embedded server when the environment names none. */
  async url(): Promise<string> {
    if (this.env.databaseUrl !== null) return this.env.databaseUrl;
    this.server ??= await startEmbeddedPostgres({
      dataDir: this.env.dataDir,
      log: (line) => this.logger.log(line),
    });
    this.logger.log(`Embedded PostgreSQL in ${this.server.home}`);
    return this.server.url;
  }

  /** Nest takes global modules last and this one after the data source's own, which imports it. */
  async onApplicationShutdown(): Promise<void> {
    if (this.server === null) return;
    await waitForClosedConnections(CLOSE_TIMEOUT_MS);
    await this.server.stop();
  }
}
