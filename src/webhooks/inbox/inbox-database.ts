import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { type PostgresDataSourceOptions } from 'typeorm/driver/postgres/PostgresDataSourceOptions.js';
import { withServiceTimeouts } from '../../platform/database/pg-client-timeouts.js';

/** How long a sender waits for a database that says nothing. */
const STATEMENT_TIMEOUT_MS = 10_000;
/** One is at work; the other is there while a broken one is being replaced. */
const MAX_CONNECTIONS = 2;

/** Of a host's data source only the way to the server counts, and nothing that it does when it opens. */
const CONNECTION_ONLY = {
  entities: [],
  migrations: [],
  subscribers: [],
  migrationsRun: false,
  synchronize: false,
  dropSchema: false,
} satisfies Partial<PostgresDataSourceOptions>;

/**
 * The way to the database that is kept for what is being acknowledged. Handlers that hang, reads, a burst of mails: none
 * of them can take its connections away.
 */
@Injectable()
export class InboxDatabase implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly db: DataSource;
  private opening: Promise<unknown> | null = null;

  constructor(main: DataSource) {
    const options = main.options as PostgresDataSourceOptions;
    const limits = { ms: STATEMENT_TIMEOUT_MS, most: MAX_CONNECTIONS };
    this.db = new DataSource({ ...withServiceTimeouts(options, limits), ...CONNECTION_ONLY });
  }

  /** The first sender does not wait for it. Where the database went away since the start, senders are told so. */
  async onApplicationBootstrap(): Promise<void> {
    await this.open().catch(() => undefined);
  }

  /** As {@link transaction}, for work of one statement, which is a commit of its own. */
  async run<Result>(work: (manager: EntityManager) => Promise<Result>): Promise<Result> {
    if (!this.db.isInitialized) await this.open();
    return work(this.db.manager);
  }

  /** Rejects within seconds when the database is away, and within {@link STATEMENT_TIMEOUT_MS} when it falls silent. */
  async transaction<Result>(work: (manager: EntityManager) => Promise<Result>): Promise<Result> {
    if (!this.db.isInitialized) await this.open();
    return this.db.transaction(work);
  }

  async onApplicationShutdown(): Promise<void> {
    await this.opening?.catch(() => undefined);
    if (this.db.isInitialized) await this.db.destroy();
  }

  private async open(): Promise<void> {
    this.opening ??= this.db.initialize().finally(() => (this.opening = null));
    await this.opening;
  }
}
