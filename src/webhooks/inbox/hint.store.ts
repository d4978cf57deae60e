import type { EntityManager } from 'typeorm';
import { LeasedTable, LeaseLostError } from '../../platform/jobs/index.js';

/** All hints of one order that were waiting when they were claimed: one question to the gateway answers them all. */
export interface ClaimedHints {
  gateway: string;
  account: string;
  hint_order: string;
  ids: string[];
  /** The most that one of them was tried, the attempt that begins now included. */
  attempts: number;
}

/** The rows of `deliveries` that are hints. {@link LeasedTable} holds the statements that end a lease. */
export const HINT_TABLE = new LeasedTable<ClaimedHints>({
  table: 'deliveries',
  dueAt: 'next_attempt_at',
  rowsOfJob: 'id = ANY($1)',
  keyOf: ({ ids }) => [ids],
});

export interface HintClaim {
  lease: string;
  leaseMs: number;
  /** `gateway/account` of every question under way, once for each. */
  accountsInFlight: readonly string[];
  /** The most orders to claim. */
  limit: number;
}

/**
 * Claims the hints of up to `limit` orders that are due. An order with a question under way is left out until the
 * answer is stored. Must run in a transaction that holds the lock of hint claims: two claims at the same time would
 * each take some hints of an order, and both would ask.
 */
export function claimHints(
  manager: EntityManager,
  { lease, leaseMs, accountsInFlight, limit }: HintClaim,
): Promise<ClaimedHints[]> {
  return manager.query<ClaimedHints[]>(CLAIM_HINTS, [lease, leaseMs, accountsInFlight, limit]);
}

const CLAIM_HINTS = `WITH due AS (
    SELECT gateway, account, hint_order FROM deliveries
    WHERE status = 'pending' AND hint_order IS NOT NULL
    GROUP BY gateway, account, hint_order
    HAVING min(next_attempt_at) <= now() AND coalesce(max(leased_until), '-infinity') < now()
    -- The account with the fewest questions under way comes first, so that a slow account delays no other.
    ORDER BY cardinality(array_positions($3::text[], gateway || '/' || account)), min(next_attempt_at) LIMIT $4),
  waiting AS (
    SELECT id FROM deliveries JOIN due USING (gateway, account, hint_order)
    WHERE status = 'pending' ORDER BY id FOR UPDATE SKIP LOCKED),
  claimed AS (
    UPDATE deliveries SET lease = $1, leased_until = now() + $2 * interval '1 millisecond', attempts = attempts + 1
    WHERE id IN (SELECT id FROM waiting) AND (leased_until IS NULL OR leased_until < now())
    RETURNING id, gateway, account, hint_order, attempts)
  SELECT gateway, account, hint_order, array_agg(id ORDER BY id) AS ids, max(attempts) AS attempts
  FROM claimed GROUP BY gateway, account, hint_order`;

/**
 * Marks hints as processed, in the transaction that stores the answer.
 * @throws LeaseLostError when another process has claimed one of them since: the caller's transaction rolls back.
 */
export async function completeHints(
  manager: EntityManager,
  ids: readonly string[],
  lease: string,
): Promise<void> {
  const [, completed] = await manager.query<[unknown, number]>(COMPLETE_HINTS, [ids, lease]);
  if (completed !== ids.length) throw new LeaseLostError();
}

const COMPLETE_HINTS = `UPDATE deliveries SET status = 'processed', processed_at = now(), lease = NULL,
    leased_until = NULL, last_error = NULL, replay = false, silent = false
  WHERE id = ANY($1) AND lease = $2`;
