import type { EntityManager } from 'typeorm';
import { toArrayLiteral } from '../../platform/database/columns.js';
import { toStoredReason } from '../../platform/database/stored-text.js';
import { QUEUE_ORDER_SETTING } from '../../platform/jobs/index.js';
import type { ValidationIssue } from '../gateways/gateway.js';
import type { StoredDelivery } from './delivery-replay.store.js';
import { HINT_COLUMNS_SQL, hasWorkSql } from './delivery-work-sql.js';
import { NO_LANE } from './lane.js';

/*
 * Taking deliveries to work on them, and what becomes of them. A claim is the lock of the row in `delivery_work`: it is
 * taken in the transaction that does the work, and it ends with that transaction, whatever happens to the process.
 *
 * Locks are taken in this order: work rows, payments, deliveries by key. Whoever waits for the lock of a delivery holds
 * no other delivery with a larger key, and nobody who holds the lock of a delivery waits for a work row.
 */

/** A delivery that this transaction holds. `attempts` counts the one that begins now. */
export interface DueDelivery extends StoredDelivery {
  attempts: number;
}

/** How the work on one delivery ended, by column name. */
export interface Completion {
  id: string;
  /** `pending`: the delivery turned out to be a hint, and the gateway is to be asked about `hint_order`. */
  status: 'processed' | 'ignored' | 'parked' | 'pending';
  errors: readonly ValidationIssue[] | null;
  more_errors: number;
  partial: boolean;
  hint_order: string | null;
  /** The attempt that ends now counts. */
  attempts: number;
}

/** How work on a delivery failed: a `pending` delivery is due again after `retryInMs`. */
export interface Failure {
  status: 'pending' | 'parked' | 'dead';
  /** Shown to operators. */
  reason: string;
  retryInMs: number;
}

/**
 * Takes deliveries that this process stored itself, and returns the ids of those that still had work left; the others
 * were done by another process. Waits for rows that another transaction holds: if they were skipped, the payment's
 * next report could be published before this one. A row that was tried, or that is a replay, was written later and is not
 * the one that was handed over.
 */
export async function takeHandedOver(
  manager: EntityManager,
  ids: readonly string[],
): Promise<ReadonlySet<string>> {
  const sorted = [...ids].sort();
  const [rows] = await manager.query<[{ id: string }[], number]>(TAKE_HANDED_OVER, [
    toArrayLiteral(sorted),
    sorted[0],
    sorted.at(-1),
  ]);
  return new Set(rows.map(({ id }) => id));
}

/**
 * What a process stored lately lies close together, so a short range of the primary key is read. `IS TRUE` keeps the ids
 * themselves out of the index condition: for a hundred of them the planner would rather read the whole table.
 */
const TAKE_HANDED_OVER = `DELETE FROM delivery_work
  WHERE delivery_id BETWEEN $2 AND $3 AND (delivery_id = ANY($1::uuid[])) IS TRUE
    AND attempts = 0 AND NOT replay RETURNING delivery_id AS id`;

/** Which of the due deliveries to take. */
export interface DueSelection {
  limit: number;
  /** From {@link findEarliestDue}. Rows that were due before it are not looked for. */
  from?: Date;
  /** Those of one of so many lanes; all where this is left out. */
  lane?: number;
  lanes?: number;
}

/**
 * No row is due before this moment, which lies at least 10 s back: a row that is being written now may be due earlier
 * than its commit. This look passes the index entries of all rows that were deleted while an old transaction keeps
 * VACUUM from removing them. Looks that begin here pass only the newest.
 */
export async function findEarliestDue(manager: EntityManager): Promise<Date> {
  const [row] = await manager.query<{ earliest: Date }[]>(EARLIEST_DUE);
  return row?.earliest ?? new Date(0);
}

const EARLIEST_DUE = `SELECT least(min(due_at), now() - interval '10 seconds') AS earliest
  FROM delivery_work WHERE hint_order IS NULL`;

/**
 * Takes up to `limit` due deliveries that are no hints, the longest due first, and returns them in the order they were
 * received. Skips rows that another transaction holds. The caller's transaction holds the rows until it ends.
 */
export async function takeDue(
  manager: EntityManager,
  { limit, from = new Date(0), lane = 0, lanes = 1 }: DueSelection,
): Promise<DueDelivery[]> {
  await manager.query(IN_ORDER_OF_DUE);
  const due = await manager.query<DueDelivery[]>(TAKE_DUE, [limit, lane, lanes, from]);
  await manager.query(PLANNERS_CHOICE);
  return due.sort((a, b) => (a.id < b.id ? -1 : 1));
}

