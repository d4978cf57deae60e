import type { DataSource, EntityManager } from 'typeorm';
import { toStoredReason } from '../../platform/database/stored-text.js';
import { leasesOfSession } from '../../platform/jobs/lease.js';
import { LeasedTable, LeaseLostError, type AttemptEnd } from '../../platform/jobs/index.js';

/** All equal hints of an account that were waiting when they were claimed: one question to the gateway answers them all. */
export interface ClaimedHints {
  gateway: string;
  account: string;
  hint_order: string;
  ids: string[];
  /** The most that one of them was tried, the attempt that begins now included. */
  attempts: number;
}

/** The rows of `delivery_work` that are hints. They have no status: a hint without work left has no row there. */
class HintTable extends LeasedTable<ClaimedHints> {
  override async endAttempt(
    db: DataSource,
    { ids }: ClaimedHints,
    lease: string,
    { status, reason, delayMs, counted }: AttemptEnd,
  ): Promise<void> {
    const stored = toStoredReason(reason);
    if (status === 'pending') await db.query(END_AND_RETRY, [ids, lease, stored, counted ? 0 : 1, delayMs]);
    else await db.query(END_FOR_GOOD, [ids, lease, stored, status]);
  }

  override async releaseSession(manager: EntityManager, sessionId: number): Promise<number> {
    const ends = [...leasesOfSession(sessionId)];
    const [, released] = await manager.query<[unknown, number]>(RELEASE_SESSION, ends);
    return released;
  }
}

const RELEASE_SESSION = `UPDATE delivery_work SET leased_until = NULL
  WHERE leased_until IS NOT NULL AND hint_order IS NOT NULL AND lease BETWEEN $1 AND $2`;

export const HINT_TABLE: LeasedTable<ClaimedHints> = new HintTable({
  table: 'delivery_work',
  dueAt: 'due_at',
  rowsOfJob: 'delivery_id = ANY($1)',
  keyOf: ({ ids }) => [ids],
});

const END_AND_RETRY = `UPDATE delivery_work SET lease = NULL, leased_until = NULL,
    last_error = coalesce($3, last_error), attempts = attempts - $4::integer,
    due_at = now() + $5 * interval '1 millisecond'
  WHERE delivery_id = ANY($1) AND lease = $2`;

/** Deliveries are locked in the order of their keys, as the inbox locks duplicates: two transactions never deadlock. */
const HELD = `held AS MATERIALIZED (
    SELECT id FROM deliveries WHERE id IN (SELECT delivery_id FROM gone)
    ORDER BY deliveries.gateway, deliveries.account, key FOR UPDATE)`;

const END_FOR_GOOD = `WITH gone AS (
    DELETE FROM delivery_work WHERE delivery_id = ANY($1) AND lease = $2
    RETURNING delivery_id, attempts, last_error, replay, silent),
  ${HELD}
  UPDATE deliveries delivery SET status = $4, last_error = coalesce($3, gone.last_error), attempts = gone.attempts,
    replay = gone.replay, silent = gone.silent
  FROM gone JOIN held ON held.id = gone.delivery_id WHERE delivery.id = held.id`;

export interface HintClaim {
  lease: string;
  leaseMs: number;
  /** `gateway/account` of every question under way, once for each. */
  accountsInFlight: readonly string[];
  /** `gateway/account` of those that are not asked now: the gateway named a later time. */
  accountsPaused: readonly string[];
  /** The most questions to claim. */
  limit: number;
}

/**
 * Claims the hints of up to `limit` questions that are due. Hints that equal one whose question is under way are left out
 * until the answer is stored. Must run in a transaction that holds the lock of hint claims: two claims at the same time would
 * each take some of the equal hints, and both would ask.
 */
export function claimHints(
  manager: EntityManager,
  { lease, leaseMs, accountsInFlight, accountsPaused, limit }: HintClaim,
): Promise<ClaimedHints[]> {
  return manager.query<ClaimedHints[]>(CLAIM_HINTS, [
    lease,
    leaseMs,
    accountsInFlight,
    limit,
    accountsPaused,
  ]);
}

const CLAIM_HINTS = `WITH due AS (
    SELECT gateway, account, hint_order FROM delivery_work
    WHERE hint_order IS NOT NULL AND gateway || '/' || account <> ALL($5::text[])
    GROUP BY gateway, account, hint_order
    HAVING min(due_at) <= now() AND coalesce(max(leased_until), '-infinity') < now()
    -- The account with the fewest questions under way comes first, so that a slow account delays no other.
    ORDER BY cardinality(array_positions($3::text[], gateway || '/' || account)), min(due_at) LIMIT $4),
  waiting AS (
    SELECT delivery_id FROM delivery_work work JOIN due USING (gateway, account, hint_order)
    WHERE work.hint_order IS NOT NULL ORDER BY delivery_id FOR UPDATE OF work SKIP LOCKED),
  claimed AS (
    UPDATE delivery_work SET lease = $1, leased_until = now() + $2 * interval '1 millisecond', attempts = attempts + 1
    WHERE delivery_id IN (SELECT delivery_id FROM waiting) AND (leased_until IS NULL OR leased_until < now())
    RETURNING delivery_id, gateway, account, hint_order, attempts)
  SELECT gateway, account, hint_order, array_agg(delivery_id ORDER BY delivery_id) AS ids, max(attempts) AS attempts
  FROM claimed GROUP BY gateway, account, hint_order`;

