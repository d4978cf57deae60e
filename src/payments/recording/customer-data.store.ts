import type { EntityManager } from 'typeorm';
import { toArrayLiteral } from '../../platform/database/columns.js';
import type { PaymentKey } from './payment-row.js';
import { toArrays } from './payment.store.js';

/* The statements on `payments` that read and clear the customer of a payment, and those that find cleared payments again. */

/** A gateway's own order, as its hints name it. */
export interface GatewayOrder {
  gateway: string;
  account: string;
  gatewayOrderId: string;
}

/** The customer of a payment as it is stored now. What was erased or has expired is null. */
export interface CustomerOfPayment {
  paymentId: string;
  id: string | null;
  email: string | null;
  phone: string | null;
  name: string | null;
  locale: string | null;
}

/** The names under which messages may mention one payment. */
export interface PaymentNames {
  gateway: string;
  account: string;
  gatewayPaymentId: string;
  /** The gateway's own order and the merchant's order, where they are known. */
  orders: string[];
}

/** Every column with personal data becomes null. Amounts, ids and failure codes stay. */
const CLEARED_CUSTOMER = `customer_id = NULL, customer_email = NULL, customer_phone = NULL, customer_name = NULL,
  customer_locale = NULL, failure = failure || '{"message": null}'`;

/**
 * Clears the customer of these payments for good and returns the order of each. The caller holds the locks of the
 * payments. A second call keeps the time of the first erasure.
 */
export async function eraseCustomers(
  manager: EntityManager,
  ids: readonly string[],
): Promise<(Omit<GatewayOrder, 'gatewayOrderId'> & { gatewayOrderId: string | null })[]> {
  const [erased] = await manager.query<[(GatewayOrder & { gatewayOrderId: string | null })[], number]>(
    `UPDATE payments SET ${CLEARED_CUSTOMER}, erased_at = coalesce(erased_at, now()) WHERE id = ANY($1)
     RETURNING gateway, account, gateway_order_id AS "gatewayOrderId"`,
    [ids],
  );
  return erased;
}

/** For what is told to somebody at this moment: personal data that is read here is never stored again. */
export const findCustomersOfPayments = (
  manager: EntityManager,
  ids: readonly string[],
): Promise<CustomerOfPayment[]> =>
  manager.query<CustomerOfPayment[]>(
    `SELECT id AS "paymentId", customer_id AS id, customer_email AS email, customer_phone AS phone,
       customer_name AS name, customer_locale AS locale FROM payments WHERE id = ANY($1)`,
    [toArrayLiteral(ids)],
  );

/** The ids of at most `limit` payments that no report has changed since `before`, oldest first. */
export async function findExpirable(manager: EntityManager, before: Date, limit: number): Promise<string[]> {
  const rows = await manager.query<{ id: string }[]>(
    `SELECT id FROM payments WHERE expired_at IS NULL AND erased_at IS NULL
       AND created_at < $1 AND updated_at < $1 ORDER BY created_at LIMIT $2`,
    [before, limit],
  );
  return rows.map(({ id }) => id);
}

/**
 * Clears the customers of those payments that are still unchanged since `before`, and returns their ids. The caller
 * holds the locks of the payments. The condition is checked again, because a report may have arrived before the locks.
 */
export async function expireCustomers(
  manager: EntityManager,
  ids: readonly string[],
  before: Date,
): Promise<string[]> {
  const [expired] = await manager.query<[{ id: string }[], number]>(
    `UPDATE payments SET ${CLEARED_CUSTOMER}, expired_at = now(), expired_until = now()
     WHERE id = ANY($1) AND updated_at < $2 RETURNING id`,
    [ids, before],
  );
  return expired.map(({ id }) => id);
}

/** The ids of the payments of these orders whose customer is not erased yet. */
export async function findPaymentsOfOrders(
  manager: EntityManager,
  orders: readonly GatewayOrder[],
): Promise<string[]> {
  const rows = await manager.query<{ id: string }[]>(
    `SELECT id FROM payments WHERE erased_at IS NULL AND (gateway, account, gateway_order_id) IN (
       SELECT * FROM unnest($1::text[], $2::text[], $3::text[])) ORDER BY id`,
    [
      orders.map(({ gateway }) => gateway),
      orders.map(({ account }) => account),
      orders.map(({ gatewayOrderId }) => gatewayOrderId),
    ],
  );
  return rows.map(({ id }) => id);
}