/**
 * The rows are read by the index, in the order in which they are due. The planner takes a condition on a remainder for a
 * rare one: it would read and sort all rows that wait, for every batch.
 */
const IN_ORDER_OF_DUE = `${QUEUE_ORDER_SETTING}; SET LOCAL enable_sort = off`;

/** The other statements of the transaction are planned as always. */
const PLANNERS_CHOICE = 'SET LOCAL enable_bitmapscan TO DEFAULT; SET LOCAL enable_sort TO DEFAULT';

const IS_DUE = 'hint_order IS NULL AND due_at <= now()';
const WITH_BYTES = `SELECT delivery.id, delivery.gateway, delivery.account, key, event_id, provenance, headers, raw,
    payload_key, received_at, work.replay, work.silent, work.attempts + 1 AS attempts
  FROM work JOIN deliveries delivery ON delivery.id = work.delivery_id`;

/** The work rows are locked before the deliveries are read: a locked row costs no look at its delivery. */
const TAKE_DUE = `WITH work AS MATERIALIZED (
    SELECT delivery_id, replay, silent, attempts FROM delivery_work
    WHERE ${IS_DUE} AND due_at >= $4 AND lane % $3 = $2 ORDER BY due_at LIMIT $1 FOR UPDATE SKIP LOCKED)
  ${WITH_BYTES}`;

/** Takes one delivery if it is due; null when another transaction holds it, or its work is done. */
export async function takeOne(manager: EntityManager, id: string): Promise<DueDelivery | null> {
  const [due] = await manager.query<DueDelivery[]>(TAKE_ONE, [id]);
  return due ?? null;
}

const TAKE_ONE = `WITH work AS MATERIALIZED (
    SELECT delivery_id, replay, silent, attempts FROM delivery_work
    WHERE delivery_id = $1 AND ${IS_DUE} FOR UPDATE SKIP LOCKED)
  ${WITH_BYTES}`;

/**
 * Writes how the work on deliveries that this transaction holds ended. A delivery is rewritten only where its row says
 * something else, which is rare: the row says from the start what most deliveries become.
 */
export async function completeDeliveries(
  manager: EntityManager,
  completions: readonly Completion[],
): Promise<void> {
  const [hints, finished] = [completions.filter(isHint), completions.filter((done) => !isHint(done))];
  if (finished.length > 0) await manager.query(DELETE_WORK, [toArrayLiteral(finished.map(({ id }) => id))]);
  if (hints.length > 0) await manager.query(TURN_INTO_HINTS, [JSON.stringify(hints)]);
  await manager.query(REWRITE, [
    JSON.stringify(completions.map((done) => (isHint(done) ? { ...done, status: 'processed' } : done))),
    toArrayLiteral(completions.map(({ id }) => id)),
  ]);
}

const isHint = ({ status }: Completion): boolean => status === 'pending';

/** One index lookup for each row, and then by its place: this transaction holds it, so it does not move. */
const DELETE_WORK = `DELETE FROM delivery_work WHERE ctid = ANY(ARRAY(
    SELECT work.ctid FROM unnest($1::uuid[]) AS given (id)
    CROSS JOIN LATERAL (SELECT ctid FROM delivery_work WHERE delivery_id = given.id LIMIT 1) AS work))`;

const TURN_INTO_HINTS = `UPDATE delivery_work work SET gateway = delivery.gateway, account = delivery.account,
    hint_order = done.hint_order, attempts = done.attempts, due_at = now(), last_error = NULL, replay = false,
    silent = false
  FROM json_to_recordset($1::json) AS done (id uuid, hint_order text, attempts integer)
    JOIN deliveries delivery USING (id)
  WHERE work.delivery_id = done.id`;

/**
 * The comparison needs no lock: whoever changes these columns of a delivery holds its work row, or finds none. Where one
 * row is rewritten, all rows of the batch are locked, in the order of their keys, as the inbox locks duplicates: what
 * the same transaction does to them afterwards waits for nobody.
 */
