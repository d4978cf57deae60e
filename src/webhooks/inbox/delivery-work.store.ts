import type { DataSource, EntityManager } from 'typeorm';
import { toArrayLiteral } from '../../platform/database/columns.js';
import { claimInQueueOrder } from '../../platform/jobs/queue-order.js';
import { LeaseLostError } from '../../platform/jobs/index.js';
import type { ValidationIssue } from '../gateways/gateway.js';
import { STORED_DELIVERY_COLUMNS, type StoredDelivery } from './delivery-replay.store.js';

/** A delivery that this process holds the lease of. `attempts` counts the one that begins now. */
export interface ClaimedDelivery extends StoredDelivery {
  attempts: number;
}

/** How the work on one delivery ended, by column name. */
export interface Completion {
  id: string;
  status: 'processed' | 'ignored' | 'parked' | 'pending';
  errors: readonly ValidationIssue[] | null;
  more_errors: number;
  partial: boolean;
  hint_order: string | null;
}

/** How work on deliveries failed: `pending` deliveries are due again after `retryInMs`. */
export interface Failure {
  status: 'pending' | 'parked' | 'dead';
  /** Shown to operators. */
  reason: string;
  retryInMs: number;
}

/**
 * Claims up to `limit` due deliveries that are no hints, for `leaseMs`, and counts an attempt of each. The longest due
 * are claimed first and returned in the order they were received. Skips rows that another transaction has locked.
 */
export async function claimDeliveries(
  db: DataSource,
  lease: string,
  leaseMs: number,
  limit: number,
): Promise<ClaimedDelivery[]> {
  const [rows] = await claimInQueueOrder<[ClaimedDelivery[], number]>(db, CLAIM, [lease, leaseMs, limit]);
  return rows.sort((a, b) => (a.id < b.id ? -1 : 1));
}

const CLAIM = `UPDATE deliveries SET lease = $1, leased_until = now() + $2 * interval '1 millisecond',
    attempts = attempts + 1
  WHERE id IN (
    SELECT id FROM deliveries
    WHERE status = 'pending' AND hint_order IS NULL AND next_attempt_at <= now()
      AND (leased_until IS NULL OR leased_until < now())
    ORDER BY next_attempt_at LIMIT $3 FOR UPDATE SKIP LOCKED)
  RETURNING ${STORED_DELIVERY_COLUMNS}, replay, silent, attempts`;

/** Returns everything that is claimed under this lease, untried: it is due at once and the attempt does not count. */
export async function releaseLease(manager: EntityManager, lease: string): Promise<void> {
  await manager.query(RELEASE_LEASE, [lease]);
}

const RELEASE_LEASE = `UPDATE deliveries SET lease = NULL, leased_until = NULL, attempts = attempts - 1
  WHERE lease = $1`;

/**
 * Writes how the work on claimed deliveries ended, in the transaction of what the work changed.
 * @throws LeaseLostError when another process has claimed one of them since: the caller's transaction rolls back.
 */
export async function completeDeliveries(
  manager: EntityManager,
  completions: readonly Completion[],
  lease: string,
): Promise<void> {
  const ids = completions.map(({ id }) => id);
  const [, written] = await manager.query<[unknown, number]>(COMPLETE, [
    JSON.stringify(completions),
    lease,
    ids,
  ]);
  if (written !== completions.length) throw new LeaseLostError();
}

/** Rows are locked in the order of their keys, as the inbox locks duplicates: two transactions never deadlock. */
const COMPLETE = `WITH held AS (
    SELECT id FROM deliveries WHERE id = ANY($3) AND lease = $2 ORDER BY gateway, account, key FOR UPDATE)
  UPDATE deliveries delivery SET status = done.status, errors = done.errors, more_errors = done.more_errors,
    partial = done.partial, hint_order = done.hint_order,
    last_error = NULL, lease = NULL, leased_until = NULL, replay = false, silent = false, processed_at = now()
  FROM held JOIN json_to_recordset($1::json) AS done
    (id uuid, status text, errors jsonb, more_errors integer, partial boolean, hint_order text) USING (id)
  WHERE delivery.id = held.id`;

/** Writes a failure to those of these deliveries that are still claimed under this lease, and ends the lease. */
export async function failDeliveries(
  manager: EntityManager,
  ids: readonly string[],
  lease: string,
  { status, reason, retryInMs }: Failure,
): Promise<void> {
  await manager.query(FAIL, [ids, lease, status, reason, retryInMs]);
}

const FAIL = `UPDATE deliveries SET status = $3, last_error = $4, lease = NULL, leased_until = NULL,
    next_attempt_at = now() + $5 * interval '1 millisecond'
  WHERE id = ANY($1) AND lease = $2`;

/**
 * Marks handed-over deliveries as processed and returns the ids of those that were still unclaimed; the others belong
 * to whoever claimed them. The mark counts with the caller's commit, and the rows stay locked until then. A row that
 * the inbox has locked to count a duplicate is waited for, not skipped: if it were skipped, the payment's next report
 * could be published before this one.
 */
export async function markUnclaimedProcessed(
  manager: EntityManager,
  ids: readonly string[],
): Promise<ReadonlySet<string>> {
  const [rows] = await manager.query<[{ id: string }[], number]>(MARK_PROCESSED, [toArrayLiteral(ids)]);
  return new Set(rows.map(({ id }) => id));
}

/** Makes handed-over deliveries claimable at once. */
export async function makeClaimable(manager: EntityManager, ids: readonly string[]): Promise<void> {
  await manager.query(MAKE_CLAIMABLE, [toArrayLiteral(ids)]);
}

/**
 * Rows are found by id alone. `status || ''` matches no index: the statistics say that next to no row is pending, and
 * the planner would otherwise read the whole index of pending rows.
 */
const UNCLAIMED = `id = ANY($1) AND status || '' = 'pending' AND lease IS NULL`;

const MARK_PROCESSED = `UPDATE deliveries SET status = CASE WHEN partial THEN 'parked' ELSE 'processed' END,
    attempts = attempts + 1, processed_at = now()
  FROM (SELECT id FROM deliveries WHERE ${UNCLAIMED} ORDER BY gateway, account, key FOR UPDATE) AS held
  WHERE deliveries.id = held.id RETURNING deliveries.id`;

const MAKE_CLAIMABLE = `UPDATE deliveries SET next_attempt_at = now() WHERE ${UNCLAIMED}`;
