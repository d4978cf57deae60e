import type { EntityManager } from 'typeorm';
import { newId } from '../database/new-id.js';
import { prepared } from '../database/prepared.js';
import type { OrderOfPayment, PaymentWorkItem } from './feature.js';

/* Every statement on `feature_work`. */

/** Payments of a row. With 200 ids a row is about 3.3 kB, so two fit into a page. */
const PAYMENTS_PER_ROW = 200;

interface Row {
  payment_ids: string[];
  silent: boolean;
  previous_mode: OrderOfPayment['mode'] | null;
  previous_merchant: string | null;
  previous_order_id: string | null;
}

const COLUMNS = 'payment_ids, silent, previous_mode, previous_merchant, previous_order_id';

const INSERT = prepared(
  `INSERT INTO feature_work (feature, id, ${COLUMNS}) SELECT feature, id, ${COLUMNS}
   FROM json_to_recordset($1::json) AS noted (feature text, id uuid, payment_ids uuid[], silent boolean,
     previous_mode text, previous_merchant text, previous_order_id text)`,
);

/** What one feature is to follow. */
export interface NotedWork {
  readonly feature: string;
  readonly items: readonly PaymentWorkItem[];
}

/** Notes work of any number of features with one statement. A feature without items costs nothing. */
export async function noteWork(manager: EntityManager, work: readonly NotedWork[]): Promise<void> {
  await insertRows(
    manager,
    work.flatMap(({ feature, items }) => toRows(items).map((row) => ({ id: newId(), feature, ...row }))),
  );
}

async function insertRows(
  manager: EntityManager,
  rows: readonly (Row & { id: string; feature: string })[],
): Promise<void> {
  if (rows.length === 0) return;
  await manager.query(INSERT, [JSON.stringify(rows)]);
}

/** Items that differ in nothing but the payment share a row. */
function toRows(items: readonly PaymentWorkItem[]): Row[] {
  const groups = new Map<string, Row>();
  for (const { paymentId, silent, previousOrder } of items) {
    const name = previousOrder === null ? String(silent) : JSON.stringify([silent, previousOrder]);
    const group = groups.get(name);
    if (group) group.payment_ids.push(paymentId);
    else
      groups.set(name, {
        payment_ids: [paymentId],
        silent,
        previous_mode: previousOrder?.mode ?? null,
        previous_merchant: previousOrder?.merchant ?? null,
        previous_order_id: previousOrder?.orderId ?? null,
      });
  }
  return [...groups.values()].flatMap((row) => chunksOf(row));
}

function chunksOf(row: Row): Row[] {
  const ids = [...new Set(row.payment_ids)];
  const starts = Array.from(
    { length: Math.ceil(ids.length / PAYMENTS_PER_ROW) },
    (_, nth) => nth * PAYMENTS_PER_ROW,
  );
  return starts.map((start) => ({ ...row, payment_ids: ids.slice(start, start + PAYMENTS_PER_ROW) }));
}

/** Rows that wait after a failure are left out. */
const IS_DUE = '(retry_at IS NULL OR retry_at <= now())';

/** Rows that one step locks at the most. Another process takes those behind them. */
const ROWS_PER_STEP = 64;
/** The last row of a step begins within so many payments, so that a step has two full rows: 400 payments. */
const PAYMENTS_BEFORE_LAST_ROW = PAYMENTS_PER_ROW;
/** Payments in one step at the most. */
export const MAX_PAYMENTS_PER_STEP = PAYMENTS_BEFORE_LAST_ROW + PAYMENTS_PER_ROW;

/** The ids of the oldest rows that no other transaction holds. The fixed limit makes it a walk over the key, whatever the
 * statistics of a queue say. */
const OLDEST = `SELECT id, payments FROM (
    SELECT id, payments, sum(payments) OVER (ORDER BY id) - payments AS before FROM (
      SELECT id, cardinality(payment_ids) AS payments FROM feature_work
      WHERE feature = $1 AND ${IS_DUE} ORDER BY id LIMIT ${ROWS_PER_STEP} FOR UPDATE SKIP LOCKED) AS free) AS counted
  WHERE before <= ${PAYMENTS_BEFORE_LAST_ROW}`;

const deleteWhere = (ids: string): string =>
  `DELETE FROM feature_work WHERE feature = $1 AND id = ANY (ARRAY(${ids})) RETURNING ${COLUMNS}`;