const REWRITE = `WITH done AS MATERIALIZED (
    SELECT * FROM json_to_recordset($1::json) AS done
      (id uuid, status text, errors jsonb, more_errors integer, partial boolean, hint_order text, attempts integer)),
  changed AS MATERIALIZED (
    SELECT done.* FROM done JOIN deliveries delivery USING (id)
    WHERE (delivery.status, delivery.errors, delivery.more_errors, delivery.partial, delivery.hint_order,
        delivery.attempts, delivery.last_error, delivery.replay, delivery.silent)
      IS DISTINCT FROM (done.status, done.errors, done.more_errors, done.partial, done.hint_order,
        done.attempts, NULL, false, false)),
  held AS MATERIALIZED (
    SELECT id FROM deliveries WHERE id = ANY($2::uuid[]) AND EXISTS (SELECT FROM changed)
    ORDER BY gateway, account, key FOR UPDATE)
  UPDATE deliveries delivery SET status = changed.status, errors = changed.errors,
    more_errors = changed.more_errors, partial = changed.partial, hint_order = changed.hint_order,
    attempts = changed.attempts, last_error = NULL, replay = false, silent = false, processed_at = now()
  FROM changed JOIN held USING (id) WHERE delivery.id = changed.id`;

/** Writes that work on a delivery failed. Changes nothing where no work is left: another process did it. */
export async function failDelivery(
  manager: EntityManager,
  id: string,
  { status, reason, retryInMs }: Failure,
): Promise<void> {
  const stored = toStoredReason(reason);
  if (status === 'pending') await manager.query(FAIL_AND_RETRY, [id, stored, retryInMs]);
  else await manager.query(FAIL_FOR_GOOD, [id, stored, status]);
}

const FAIL_AND_RETRY = `UPDATE delivery_work SET attempts = attempts + 1, last_error = $2,
    due_at = now() + $3 * interval '1 millisecond'
  WHERE delivery_id = $1`;

/** Makes a delivery due later without counting an attempt: nothing was tried. `reason` is shown to operators. */
export async function postponeDelivery(
  manager: EntityManager,
  id: string,
  { reason, retryInMs }: Pick<Failure, 'reason' | 'retryInMs'>,
): Promise<void> {
  await manager.query(POSTPONE, [id, reason, retryInMs]);
}

const POSTPONE = `UPDATE delivery_work SET last_error = $2, due_at = now() + $3 * interval '1 millisecond'
  WHERE delivery_id = $1`;

/** A delivery that was parked or died during a replay is still a replay when it is replayed again. */
const FAIL_FOR_GOOD = `WITH gone AS (
    DELETE FROM delivery_work WHERE delivery_id = $1 RETURNING delivery_id, attempts, replay, silent)
  UPDATE deliveries SET status = $3, last_error = $2, attempts = gone.attempts + 1, replay = gone.replay,
    silent = gone.silent
  FROM gone WHERE id = delivery_id`;

/** Makes deliveries due at once. Skips rows that another transaction holds: they are being worked on. */
export async function makeDue(manager: EntityManager, ids: readonly string[]): Promise<void> {
  await manager.query(MAKE_DUE, [toArrayLiteral(ids)]);
}

const MAKE_DUE = `UPDATE delivery_work SET due_at = now() WHERE delivery_id IN (
    SELECT delivery_id FROM delivery_work WHERE delivery_id = ANY($1::uuid[]) FOR UPDATE SKIP LOCKED)`;

/**
 * Gives work rows to up to `limit` due deliveries that a process of version 0.1 stored or replayed: its mark for work is
 * `status = 'pending'`. Returns how many. The index of pending deliveries is empty where no such process runs.
 */
export async function adoptPending(manager: EntityManager, limit: number): Promise<number> {
  const rows = await manager.query<unknown[]>(ADOPT, [limit]);
  return rows.length;
}

const ADOPT = `WITH adopted AS (
    UPDATE deliveries SET status = CASE WHEN partial THEN 'parked' ELSE 'processed' END, attempts = attempts + 1,
      lease = NULL, leased_until = NULL
    WHERE id IN (
      SELECT id FROM deliveries
      WHERE status = 'pending' AND next_attempt_at <= now() AND (leased_until IS NULL OR leased_until < now())
        AND NOT ${hasWorkSql('deliveries.id')}
      ORDER BY next_attempt_at LIMIT $1 FOR UPDATE SKIP LOCKED)
    RETURNING id, attempts, last_error, replay, silent, gateway, account, hint_order)
  INSERT INTO delivery_work (delivery_id, due_at, attempts, last_error, replay, silent, lane, gateway, account, hint_order)
  SELECT id, now(), attempts - 1, last_error, replay, silent, ${NO_LANE}, ${HINT_COLUMNS_SQL}
  FROM adopted
  ON CONFLICT (delivery_id) DO NOTHING RETURNING delivery_id`;