/** The names of these payments. */
export function findPaymentNames(manager: EntityManager, ids: readonly string[]): Promise<PaymentNames[]> {
  return manager.query(
    `SELECT gateway, account, gateway_payment_id AS "gatewayPaymentId",
       array_remove(ARRAY[gateway_order_id, order_id], NULL) AS orders FROM payments WHERE id = ANY($1)`,
    [ids],
  );
}

const ERASED_AMONG = `SELECT gateway, account, gateway_payment_id AS "gatewayPaymentId" FROM payments
   WHERE erased_at IS NOT NULL AND (gateway, account, gateway_payment_id) IN (
     SELECT * FROM unnest($1::text[], $2::text[], $3::text[]))`;

/**
 * The keys whose payment has an erased customer. One statement serves a whole batch: it reads the partial index
 * `ix_payments_erased`, which is almost empty.
 */
export async function findErasedKeys<Key extends PaymentKey>(
  manager: EntityManager,
  keys: readonly Key[],
): Promise<readonly Key[]> {
  if (keys.length === 0) return [];
  const rows = await manager.query<PaymentKey[]>(ERASED_AMONG, toArrays(keys));
  return keys.filter((key) =>
    rows.some(
      (row) =>
        row.gateway === key.gateway &&
        row.account === key.account &&
        row.gatewayPaymentId === key.gatewayPaymentId,
    ),
  );
}

/** Those of the payments whose customer was erased, and when. */
export const findErasures = (
  manager: EntityManager,
  ids: readonly string[],
): Promise<{ paymentId: string; erasedAt: Date }[]> =>
  manager.query(
    `SELECT id AS "paymentId", erased_at AS "erasedAt" FROM payments WHERE id = ANY($1) AND erased_at IS NOT NULL`,
    [ids],
  );

/** The id of the customer of each of these payments that has one. */
export async function findCustomerIds(
  manager: EntityManager,
  paymentIds: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const rows = await manager.query<{ id: string; customerId: string }[]>(
    `SELECT id, customer_id AS "customerId" FROM payments WHERE id = ANY($1) AND customer_id IS NOT NULL`,
    [toArrayLiteral(paymentIds)],
  );
  return new Map(rows.map(({ id, customerId }) => [id, customerId]));
}

/** Whether the customer of any payment was ever erased. */
export async function hasErasedPayments(manager: EntityManager): Promise<boolean> {
  const [row] = await manager.query<{ any: boolean }[]>(
    `SELECT EXISTS (SELECT FROM payments WHERE erased_at IS NOT NULL) AS any`,
  );
  return row?.any ?? false;
}

/** Three index lookups for each name: the gateway's id of a payment, the merchant's order, and the gateway's order. */
const ERASED_MENTIONS = `SELECT DISTINCT given.at
  FROM unnest($1::integer[], $2::text[], $3::text[], $4::text[]) AS given (at, gateway, account, name)
  CROSS JOIN LATERAL (
    (SELECT FROM payments WHERE gateway = given.gateway AND account = given.account
       AND gateway_payment_id = given.name AND erased_at IS NOT NULL LIMIT 1)
    UNION ALL
    (SELECT FROM payments WHERE order_id = given.name AND gateway = given.gateway AND account = given.account
       AND erased_at IS NOT NULL LIMIT 1)
    UNION ALL
    (SELECT FROM payments WHERE gateway_order_id = given.name AND gateway = given.gateway
       AND account = given.account AND erased_at IS NOT NULL LIMIT 1)) AS erased`;

/**
 * The positions in `given` whose names include a payment with an erased customer, or an order that has such a payment.
 */
export async function findErasedMentions(
  manager: EntityManager,
  given: readonly { gateway: string; account: string; names: readonly string[] }[],
): Promise<ReadonlySet<number>> {
  const rows = given.flatMap(({ gateway, account, names }, at) =>
    names.map((name) => ({ at, gateway, account, name: toStorableText(name) })),
  );
  if (rows.length === 0) return new Set();
  const found = await manager.query<{ at: number }[]>(ERASED_MENTIONS, [
    toArrayLiteral(rows.map(({ at }) => at)),
    toArrayLiteral(rows.map(({ gateway }) => gateway)),
    toArrayLiteral(rows.map(({ account }) => account)),
    toArrayLiteral(rows.map(({ name }) => name)),
  ]);
  return new Set(found.map(({ at }) => at));
}

/** PostgreSQL refuses text with a NUL character or with half of a surrogate pair. */
const toStorableText = (name: string): string => name.replaceAll('\0', '').toWellFormed();