const TAKE_OLDEST = deleteWhere(`SELECT id FROM (${OLDEST}) AS oldest`);
const TAKE_SHARED = deleteWhere(`SELECT id FROM (${OLDEST}) AS oldest WHERE payments > 1`);
const TAKE_ONE = deleteWhere(
  `SELECT id FROM feature_work WHERE feature = $1 AND id = $2 AND ${IS_DUE} FOR UPDATE SKIP LOCKED`,
);

/**
 * Deletes the oldest rows that are due, and returns what they hold: at most {@link MAX_PAYMENTS_PER_STEP} items. Rows that
 * another process takes are left out.
 */
export async function takeWork(manager: EntityManager, feature: string): Promise<PaymentWorkItem[]> {
  const [rows] = await manager.query<[Row[], number]>(TAKE_OLDEST, [feature]);
  return rows.flatMap(toItems);
}

/** Deletes one row, and returns what it holds; nothing where it is not due, or another process takes it. */
export async function takeOneWork(
  manager: EntityManager,
  feature: string,
  id: string,
): Promise<PaymentWorkItem[]> {
  const [rows] = await manager.query<[Row[], number]>(TAKE_ONE, [feature, id]);
  return rows.flatMap(toItems);
}

const toItems = (row: Row): PaymentWorkItem[] => {
  const { previous_mode: mode, previous_merchant: merchant, previous_order_id: orderId } = row;
  const previousOrder = mode === null || orderId === null ? null : { mode, merchant, orderId };
  return row.payment_ids.map((paymentId) => ({ paymentId, silent: row.silent, previousOrder }));
};

/** A row that holds one payment. */
export interface SingleWork {
  readonly id: string;
  readonly paymentId: string;
}

/**
 * Gives each payment of the rows that {@link takeWork} would take a row of its own, so that one which fails holds up no others.
 * Returns all of them. The caller's transaction is committed before they are taken.
 */
export async function splitWork(manager: EntityManager, feature: string): Promise<SingleWork[]> {
  const single = await manager.query<SingleWork[]>(SINGLE, [feature]);
  const [shared] = await manager.query<[Row[], number]>(TAKE_SHARED, [feature]);
  const rows = shared.flatMap((row) =>
    row.payment_ids.map((id) => ({ id: newId(), feature, ...row, payment_ids: [id] })),
  );
  await insertRows(manager, rows);
  return [...single, ...rows.map(({ id, payment_ids: [paymentId = ''] }) => ({ id, paymentId }))];
}

const SINGLE = `SELECT oldest.id, payment_ids[1] AS "paymentId"
  FROM (${OLDEST}) AS oldest JOIN feature_work USING (id) WHERE feature = $1 AND oldest.payments = 1`;

/** Lets a row wait that failed: 1 second after the first failure, twice as long after each further one, at most an hour. */
export async function postponeWork(manager: EntityManager, feature: string, id: string): Promise<void> {
  await manager.query(
    `UPDATE feature_work SET attempts = attempts + 1,
       retry_at = now() + least(3600, power(2, least(attempts, 12))) * interval '1 second'
     WHERE feature = $1 AND id = $2`,
    [feature, id],
  );
}

/** Those of the payments that the feature does not know in their present state. */
export async function findNotedPayments(
  manager: EntityManager,
  feature: string,
  paymentIds: readonly string[],
): Promise<ReadonlySet<string>> {
  const rows = await manager.query<{ id: string }[]>(
    `SELECT DISTINCT noted.id FROM feature_work CROSS JOIN LATERAL unnest(payment_ids) AS noted (id)
     WHERE feature = $1 AND noted.id = ANY ($2)`,
    [feature, paymentIds],
  );
  return new Set(rows.map(({ id }) => id));
}

const countSql = (feature: string, condition: string): string =>
  `(SELECT coalesce(sum(cardinality(payment_ids)), 0) FROM feature_work WHERE feature = '${feature}' AND ${condition})`;

/** For `/stats`: SQL that counts the changes that can be followed now. `feature` becomes part of SQL: it is a checked name. */
export const pendingWorkSql = (feature: string): string => countSql(feature, IS_DUE);

/** For `/stats`: SQL that counts the changes that wait after a failure. */
export const scheduledWorkSql = (feature: string): string => countSql(feature, 'retry_at > now()');
