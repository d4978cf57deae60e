import type { EntityManager } from 'typeorm';
import { toArrayLiteral } from '../../platform/database/columns.js';
import type { PaymentSnapshot } from '../payment.events.js';
import type { MoneyFacts } from '../projection/money-facts.js';
import type { OrderIds, PaymentOrder } from '../projection/payment-order.js';
import type { ReportKind } from '../report/payment-report.js';

/* What features read of payments and of their reports: no personal data. */

/** A payment as it is stored now, without personal data. `orderId` is the gateway's order where the merchant gave none. */
export interface PaymentFacts
  extends
    Omit<PaymentSnapshot, 'failure' | 'occurredAt'>,
    Pick<MoneyFacts, 'captures' | 'refunds' | 'disputes'> {
  /** The earliest `occurredAt` of all reports. */
  createdAt: Date;
  /** When the payment first succeeded, in milliseconds since 1970; null until it did. */
  capturedAt: number | null;
}

const FACTS = `payment.id AS "paymentId", payment.gateway, payment.account,
  payment.gateway_payment_id AS "gatewayPaymentId", payment.gateway_order_id AS "gatewayOrderId",
  coalesce(payment.order_id, payment.gateway_order_id) AS "orderId", payment.merchant, payment.mode, payment.state,
  payment.status, payment.currency, payment.amount, payment.amount_captured AS "amountCaptured",
  payment.amount_refunded AS "amountRefunded", payment.amount_disputed AS "amountDisputed",
  payment.amount_reversed AS "amountReversed", payment.fee, payment.captures, payment.refunds, payment.disputes,
  payment.created_at AS "createdAt", (payment.fold ->> 'capturedAt')::float8 AS "capturedAt"`;

/** A payment with what says to which order it belongs. `orderId` is the gateway's order where the merchant gave none. */
export interface PaymentInOrder extends OrderIds {
  paymentId: string;
}

const ORDER_IDS = `payment.id AS "paymentId", payment.mode, payment.merchant,
  coalesce(payment.order_id, payment.gateway_order_id) AS "orderId", payment.gateway_order_id AS "gatewayOrderId",
  payment.gateway_payment_id AS "gatewayPaymentId"`;

const byIds = (columns: string): string =>
  `SELECT ${columns} FROM payments payment WHERE payment.id = ANY($1) ORDER BY payment.id`;
const FACTS_BY_IDS = byIds(FACTS);
const ORDER_IDS_BY_IDS = byIds(ORDER_IDS);

/** The payments with these ids, in the order of the ids. An id without a payment is left out. */
export const findPaymentFacts = (
  manager: EntityManager,
  paymentIds: readonly string[],
): Promise<PaymentFacts[]> => manager.query<PaymentFacts[]>(FACTS_BY_IDS, [toArrayLiteral(paymentIds)]);

/** The same payments, as far as their orders go. Much is spared for who reads no money. */
export const findOrdersOfPayments = (
  manager: EntityManager,
  paymentIds: readonly string[],
): Promise<PaymentInOrder[]> =>
  manager.query<PaymentInOrder[]>(ORDER_IDS_BY_IDS, [toArrayLiteral(paymentIds)]);

/** At most `limit` payments, in the order of their ids, after the id `after` (null: from the first). */
export const findPaymentFactsAfter = (
  manager: EntityManager,
  after: string | null,
  limit: number,
): Promise<PaymentFacts[]> =>
  manager.query<PaymentFacts[]>(
    `SELECT ${FACTS} FROM payments payment WHERE $1::uuid IS NULL OR payment.id > $1 ORDER BY payment.id LIMIT $2`,
    [after, limit],
  );

/** The ids of at most `limit` payments of this order id: the merchant's, or the gateway's. */
export async function findPaymentIdsOfOrder(
  manager: EntityManager,
  orderId: string,
  limit: number,
): Promise<string[]> {
  const rows = await manager.query<{ id: string }[]>(
    `SELECT id FROM payments WHERE order_id = $1 UNION SELECT id FROM payments WHERE gateway_order_id = $1
     ORDER BY id LIMIT $2`,
    [orderId, limit],
  );
  return rows.map(({ id }) => id);
}

// A union, because each part uses an index of its own. The parts exclude each other, as `orderOfPayment` does.
const ofOrders = (columns: string): string => `SELECT ${columns}
  FROM unnest($1::text[], $2::text[], $3::text[]) AS wanted (mode, merchant, order_id)
  CROSS JOIN LATERAL (
    SELECT * FROM (
      SELECT * FROM payments WHERE order_id = wanted.order_id
      UNION ALL
      SELECT * FROM payments WHERE order_id IS NULL AND gateway_order_id = wanted.order_id
      UNION ALL
      SELECT * FROM payments WHERE order_id IS NULL AND gateway_order_id IS NULL
        AND gateway_payment_id = wanted.order_id) AS known
    WHERE mode = wanted.mode AND merchant IS NOT DISTINCT FROM wanted.merchant
    ORDER BY id LIMIT $4) AS payment`;
const FACTS_OF_ORDERS = ofOrders(FACTS);
const ORDER_IDS_OF_ORDERS = ofOrders(ORDER_IDS);

const toOrderArrays = (orders: readonly PaymentOrder[]): string[] => [
  toArrayLiteral(orders.map(({ mode }) => mode)),
  toArrayLiteral(orders.map(({ merchant }) => merchant)),
  toArrayLiteral(orders.map(({ orderId }) => orderId)),
];

