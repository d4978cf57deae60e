import type { EntityManager } from 'typeorm';
import { acquireAdvisoryLocks } from '../../platform/database/advisory-locks.js';
import { createBulkInsert } from '../../platform/database/bulk-insert.js';
import { toArrayLiteral } from '../../platform/database/columns.js';
import type { PaymentReported } from '../payment.events.js';
import { PAYMENT_COLUMNS, type PaymentKey, type PaymentRow } from './payment-row.js';

/*
 * The statements on `payments` that record, rebuild and compare payments. Statements about customers are in
 * customer-data.store.ts and customer-search.store.ts, those of the read API in payment-list.store.ts.
 */

const KEY = `gateway, account, gateway_payment_id AS "gatewayPaymentId"`;

/** The key of the payment that a report is about. */
export const toKey = ({ payload }: PaymentReported): PaymentKey => ({
  gateway: payload.gateway,
  account: payload.account,
  gatewayPaymentId: payload.report.gatewayPaymentId,
});

/** The name under which a payment is locked, and by which it is found in the result of {@link findPayments}. */
export const toLockName = (key: PaymentKey): string =>
  JSON.stringify([key.gateway, key.account, key.gatewayPaymentId]);

/**
 * Locks payments until the transaction ends. The lock is an advisory lock on the name, because a new payment has no row
 * yet. Names are locked in one fixed order, so two transactions never deadlock here.
 */
export async function lockPayments(manager: EntityManager, keys: readonly PaymentKey[]): Promise<void> {
  await acquireAdvisoryLocks(manager, 'payment', keys.map(toLockName));
}

/** LATERAL makes one index lookup for each key. With a plain join the planner prefers to read all payments. */
const FIND = `SELECT payment.* FROM unnest($1::text[], $2::text[], $3::text[]) AS wanted (gateway, account, id)
  CROSS JOIN LATERAL (
    SELECT * FROM payments
    WHERE gateway = wanted.gateway AND account = wanted.account AND gateway_payment_id = wanted.id LIMIT 1) AS payment`;

/** The rows that exist, by {@link toLockName}. */
export async function findPayments(
  manager: EntityManager,
  keys: readonly PaymentKey[],
): Promise<Map<string, PaymentRow>> {
  const rows = await manager.query<
    (PaymentRow & Record<'gateway' | 'account' | 'gateway_payment_id', string>)[]
  >(FIND, toArrays(keys));
  return new Map(
    rows.map((row) => [
      toLockName({ gateway: row.gateway, account: row.account, gatewayPaymentId: row.gateway_payment_id }),
      row,
    ]),
  );
}

const {
  id: _id,
  gateway: _gateway,
  account: _account,
  gateway_payment_id: _key,
  ...CHANGING_COLUMNS
} = PAYMENT_COLUMNS;

/**
 * Inserts payments that {@link findPayments} did not find under their locks. `ON CONFLICT` writes a second record of 48
 * bytes of WAL for each row.
 */
export const insertPayments = createBulkInsert('payments', PAYMENT_COLUMNS);

/**
 * Only a foreign session, such as an operator's `psql`, locks the row of a payment whose lock this transaction holds. Its
 * wait must not hold up the others of the batch.
 */
const FOREIGN_LOCK_TIMEOUT_MS = 500;

/**
 * Overwrites known payments under their locks. Rejects with SQLSTATE 55P03 where another session holds a row of them for
 * longer than 500 ms.
 */
export async function updatePayments(manager: EntityManager, rows: readonly PaymentRow[]): Promise<void> {
  if (rows.length === 0) return;
  await manager.query(`SET LOCAL lock_timeout = ${FOREIGN_LOCK_TIMEOUT_MS}`);
  await upsertPayments(manager, rows);
  // Every session begins with this value (session-settings.ts).
  await manager.query('SET LOCAL lock_timeout = 0');
}

/** Inserts new payments and overwrites known ones, all columns of all rows in one statement. */
export const upsertPayments = createBulkInsert('payments', PAYMENT_COLUMNS, {
  updateConflictOn: 'uq_payments_gateway_payment',
  updateColumns: Object.keys(CHANGING_COLUMNS),
});

/** One page of all payments, in the order of their ids. `after` is the last id of the page before, or null. */
export function findPaymentsAfter(
  manager: EntityManager,
  after: string | null,
  limit: number,
): Promise<(PaymentKey & { id: string })[]> {
  return manager.query(
    `SELECT id, ${KEY} FROM payments WHERE $1::uuid IS NULL OR id > $1 ORDER BY id LIMIT $2`,
    [after, limit],
  );
}

/** The ids of payments that are stored, by the gateway's id. All keys are of one account. */
export async function findPaymentIds(
  manager: EntityManager,
  keys: readonly PaymentKey[],
): Promise<ReadonlyMap<string, string>> {
  const rows = await manager.query<{ id: string; gatewayPaymentId: string }[]>(FIND_IDS, toArrays(keys));
  return new Map(rows.map(({ id, gatewayPaymentId }) => [gatewayPaymentId, id]));
}

const FIND_IDS = `SELECT payment.id, wanted.id AS "gatewayPaymentId"
  FROM unnest($1::text[], $2::text[], $3::text[]) AS wanted (gateway, account, id)
  CROSS JOIN LATERAL (
    SELECT id FROM payments
    WHERE gateway = wanted.gateway AND account = wanted.account AND gateway_payment_id = wanted.id LIMIT 1) AS payment`;

/** The keys of payments by id. An id without a payment is left out. */
export function findKeys(manager: EntityManager, ids: readonly string[]): Promise<PaymentKey[]> {
  return manager.query(`SELECT ${KEY} FROM payments WHERE id = ANY($1)`, [ids]);
}

/** The ids of the reported payments that the current transaction wrote. A dry run shows them before it rolls back. */
export async function findPaymentsChangedInTransaction(
  manager: EntityManager,
  reports: readonly PaymentReported[],
): Promise<string[]> {
  const rows = await manager.query<{ id: string }[]>(
    `SELECT DISTINCT payment.id FROM payments payment
     JOIN unnest($1::text[], $2::text[], $3::text[]) AS wanted (gateway, account, id)
       ON payment.gateway = wanted.gateway AND payment.account = wanted.account
       AND payment.gateway_payment_id = wanted.id
     WHERE payment.xmin = pg_current_xact_id()::xid`,
    toArrays(reports.map(toKey)),
  );
  return rows.map(({ id }) => id);
}

/** Keys as three array parameters for `unnest($1::text[], $2::text[], $3::text[])`. */
export const toArrays = (keys: readonly PaymentKey[]): string[] => [
  toArrayLiteral(keys.map((key) => key.gateway)),
  toArrayLiteral(keys.map((key) => key.account)),
  toArrayLiteral(keys.map((key) => key.gatewayPaymentId)),
];

/** At most `limit` ids of payments, oldest first, that are newer than `after` (null: from the first). */
export async function findPaymentIdsAfter(
  manager: EntityManager,
  after: string | null,
  limit: number,
): Promise<readonly string[]> {
  const rows = await manager.query<{ id: string }[]>(
    `SELECT id FROM payments WHERE ($1::uuid IS NULL OR id > $1) ORDER BY id LIMIT $2`,
    [after, limit],
  );
  return rows.map(({ id }) => id);
}
