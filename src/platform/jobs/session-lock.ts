import { randomInt } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { type DataSource, type QueryRunner } from 'typeorm';
import {
  endSessionHolder,
  releaseWorkerSessionLock,
  tryWorkerSessionLock,
} from '../database/advisory-locks.js';
import { backendPidOf, sharesServerSessions } from '../database/supported-database.js';
import { ReportableError } from '../logging/reportable-error.js';
import { MAX_SESSION_ID } from './lease.js';
import { SessionConnection } from './session-connection.js';
import { CONFIRMED_FOR_MS, currentMoment, msBetween, type Moment } from './session-timing.js';
import { insertSession, lookAtSessions, sessionExists } from './worker-session.store.js';

/** A backend ends, and a transaction that takes work over commits, within milliseconds. */
const RETAKE_TRIES = 20;
const RETAKE_PAUSE_MS = 50;

/** Another connection holds the session of this process, and it is not the one that this process lost. */
class SessionHeldError extends ReportableError {
  constructor() {
    super("another connection holds the lock of this process's session");
  }
}

/** The lock that tells the others that this process lives, and what this process knows about holding it. */
export class SessionLock {
  private readonly connection: SessionConnection;
  /** The last session that was held. It is kept while the connection is lost, to take it again. */
  private last: { readonly id: number; readonly pid: number } | null = null;
  private confirmedAt: Moment | null = null;

  constructor(
    private readonly main: DataSource,
    onLost: () => void,
  ) {
    this.connection = new SessionConnection(main, () => {
      this.confirmedAt = null;
      onLost();
    });
  }

  /** Null while no session is held for certain. */
  get heldId(): number | null {
    const { confirmedAt } = this;
    if (this.last === null || confirmedAt === null) return null;
    return msBetween(confirmedAt, currentMoment()) < CONFIRMED_FOR_MS ? this.last.id : null;
  }

  /** The open connection of a session that was taken; null while there is none. */
  get open(): QueryRunner | null {
    return this.connection.open;
  }

  /**
   * Takes the last session again where its row is still there, else a new one. False behind a pooler that shares its
   * connections: a lock there is nobody's. Rejects while the database is unavailable.
   */
  async take(): Promise<boolean> {
    const connection = await this.connection.connect();
    try {
      if (this.last === null && (await this.isShared(connection))) return false;
      const sentAt = currentMoment();
      const pid = await backendPidOf(connection);
      if (!(await this.retake(connection, pid))) this.last = { id: await takeNew(connection), pid };
      if (this.open === connection) this.confirmedAt = sentAt;
      return true;
    } catch (error) {
      await this.drop();
      throw error;
    }
  }

  /**
   * Asks for the dead sessions. The answer confirms the own one, because the lock lives as long as the connection. Null
   * where another server process answered: a pooler shares the connection.
   */
  async look(): Promise<readonly number[] | null> {
    const { open, last } = this;
    if (open === null || last === null) return [];
    const sentAt = currentMoment();
    const { pid, dead } = await lookAtSessions(open, last.id);
    if (pid !== last.pid) return null;
    if (this.open === open) this.confirmedAt = sentAt;
    return dead;
  }

  /** Gives the connection up. Its end frees the lock. */
  async drop(): Promise<void> {
    this.confirmedAt = null;
    await this.connection.drop();
  }

  private async isShared(connection: QueryRunner): Promise<boolean> {
    const other = this.main.createQueryRunner();
    try {
      return await sharesServerSessions(connection, other);
    } finally {
      await other.release();
    }
  }

  /**
   * True where the last session is ours again; false where there was none, or its work was taken over. A server that has
   * not noticed that the old line is cut still holds the lock for it: its end of that line is ended.
   */
  private async retake(connection: QueryRunner, pid: number): Promise<boolean> {
    const { last } = this;
    if (last === null) return false;
    for (let tries = 1; !(await tryWorkerSessionLock(connection, last.id)); tries++) {
      if (tries === RETAKE_TRIES) throw new SessionHeldError();
      await endSessionHolder(connection, last.id, last.pid);
      await wait(RETAKE_PAUSE_MS);
    }
    this.last = { id: last.id, pid };
    if (await sessionExists(connection, last.id)) return true;
    await releaseWorkerSessionLock(connection, last.id);
    return false;
  }
}

/** The row comes after the lock: whoever finds a row without a lock knows that the process ended. */
async function takeNew(connection: QueryRunner): Promise<number> {
  for (;;) {
    const id = randomInt(1, MAX_SESSION_ID);
    if ((await tryWorkerSessionLock(connection, id)) && (await insertSession(connection, id))) return id;
  }
}