/** The payments of these orders, oldest id first, at most `limit` of each order. */
export const findPaymentFactsOfOrders = (
  manager: EntityManager,
  orders: readonly PaymentOrder[],
  limit: number | null = null,
): Promise<PaymentFacts[]> =>
  manager.query<PaymentFacts[]>(FACTS_OF_ORDERS, [...toOrderArrays(orders), limit]);

/** The same payments, as far as their orders go. */
export const findPaymentsOfOrders = (
  manager: EntityManager,
  orders: readonly PaymentOrder[],
  limit: number,
): Promise<PaymentInOrder[]> =>
  manager.query<PaymentInOrder[]>(ORDER_IDS_OF_ORDERS, [...toOrderArrays(orders), limit]);

// A union, because each part uses an index of its own. LATERAL with LIMIT makes one look-up for each order of a gateway,
// whatever the statistics say.
const OF_WHOLE_ORDERS = `WITH own AS (
    SELECT wanted.at, payment.id, payment.gateway, payment.account, payment.merchant, payment.mode,
      payment.gateway_order_id
    FROM unnest($1::text[], $2::text[], $3::text[]) WITH ORDINALITY AS wanted (mode, merchant, order_id, at)
    CROSS JOIN LATERAL (
      SELECT * FROM (
        SELECT id, gateway, account, merchant, mode, gateway_order_id FROM payments
          WHERE order_id = wanted.order_id
        UNION ALL
        SELECT id, gateway, account, merchant, mode, gateway_order_id FROM payments
          WHERE gateway_order_id = wanted.order_id AND order_id IS DISTINCT FROM wanted.order_id) AS known
      WHERE mode = wanted.mode AND merchant IS NOT DISTINCT FROM wanted.merchant
      LIMIT $4) AS payment)
  SELECT at::integer, id AS "paymentId" FROM own
  UNION
  SELECT known.at::integer, payment.id
  FROM (SELECT DISTINCT at, gateway, account, merchant, mode, gateway_order_id FROM own) AS known
  CROSS JOIN LATERAL (
    SELECT id FROM payments
    WHERE gateway_order_id = known.gateway_order_id AND gateway = known.gateway AND account = known.account
      AND mode = known.mode AND merchant IS NOT DISTINCT FROM known.merchant
    LIMIT $4) AS payment`;

/**
 * The ids of the payments of these orders, and of those that share an order of the gateway with one of them: of two
 * payments of one order, the gateway may tell the merchant's order id with one alone. By the order, in the order given. An
 * order with more than `limit` payments has at least `limit` ids here, and not all of them.
 */
export async function findPaymentsOfWholeOrders(
  manager: EntityManager,
  orders: readonly PaymentOrder[],
  limit: number,
): Promise<string[][]> {
  const rows = await manager.query<{ at: number; paymentId: string }[]>(OF_WHOLE_ORDERS, [
    ...toOrderArrays(orders),
    limit,
  ]);
  const byOrder = orders.map((): string[] => []);
  for (const { at, paymentId } of rows) byOrder[at - 1]?.push(paymentId);
  return byOrder;
}

/** The order id of each of these payments that has one: the merchant's, else the gateway's. */
export async function findOrderIdsOfPayments(
  manager: EntityManager,
  paymentIds: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const rows = await manager.query<{ id: string; orderId: string }[]>(
    `SELECT id, coalesce(order_id, gateway_order_id) AS "orderId" FROM payments
     WHERE id = ANY($1) AND coalesce(order_id, gateway_order_id) IS NOT NULL`,
    [toArrayLiteral(paymentIds)],
  );
  return new Map(rows.map(({ id, orderId }) => [id, orderId]));
}

/** Which report told something about a payment, and when it happened by the gateway's clock. */
export interface ReportOfKind {
  paymentId: string;
  /** The id of the report: the `causeId` of the events that it caused. */
  reportId: string;
  kind: ReportKind;
  occurredAt: Date;
}

/** The causally newest report of each kind of these payments; a refused report only where its kind has no other. */
export const findNewestReportOfEachKind = (
  manager: EntityManager,
  paymentIds: readonly string[],
): Promise<ReportOfKind[]> =>
  manager.query<ReportOfKind[]>(
    `SELECT DISTINCT ON (payment_id, kind) payment_id AS "paymentId", id AS "reportId", kind,
       occurred_at AS "occurredAt"
     FROM payment_reports WHERE payment_id = ANY($1)
     ORDER BY payment_id, kind, outcome = 'refused', occurred_at DESC, event_id COLLATE "C" DESC`,
    [toArrayLiteral(paymentIds)],
  );

/** What was reported of a payment, and when it happened by the gateway's clock. */
export type ReportTime = Omit<ReportOfKind, 'reportId'>;

/** The reports of these kinds about these payments, without those that were refused. */
export const findReportTimes = (
  manager: EntityManager,
  paymentIds: readonly string[],
  kinds: readonly ReportKind[],
): Promise<ReportTime[]> =>
  manager.query<ReportTime[]>(
    `SELECT payment_id AS "paymentId", kind, occurred_at AS "occurredAt"
     FROM payment_reports WHERE payment_id = ANY($1) AND kind = ANY($2) AND outcome <> 'refused'`,
    [toArrayLiteral(paymentIds), toArrayLiteral(kinds)],
  );
