import type { EntityManager } from 'typeorm';
import { toArrayLiteral } from '../platform/database/columns.js';
import { UNRECORDED, type AlertScope } from './scheduling/order-key.js';

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
 * A subquery with the messages of a scope. `scope` holds an SQL expression for each part; `keys` is an array. It is a
 * union of two halves, because each half uses an index of its own. With OR, the planner uses neither where it may not
 * combine indexes by a bitmap.
 */
function messagesInScope(
  scope: Record<keyof typeof SCOPE_PARAMETERS, string>,
  columns: string,
  where: string,
): string {
  const half = (known: string): string => `SELECT ${columns} FROM notifications
    WHERE gateway = ${scope.gateway} AND account = ${scope.account} AND ${known} AND ${where}
      AND merchant IN (${scope.merchant}, '${UNRECORDED}') AND mode IN (${scope.mode}, '${UNRECORDED}')`;
  return `(${half(`order_key = ANY (${scope.keys})`)}
    UNION ALL ${half(`gateway_order_id = ${scope.gatewayOrderId}`)})`;
}

// LATERAL makes one index look-up for each payment. With a join, the planner may read every message of the table.
const ALERTED = `SELECT DISTINCT given.payment_id
  FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[])
    AS given (payment_id, gateway, account, merchant, mode, order_key, gateway_order_id)
  CROSS JOIN LATERAL (
    SELECT FROM ${messagesInScope(
      {
        gateway: 'given.gateway',
        account: 'given.account',
        merchant: 'given.merchant',
        mode: 'given.mode',
        gatewayOrderId: 'given.gateway_order_id',
        keys: `ARRAY[given.order_key, given.gateway_order_id, 'payment:' || given.payment_id]`,
      },
      '1',
      `kind = 'payment_failed' AND status IN ('sent', 'pending')`,
    )} AS messages LIMIT 1) AS alert`;

/** The ids of those payments whose order has an alert that was sent or is pending. */
export async function findAlertedPayments(
  manager: EntityManager,
  payments: readonly { paymentId: string; scope: AlertScope }[],
): Promise<ReadonlySet<string>> {
  const rows = await manager.query<{ payment_id: string }[]>(ALERTED, [
    toArrayLiteral(payments.map(({ paymentId }) => paymentId)),
    toArrayLiteral(payments.map(({ scope }) => scope.gateway)),
    toArrayLiteral(payments.map(({ scope }) => scope.account)),
    toArrayLiteral(payments.map(({ scope }) => scope.merchant)),
    toArrayLiteral(payments.map(({ scope }) => scope.mode)),
    toArrayLiteral(payments.map(({ scope }) => scope.orderKey)),
    toArrayLiteral(payments.map(({ scope }) => scope.gatewayOrderId)),
  ]);
  return new Set(rows.map((row) => row.payment_id));
}

/** The ids under which an alert that was sent knew its order. */
export type AlertedOrder = Pick<AlertScope, 'orderKey' | 'gatewayOrderId'>;

/** The earlier messages of an order. */
export interface OrderHistory {
  /** The first alert that was sent. */
  alert: AlertedOrder | null;
  /** An alert is being sent at the moment. */
  alertInFlight: boolean;
  /** The message that the money arrived exists, sent or not. */
  hasReceivedMessage: boolean;
}

const HISTORY = `WITH messages AS ${messagesInScope(
  SCOPE_PARAMETERS,
  'id, kind, status, lease, order_key, gateway_order_id',
  'true',
)}
  SELECT coalesce(bool_or(kind = 'payment_failed' AND status = 'pending' AND lease IS NOT NULL), false)
      AS "alertInFlight",
    coalesce(bool_or(kind = 'payment_received'), false) AS "hasReceivedMessage",
    (SELECT json_build_object('orderKey', order_key, 'gatewayOrderId', gateway_order_id) FROM messages
       WHERE kind = 'payment_failed' AND status = 'sent' ORDER BY id LIMIT 1) AS alert
  FROM messages`;

/** The messages of the scope, under any id by which the order was known when they were scheduled. */
export async function findOrderHistory(manager: EntityManager, scope: AlertScope): Promise<OrderHistory> {
  const [row] = await manager.query<OrderHistory[]>(HISTORY, scopeParameters(scope));
  return row ?? { alert: null, alertInFlight: false, hasReceivedMessage: false };
}

// Of two messages of one order the earlier is sent first. The exception is a later message that another process sends
// already, while the earlier one waited for a retry: it has a recipient.
const EARLIER_IN_FLIGHT = `SELECT EXISTS (SELECT FROM ${messagesInScope(
  SCOPE_PARAMETERS,
  '1',
  `id <> $7 AND status = 'pending' AND leased_until > now() AND (id < $7 OR recipient IS NOT NULL)`,
)} AS messages) AS found`;

/**
 * True while another message of the order has to end before the message `id`. The caller holds the lock of the order.
 */
export async function isOtherInFlight(
  manager: EntityManager,
  scope: AlertScope,
  id: string,
): Promise<boolean> {
  const [row] = await manager.query<{ found: boolean }[]>(EARLIER_IN_FLIGHT, [...scopeParameters(scope), id]);
  return row?.found ?? false;
}

// Payments of the same merchant and mode, by the gateway's order id too, because two payments of one order may not both
// carry the merchant's order id. A union, because each half uses an index of its own. A payment that only version 0.1
// read may belong to any merchant, because version 0.1 did not read the merchant.
const PAID_ELSEWHERE = `SELECT FROM (
    SELECT id, state, merchant, mode FROM payments WHERE order_id = $7 AND gateway = $1 AND account = $2
    UNION ALL
    SELECT id, state, merchant, mode FROM payments WHERE gateway_order_id = $5 AND gateway = $1 AND account = $2) AS other
  WHERE id <> $8 AND state IN ('processing', 'authorized', 'succeeded') AND mode = $4
    AND (coalesce(merchant, '') = $3 OR merchant IS NULL AND NOT EXISTS (
      SELECT FROM payment_reports WHERE payment_id = other.id AND told ? 'merchant'))`;

const ORDER_STATE = `SELECT EXISTS (${PAID_ELSEWHERE}) AS "paidElsewhere",
  (SELECT max(sent_at) FROM ${messagesInScope(
    SCOPE_PARAMETERS,
    'sent_at',
    `kind = 'payment_failed' AND status = 'sent'`,
  )} AS messages) AS "lastAlertAt"`;

export interface OrderState {
  /** Another payment of the order is processing, authorized or succeeded. */
  paidElsewhere: boolean;
  /** When the last alert of the order was sent. */
  lastAlertAt: Date | null;
}

/** What the rules for an alert need to know about the order of a payment. One statement, so that it is one moment. */
export async function readOrderState(
  manager: EntityManager,
  scope: AlertScope,
  payment: { id: string; orderId: string | null },
): Promise<OrderState> {
  const [row] = await manager.query<OrderState[]>(ORDER_STATE, [
    ...scopeParameters(scope),
    payment.orderId,
    payment.id,
  ]);
  return row ?? { paidElsewhere: false, lastAlertAt: null };
}
