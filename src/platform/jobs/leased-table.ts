import type { DataSource, EntityManager } from 'typeorm';
import { toStoredReason } from '../database/stored-text.js';
import { leasesOfSession } from './lease.js';

/** How one attempt at a job ended without success. */
export interface AttemptEnd {
  /** `pending` jobs are tried again after `delayMs`. `parked` and `dead` jobs wait for an operator. */
  readonly status: 'pending' | 'parked' | 'dead';
  /** What an operator reads as the last error, whoever worded it. Null keeps the last error as it is. */
  readonly reason: string | null;
  readonly delayMs: number;
  /** False when nothing was tried: the job gets its attempt back. */
  readonly counted: boolean;
}

interface Columns<Job> {
  readonly table: string;
  /** The column that holds the moment from which a pending job is due. */
  readonly dueAt: string;
  /** An SQL condition for the rows of one job. Its parameters, from $1 on, are what `keyOf` returns. */
  readonly rowsOfJob: string;
  readonly keyOf: (job: Job) => readonly unknown[];
}

/**
 * The statements that end a lease, for every table whose rows are jobs. Such a table has the columns `status`,
 * `attempts`, `lease`, `leased_until` and `last_error`, and a column that says when a job is due.
 *
 * Each statement has the lease in its WHERE clause. A statement that comes after another process took the job over
 * changes nothing, so every statement may be repeated.
 */
export class LeasedTable<Job> {
  constructor(private readonly columns: Columns<Job>) {}

  /** Makes every job that was claimed under the lease due again, without a counted attempt. */
  async releaseLease(db: DataSource, lease: string): Promise<void> {
    await db.query(
      `UPDATE ${this.columns.table} SET lease = NULL, leased_until = NULL, attempts = attempts - 1 WHERE lease = $1`,
      [lease],
    );
  }

  /**
   * Makes every job due again that was claimed under the leases of this session, as if their time had run out: the attempt
   * counts, and the lease stays, so that the process that claimed it may still end it before somebody claims it again.
   */
  async releaseSession(manager: EntityManager, sessionId: number): Promise<number> {
    const [, released] = await manager.query<[unknown, number]>(
      `UPDATE ${this.columns.table} SET leased_until = NULL
       WHERE status = 'pending' AND leased_until IS NOT NULL AND lease BETWEEN $1 AND $2`,
      [...leasesOfSession(sessionId)],
    );
    return released;
  }

  async endAttempt(db: DataSource, job: Job, lease: string, end: AttemptEnd): Promise<void> {
    const { table, dueAt, rowsOfJob, keyOf } = this.columns;
    const key = keyOf(job);
    const parameter = (at: number): string => `$${key.length + at}`;
    await db.query(
      `UPDATE ${table} SET lease = NULL, leased_until = NULL, status = ${parameter(2)},
         last_error = coalesce(${parameter(3)}, last_error), attempts = attempts - ${parameter(4)}::integer,
         ${dueAt} = now() + ${parameter(5)} * interval '1 millisecond'
       WHERE ${rowsOfJob} AND lease = ${parameter(1)}`,
      [...key, lease, end.status, toStoredReason(end.reason), end.counted ? 0 : 1, end.delayMs],
    );
  }
}
