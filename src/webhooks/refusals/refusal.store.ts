import type { DataSource, EntityManager } from 'typeorm';
import { createBulkInsert } from '../../platform/database/bulk-insert.js';
import { lowestIdAt } from '../../platform/database/new-id.js';
import type { RefusalReason } from '../gateways/gateway.js';

/* Every statement on the tables refusals and refusal_counts, but for the snapshot of all counts in operations. */

const COLUMNS = {
  id: 'uuid',
  gateway: 'text',
  account: 'text',
  reason: 'text',
  verdict: 'jsonb',
  address: 'text',
  size: 'integer',
  body: 'bytea',
  body_key: 'text',
  received_at: 'timestamptz',
} as const;

export type RefusalRow = Record<keyof typeof COLUMNS, unknown>;

/** Stores refusals. A row that is already stored is left as it is, so that the call may be repeated. */
export const insertRefusals = createBulkInsert('refusals', COLUMNS, { ignoreConflictOn: 'pk_refusals' });

/** Deletes the oldest refusals beyond the newest `kept`. Skips rows that another process has locked. */
export async function deleteOldestRefusals(db: DataSource, kept: number): Promise<void> {
  await db.query(
    `DELETE FROM refusals WHERE id IN (
       SELECT id FROM refusals
       WHERE id < (SELECT id FROM refusals ORDER BY id DESC OFFSET $1 - 1 LIMIT 1)
       FOR UPDATE SKIP LOCKED)`,
    [kept],
  );
}

/** Deletes up to `most` refusals received before `before`, and returns their number. Skips locked rows. */
export async function deleteRefusalsBefore(
  manager: EntityManager,
  before: Date,
  most: number,
): Promise<number> {
  const [, deleted] = await manager.query<[unknown, number]>(
    `DELETE FROM refusals WHERE id IN (
       SELECT id FROM refusals WHERE received_at < $1 ORDER BY id LIMIT $2 FOR UPDATE SKIP LOCKED)`,
    [before, most],
  );
  return deleted;
}

/** The stored body of a refusal, as the cipher reads it. */
export interface StoredRefusalBody {
  id: string;
  gateway: string;
  account: string | null;
  raw: Buffer;
  payloadKey: string | null;
}

/** The next `most` refusals with a body and an id greater than `after`. Takes no lock. */
export function findRefusalBodies(db: DataSource, after: string, most: number): Promise<StoredRefusalBody[]> {
  return db.query<StoredRefusalBody[]>(
    `SELECT id, gateway, account, body AS raw, body_key AS "payloadKey" FROM refusals
     WHERE id > $1 AND body IS NOT NULL ORDER BY id LIMIT $2`,
    [after, most],
  );
}

/** Erases body and address of these refusals, and returns the number of rows. */
export async function eraseRefusals(db: DataSource, ids: readonly string[]): Promise<number> {
  const [, erased] = await db.query<[unknown, number]>(
    `UPDATE refusals SET body = NULL, body_key = NULL, address = NULL WHERE id = ANY($1)`,
    [ids],
  );
  return erased;
}

/** Replaces a body, unless it was erased or re-encrypted since it was read under the key `readUnder`. */
export async function replaceRefusalBody(
  db: DataSource,
  { id, raw, payloadKey }: Pick<StoredRefusalBody, 'id' | 'raw' | 'payloadKey'>,
  readUnder: string | null,
): Promise<void> {
  await db.query(
    `UPDATE refusals SET body = $2, body_key = $3 WHERE id = $1 AND body IS NOT NULL
       AND body_key IS NOT DISTINCT FROM $4`,
    [id, raw, payloadKey, readUnder],
  );
}

/** How many stored refusals of an account, or of no account, have each finding since then; the most frequent first. */
export function countFindingsSince(
  db: DataSource,
  { gateway, account }: { gateway: string; account: string },
  since: Date,
): Promise<{ finding: string; count: number }[]> {
  return db.query(
    `SELECT verdict->>'finding' AS finding, count(*)::integer AS count FROM refusals
     WHERE id > $3 AND gateway = $1 AND (account = $2 OR account IS NULL)
     GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 5`,
    [gateway, account, lowestIdAt(since)],
  );
}

export interface CountedRefusals {
  gateway: string;
  reason: RefusalReason;
  count: number;
}

/**
 * Adds to the counts of all processes. Rows are written in the order of their keys, so that two processes never deadlock.
 * Not idempotent: a call that fails after its commit would count twice.
 */
export async function addRefusalCounts(db: DataSource, counts: readonly CountedRefusals[]): Promise<void> {
  const sorted = [...counts].sort((a, b) => (a.gateway + a.reason < b.gateway + b.reason ? -1 : 1));
  await db.query(
    `INSERT INTO refusal_counts (gateway, reason, count)
     SELECT gateway, reason, count FROM json_to_recordset($1::json) AS given (gateway text, reason text, count bigint)
     ON CONFLICT ON CONSTRAINT pk_refusal_counts DO UPDATE SET count = refusal_counts.count + excluded.count`,
    [JSON.stringify(sorted)],
  );
}
