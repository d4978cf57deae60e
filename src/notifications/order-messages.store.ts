import type { EntityManager } from 'typeorm';
import {
  type MinorUnits,
  type NextAttempt,
  nextAttemptSql,
  type PaymentState,
  type RefundFacts,
} from '../payments/index.js';
import { toArrayLiteral } from '../platform/database/columns.js';
import { prepared } from '../platform/database/prepared.js';
import { UNRECORDED, type AlertScope, type PaymentOrderIds } from './scheduling/order-key.js';

/*
 * Every statement that looks for the messages of an order. What writes to `notifications` is in notification.store.ts.
 */

/** A scope as the first six parameters of a statement. */
const SCOPE_PARAMETERS = {
  gateway: '$1::text',
  account: '$2::text',
  merchant: '$3::text',
  mode: '$4::text',
  gatewayOrderId: '$5::text',
  keys: '$6::text[]',
};

const scopeParameters = (scope: AlertScope): unknown[] => [
  scope.gateway,
  scope.account,
  scope.merchant,
  scope.mode,
  scope.gatewayOrderId,
  scope.keys,
];

/**
 * A subquery with the messages of a scope, some of them twice. `scope` holds an SQL expression for each part; `keys` is an
 * array. It is a union of two halves, because each half uses an index of its own. With OR, the planner uses neither where
 * it may not combine indexes by a bitmap.
 *
 * Each key is looked up alone, behind OFFSET 0. With `order_key = ANY (keys)`, and statistics of a small table, the planner
 * reads all messages of the account for each order: 80 s instead of 0.3 s for 43,000 webhooks of which 4,300 alert.
 */
function messagesInScope(
  scope: Record<keyof typeof SCOPE_PARAMETERS, string>,
  columns: string,
  where: string,
): string {
  const half = (known: string): string => `SELECT ${columns} FROM notifications
    WHERE gateway = ${scope.gateway} AND account = ${scope.account} AND ${known} AND ${where}
      AND merchant IN (${scope.merchant}, '${UNRECORDED}') AND mode IN (${scope.mode}, '${UNRECORDED}')`;
  return `(SELECT known.* FROM unnest(${scope.keys}) AS wanted (order_key)
      CROSS JOIN LATERAL (${half('notifications.order_key = wanted.order_key')} OFFSET 0) AS known
    UNION ALL ${half(`gateway_order_id = ${scope.gatewayOrderId}`)})`;
}

/** Payments with their scopes as the first seven parameters of a statement. */
const GIVEN_ORDERS = `unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[])
    AS given (payment_id, gateway, account, merchant, mode, order_key, gateway_order_id)`;

const GIVEN_SCOPE = {
  gateway: 'given.gateway',
  account: 'given.account',
  merchant: 'given.merchant',
  mode: 'given.mode',
  gatewayOrderId: 'given.gateway_order_id',
  keys: `ARRAY[given.order_key, given.gateway_order_id, 'payment:' || given.payment_id]`,
};

export interface GivenOrder {
  paymentId: string;
  scope: AlertScope;
}

const givenOrders = (orders: readonly GivenOrder[]): string[] => [
  toArrayLiteral(orders.map(({ paymentId }) => paymentId)),
  toArrayLiteral(orders.map(({ scope }) => scope.gateway)),
  toArrayLiteral(orders.map(({ scope }) => scope.account)),
  toArrayLiteral(orders.map(({ scope }) => scope.merchant)),
  toArrayLiteral(orders.map(({ scope }) => scope.mode)),
  toArrayLiteral(orders.map(({ scope }) => scope.orderKey)),
  toArrayLiteral(orders.map(({ scope }) => scope.gatewayOrderId)),
];

// LATERAL makes one index look-up for each payment. With a join, the planner may read every message of the table.
const ALERTED = `SELECT DISTINCT given.payment_id
  FROM ${GIVEN_ORDERS}
  CROSS JOIN LATERAL (
    SELECT FROM ${messagesInScope(
      GIVEN_SCOPE,
      '1',
      `kind = 'payment_failed' AND status IN ('sent', 'pending')`,
    )} AS messages LIMIT 1) AS alert`;

