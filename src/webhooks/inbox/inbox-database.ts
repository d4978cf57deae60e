import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { type PostgresDataSourceOptions } from 'typeorm/driver/postgres/PostgresDataSourceOptions.js';
import { ProcessRole } from '../../platform/config/process-role.js';
import { CONNECTION_ONLY } from '../../platform/database/data-source-options.js';
import { withServiceTimeouts } from '../../platform/database/pg-client-timeouts.js';

/** How long a sender waits for a database that does not answer. */
const STATEMENT_TIMEOUT_MS = 10_000;
/** One connection writes; the second is there while a broken one is being replaced. */
const MAX_CONNECTIONS = 2;

/** A connection pool of the inbox alone: hanging handlers, reads and bursts of mails cannot use up its connections. */
@Injectable()
export class InboxDatabase implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly db: DataSource;
  private opening: Promise<unknown> | null = null;

  constructor(
    main: DataSource,
    private readonly role: ProcessRole,
  ) {
    const options = main.options as PostgresDataSourceOptions;
    const limits = { ms: STATEMENT_TIMEOUT_MS, most: MAX_CONNECTIONS };
    this.db = new DataSource({ ...withServiceTimeouts(options, limits), ...CONNECTION_ONLY });
  }

  /** Connects before the first sender needs it; a worker has no senders. If that fails, each message tries again and is answered 503. */
  async onApplicationBootstrap(): Promise<void> {
    if (this.role.receives) await this.open().catch(() => undefined);
  }

  /** As {@link transaction}, for work that is one statement and so a commit of its own. */
  async run<Result>(work: (manager: EntityManager) => Promise<Result>): Promise<Result> {
    if (!this.db.isInitialized) await this.open();
    return work(this.db.manager);
  }

  /** Rejects within seconds when the database is unreachable, and within 10 s when a statement gets no answer. */
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
