import type { EntityManager } from 'typeorm';
import { createBulkInsert, newId } from '../feature.js';

/* Every statement on `ledger_work`. */

const insert = createBulkInsert('ledger_work', { id: 'uuid', payment_id: 'uuid' });

/** Says that the books of these payments are to be compared with them. */
export async function queuePayments(manager: EntityManager, paymentIds: readonly string[]): Promise<void> {
  await insert(
    manager,
    paymentIds.map((paymentId) => ({ id: newId(), payment_id: paymentId })),
  );
}

const CLAIM = `DELETE FROM ledger_work WHERE id = ANY(ARRAY(
    SELECT id FROM ledger_work ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED)) RETURNING payment_id`;

/** Takes at most `limit` rows that no other transaction works on, the oldest first. Returns the payments, each once. */
export async function claimPayments(
  manager: EntityManager,
  limit: number,
): Promise<{ rows: number; paymentIds: string[] }> {
  // The statistics of a queue seldom fit: an index scan in order stops after the first rows, whatever they say.
  await manager.query('SET LOCAL enable_bitmapscan = off; SET LOCAL enable_seqscan = off');
  const [rows] = await manager.query<[{ payment_id: string }[], number]>(CLAIM, [limit]);
  return { rows: rows.length, paymentIds: [...new Set(rows.map((row) => row.payment_id))] };
}

/** Those of the payments that wait to be booked. */
export async function findQueued(
  manager: EntityManager,
  paymentIds: readonly string[],
): Promise<ReadonlySet<string>> {
  const rows = await manager.query<{ payment_id: string }[]>(
    `SELECT DISTINCT payment_id FROM ledger_work WHERE payment_id = ANY($1)`,
    [paymentIds],
  );
  return new Set(rows.map((row) => row.payment_id));
}

/** For `/stats`. */
export const PENDING = `SELECT count(*) AS pending, 0 AS scheduled, 0 AS dead FROM ledger_work`;