/** The ids of those payments whose order has an alert that was sent or is pending, on any channel. */
export async function findAlertedPayments(
  manager: EntityManager,
  payments: readonly GivenOrder[],
): Promise<ReadonlySet<string>> {
  const rows = await manager.query<{ payment_id: string }[]>(ALERTED, givenOrders(payments));
  return new Set(rows.map((row) => row.payment_id));
}

/** The ids under which an alert that was sent knew its order. */
export type AlertedOrder = Pick<AlertScope, 'orderKey' | 'gatewayOrderId'>;

/** The earlier messages of an order on one channel. */
export interface OrderHistory {
  /** The first alert that was sent. */
  alert: AlertedOrder | null;
  /** An alert is being sent at the moment. */
  alertInFlight: boolean;
  /** The payment whose message that the money arrived exists, sent or not. */
  receivedPaymentId: string | null;
}

export const NO_HISTORY: OrderHistory = { alert: null, alertInFlight: false, receivedPaymentId: null };

const HISTORY = `WITH messages AS ${messagesInScope(
  SCOPE_PARAMETERS,
  'id, kind, channel, status, lease, order_key, gateway_order_id, payment_id',
  'true',
)}
  SELECT channel,
    bool_or(kind = 'payment_failed' AND status = 'pending' AND lease IS NOT NULL) AS "alertInFlight",
    min(payment_id::text) FILTER (WHERE kind = 'payment_received') AS "receivedPaymentId",
    (array_agg(json_build_object('orderKey', order_key, 'gatewayOrderId', gateway_order_id) ORDER BY id)
       FILTER (WHERE kind = 'payment_failed' AND status = 'sent'))[1] AS alert
  FROM messages GROUP BY channel`;

/**
 * The messages of the scope, under any id by which the order was known when they were scheduled, by channel. A channel
 * without a message of the order is left out.
 */
export async function findOrderHistories(
  manager: EntityManager,
  scope: AlertScope,
): Promise<ReadonlyMap<string, OrderHistory>> {
  const rows = await manager.query<(OrderHistory & { channel: string })[]>(HISTORY, scopeParameters(scope));
  return new Map(rows.map(({ channel, ...history }) => [channel, history]));
}

// Payments of the same merchant and mode, by the gateway's order id too, because two payments of one order may not both
// carry the merchant's order id. A union, because each half uses an index of its own. A payment that only version 0.1
// read may belong to any merchant, because version 0.1 did not read the merchant. Its reports have a key `refund`, which
// no later version writes.
const PAID_ELSEWHERE = `SELECT FROM (
    SELECT id, state, merchant, mode FROM payments
    WHERE order_id = payment.order_id AND gateway = given.gateway AND account = given.account
    UNION ALL
    SELECT id, state, merchant, mode FROM payments
    WHERE gateway_order_id = given.gateway_order_id AND gateway = given.gateway AND account = given.account) AS other
  WHERE id <> given.payment_id AND state IN ('processing', 'authorized', 'succeeded') AND mode = given.mode
    AND (coalesce(merchant, '') = given.merchant OR merchant IS NULL AND NOT EXISTS (
      SELECT FROM payment_reports WHERE payment_id = other.id AND (told ? 'merchant' OR NOT told ? 'refund')))`;

/** How long a message waits for another message of its order, or to its address. */
export const POSTPONE_MS = 250;

// Of two messages of one order on one channel the earlier is sent first. The exception is a later message that another
// process sends already, while the earlier one waited for a retry: it has facts. Version 0.1 gave it a recipient alone.
// None waits for a reminder that is not being sent, because a reminder waits for all others.
const messagesOfOrder = (
  isUnderWay: string,
): string => `SELECT max(sent_at) FILTER (WHERE kind = 'payment_failed' AND status = 'sent') AS last_alert_at,
    coalesce(bool_or(status = 'pending' AND leased_until > now() AND (facts IS NOT NULL OR recipient IS NOT NULL)), false) AS is_sending,
    min(id::text) FILTER (WHERE status = 'pending' AND kind <> 'reminder' AND id <> ALL ($8::uuid[])
      AND (${isUnderWay})) AS earliest_waiting
  FROM ${messagesInScope(GIVEN_SCOPE, 'id, kind, status, sent_at, leased_until, recipient, facts, due_at', `channel = $9 AND status IN ('sent', 'pending')`)} AS messages`;

