import { DataSource, type QueryRunner } from 'typeorm';
import { type PostgresDataSourceOptions } from 'typeorm/driver/postgres/PostgresDataSourceOptions.js';
import { CONNECTION_ONLY } from '../database/data-source-options.js';
import { withLifelineTimeouts } from '../database/pg-client-timeouts.js';
import { CONFIRMED_FOR_MS, SERVER_NOTICES } from './session-timing.js';

/** The one connection of a process whose end tells the others that the process ended. It is taken from no pool. */
export class SessionConnection {
  private readonly db: DataSource;
  private current: QueryRunner | null = null;

  constructor(
    main: DataSource,
    /** Called when the connection that was open is lost. */
    private readonly onLost: () => void,
  ) {
    const options = main.options as PostgresDataSourceOptions;
    const timeouts = { answerMs: CONFIRMED_FOR_MS, server: SERVER_NOTICES };
    this.db = new DataSource({ ...withLifelineTimeouts(options, timeouts), ...CONNECTION_ONLY });
  }

  /** Null while there is none. */
  get open(): QueryRunner | null {
    return this.current;
  }

  async connect(): Promise<QueryRunner> {
    if (!this.db.isInitialized) await this.db.initialize();
    const connection = this.db.createQueryRunner();
    const client = (await connection.connect()) as { once(event: 'end', listener: () => void): void };
    this.current = connection;
    client.once('end', () => void this.lose(connection));
    return connection;
  }

  /** Gives the connection up, whatever its state. */
  async drop(): Promise<void> {
    this.current = null;
    if (this.db.isInitialized) await this.db.destroy();
  }

  private async lose(connection: QueryRunner): Promise<void> {
    await connection.release();
    if (this.current !== connection) return;
    this.current = null;
    this.onLost();
  }
}
