import { Inject, Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { ENV } from '../config/config.module.js';
import { type Env } from '../config/env.js';
import { startEmbeddedPostgres } from './embedded/embedded-postgres.js';
import { type EmbeddedPostgres } from './embedded/owned-server.js';
import { waitForClosedConnections } from './pg-client-timeouts.js';

/** How long to wait for the connections of ended pools to close. */
const CLOSE_TIMEOUT_MS = 2_000;

/** The database server of this process. Starts and stops the embedded one where `DATABASE_URL` is not set. */
@Injectable()
export class DatabaseServer implements OnApplicationShutdown {
  private readonly logger = new Logger('Database');
  private server: EmbeddedPostgres | null = null;

  constructor(@Inject(ENV) private readonly env: Env) {}

  /** Null where `DATABASE_URL` is set. */
  get embedded(): EmbeddedPostgres | null {
    return this.server;
  }

  /** The URL of the database. Starts the embedded server where `DATABASE_URL` is not set. */
  async url(): Promise<string> {
    if (this.env.databaseUrl !== null) return this.env.databaseUrl;
    this.server ??= await startEmbeddedPostgres({
      dataDir: this.env.dataDir,
      log: (line) => this.logger.log(line),
    });
    this.logger.log(`Embedded PostgreSQL in ${this.server.home}`);
    return this.server.url;
  }

  /** Nest calls this after the data source has been closed, because the module of the data source imports this one. */
  async onApplicationShutdown(): Promise<void> {
    if (this.server === null) return;
    await waitForClosedConnections(CLOSE_TIMEOUT_MS);
    await this.server.stop();
  }
}