// LATERAL with LIMIT makes one look-up by the primary key for each payment, whatever the statistics say.
const orderStates = (
  isUnderWay: string,
): string => `SELECT payment.id AS "paymentId", payment.gateway, payment.account, payment.merchant, payment.mode,
    payment.order_id AS "orderId", payment.gateway_order_id AS "gatewayOrderId",
    payment.gateway_payment_id AS "gatewayPaymentId", payment.state, payment.amount, payment.currency,
    payment.amount_captured AS "amountCaptured", payment.amount_refunded AS "amountRefunded", payment.refunds,
    ${nextAttemptSql('payment')} AS "nextAttempt",
    payment.failure ->> 'code' AS "failureCode", payment.customer_email AS "customerEmail",
    payment.customer_phone AS "customerPhone", payment.customer_name AS "customerName",
    payment.customer_locale AS "customerLocale", payment.erased_at IS NOT NULL AS "isErased",
    EXISTS (${PAID_ELSEWHERE}) AS "paidElsewhere",
    messages.last_alert_at AS "lastAlertAt", messages.is_sending AS "isSending",
    messages.earliest_waiting AS "earliestWaiting"
  FROM ${GIVEN_ORDERS}
  CROSS JOIN LATERAL (SELECT * FROM payments WHERE id = given.payment_id LIMIT 1) AS payment
  CROSS JOIN LATERAL (${messagesOfOrder(isUnderWay)}) AS messages`;

/** A payment and its order at one moment: all that a decision on its messages needs to know. */
export interface OrderState extends PaymentOrderIds {
  merchant: string | null;
  gatewayOrderId: string | null;
  gatewayPaymentId: string;
  state: PaymentState;
  amount: MinorUnits | null;
  currency: string | null;
  amountCaptured: MinorUnits | null;
  amountRefunded: MinorUnits;
  /** `createdAt` is in milliseconds since 1970. */
  refunds: readonly (RefundFacts & { createdAt: number })[];
  nextAttempt: NextAttempt | null;
  failureCode: string | null;
  customerEmail: string | null;
  customerPhone: string | null;
  customerName: string | null;
  customerLocale: string | null;
  /** The customer was erased. */
  isErased: boolean;
  /** Another payment of the order is processing, authorized or succeeded. */
  paidElsewhere: boolean;
  /** When the last alert of the order was sent on the channel. */
  lastAlertAt: Date | null;
  /** A message of the order is being sent on the channel. */
  isSending: boolean;
  /** The smallest id of the messages of the order on the channel that have to end before a later one. */
  earliestWaiting: string | null;
}

const IS_LEASED = 'leased_until > now()';
const ORDER_STATES = orderStates(IS_LEASED);
// A message that is due, or will be when the longest wait has ended, has to end before a later one, although no process
// has it at the moment. Prepared only for transactions with `LOOK_UP_SETTINGS`: with other settings the plan depends on
// the size of the tables.
const ORDER_STATES_OF_A_SET = prepared(
  orderStates(`${IS_LEASED} OR due_at <= now() + interval '${POSTPONE_MS} milliseconds'`),
);

/**
 * The payments with the states of their orders, in one statement, so that all of it is one moment. Of messages only those
 * of the channel count. `deciding` are the ids of a set of messages that the
 * caller decides on, in a transaction with `LOOK_UP_SETTINGS` that holds the locks of the orders; null for a dry run.
 */
export function readOrderStates(
  manager: EntityManager,
  payments: readonly GivenOrder[],
  channel: string,
  deciding: readonly string[] | null,
): Promise<OrderState[]> {
  const statement = deciding === null ? ORDER_STATES : ORDER_STATES_OF_A_SET;
  const parameters = [...givenOrders(payments), toArrayLiteral(deciding ?? []), channel];
  return manager.query<OrderState[]>(statement, parameters);
}