/**
 * A hint that waits to be asked, which a further equal one may share: no question about it is under way. And how many
 * hints of the account wait, counted up to `limit`.
 */
export async function findWaitingHints(
  manager: EntityManager,
  { gateway, account, hint }: { gateway: string; account: string; hint: string },
  limit: number,
): Promise<{ equal: string | null; count: number }> {
  const [found] = await manager.query<{ equal: string | null; count: number }[]>(WAITING_HINTS, [
    gateway,
    account,
    hint,
    limit,
  ]);
  return found ?? { equal: null, count: 0 };
}

const WAITING_HINTS = `SELECT
    (SELECT delivery_id FROM delivery_work
      WHERE gateway = $1 AND account = $2 AND hint_order = $3 AND (leased_until IS NULL OR leased_until < now())
      ORDER BY delivery_id LIMIT 1) AS equal,
    (SELECT count(*)::integer FROM (
      SELECT FROM delivery_work WHERE gateway = $1 AND account = $2 AND hint_order IS NOT NULL LIMIT $4) AS waiting)
      AS count`;

/**
 * Ends the work on hints, in the transaction that stores the answer. A hint's own row is rewritten only where it does
 * not say so already.
 * @throws LeaseLostError when another process has claimed one of them since: the caller's transaction rolls back.
 */
export async function completeHints(
  manager: EntityManager,
  ids: readonly string[],
  lease: string,
): Promise<void> {
  const [gone] = await manager.query<[{ id: string; attempts: number }[], number]>(DELETE_HINTS, [
    ids,
    lease,
  ]);
  if (gone.length !== ids.length) throw new LeaseLostError();
  await manager.query(REWRITE_HINTS, [gone.map(({ id }) => id), gone.map(({ attempts }) => attempts)]);
}

const DELETE_HINTS = `DELETE FROM delivery_work WHERE delivery_id = ANY($1) AND lease = $2
  RETURNING delivery_id AS id, attempts`;

const REWRITE_HINTS = `WITH gone AS MATERIALIZED (
    SELECT delivery_id, done.attempts
    FROM unnest($1::uuid[], $2::integer[]) AS done (delivery_id, attempts)
      JOIN deliveries delivery ON delivery.id = delivery_id
    WHERE (delivery.status, delivery.attempts, delivery.last_error, delivery.replay, delivery.silent)
      IS DISTINCT FROM ('processed', done.attempts, NULL, false, false)),
  ${HELD}
  UPDATE deliveries delivery SET status = 'processed', attempts = gone.attempts, last_error = NULL, replay = false,
    silent = false, processed_at = now()
  FROM gone JOIN held ON held.id = gone.delivery_id WHERE delivery.id = held.id`;

/** An order of a gateway that a hint named. */
export interface HintedOrder {
  /** The id of the hint's delivery. */
  id: string;
  gatewayPaymentId: null;
  gatewayOrderId: string;
}

/** One statement reads at most so many deliveries, whatever it finds. */
const DELIVERIES_PER_CHUNK = 20_000;

/**
 * The orders of the hints among the next 20,000 deliveries after the id `after`, by id. `last` is where the next chunk
 * begins, and null where no delivery is left.
 */
export async function findHintedOrders(
  manager: EntityManager,
  { gateway, account, after }: { gateway: string; account: string; after: string | null },
): Promise<{ found: readonly HintedOrder[]; last: string | null }> {
  const [row] = await manager.query<[{ last: string | null; found: HintedOrder[] | null }]>(HINTED_ORDERS, [
    after,
    gateway,
    account,
  ]);
  return { found: row.found ?? [], last: row.last };
}

const HINTED_ORDERS = `WITH chunk AS MATERIALIZED (
    SELECT id, gateway, account, hint_order FROM deliveries
    WHERE $1::uuid IS NULL OR id > $1 ORDER BY id LIMIT ${DELIVERIES_PER_CHUNK})
  SELECT (SELECT id FROM chunk ORDER BY id DESC LIMIT 1) AS last,
    (SELECT json_agg(json_build_object('id', id, 'gatewayPaymentId', NULL, 'gatewayOrderId', hint_order) ORDER BY id)
     FROM chunk WHERE gateway = $2 AND account = $3 AND hint_order IS NOT NULL) AS found`;
