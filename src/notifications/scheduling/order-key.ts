import type { EntityManager } from 'typeorm';
import { acquireAdvisoryLocks } from '../../platform/database/advisory-locks.js';
import type { Mode } from '../../payments/index.js';

/**
 * In the columns `merchant` and `mode` of a message: version 0.1 wrote it and did not say. Such a message counts for
 * every merchant and mode of its gateway and account.
 */
export const UNRECORDED = '*';

/** What of a payment, or of an event about it, says which order it belongs to. */
export interface PaymentOrderIds {
  paymentId: string;
  gateway: string;
  account: string;
  /** Absent in events that version 0.1 stored. */
  merchant?: string | null;
  mode: Mode;
  orderId: string | null;
  /** Absent in events that version 0.1 stored. */
  gatewayOrderId?: string | null;
}

/** An order as its messages are counted: whose it is, and every id by which it is known. */
export interface AlertScope {
  gateway: string;
  account: string;
  /** Empty where the endpoint serves one merchant. */
  merchant: string;
  mode: string;
  /** What a message is counted by: the order's id, else the gateway's, else the payment's. */
  orderKey: string;
  gatewayOrderId: string | null;
  /** Every `orderKey` by which a message of this order may have been counted. */
  keys: readonly string[];
}

/** A payment of another merchant or mode belongs to another order, whatever its ids. */
export function alertScopeOf(payment: PaymentOrderIds): AlertScope {
  const { gateway, account, mode, orderId, gatewayOrderId = null } = payment;
  const ofPayment = `payment:${payment.paymentId}`;
  return {
    gateway,
    account,
    merchant: payment.merchant === undefined ? UNRECORDED : (payment.merchant ?? ''),
    mode,
    orderKey: orderId ?? gatewayOrderId ?? ofPayment,
    gatewayOrderId,
    // By the payment too: an alert may have gone out before the order was known.
    keys: [...new Set([orderId, gatewayOrderId, ofPayment].filter((key) => key !== null))],
  };
}

/**
 * The messages of an order, as a subquery with the columns named. `order` holds an SQL expression for each part; `keys`
 * is an array. In two halves, as one index answers each: joined by OR, neither would be used where the planner may not
 * combine them.
 */
export function messagesInScope(
  order: Record<Exclude<keyof AlertScope, 'orderKey'>, string>,
  columns: string,
  where: string,
): string {
  const half = (known: string): string => `SELECT ${columns} FROM notifications
    WHERE gateway = ${order.gateway} AND account = ${order.account} AND ${known} AND ${where}
      AND merchant IN (${order.merchant}, '${UNRECORDED}') AND mode IN (${order.mode}, '${UNRECORDED}')`;
  return `(${half(`order_key = ANY (${order.keys})`)}
    UNION ALL ${half(`gateway_order_id = ${order.gatewayOrderId}`)})`;
}

/** An order as the first parameters of a statement. */
export const ALERT_SCOPE_PARAMETERS = {
  gateway: '$1::text',
  account: '$2::text',
  merchant: '$3::text',
  mode: '$4::text',
  gatewayOrderId: '$5::text',
  keys: '$6::text[]',
};

/** The values of {@link ALERT_SCOPE_PARAMETERS}. */
export const alertScopeParameters = (order: AlertScope): unknown[] => [
  order.gateway,
  order.account,
  order.merchant,
  order.mode,
  order.gatewayOrderId,
  order.keys,
];

/** Held until the transaction ends: while an alert of the order is decided, no success of it can be half told. */
export const lockOrders = (manager: EntityManager, orders: readonly AlertScope[]): Promise<void> =>
  acquireAdvisoryLocks(manager, 'order', orders.flatMap(lockKeysOf));

/** One name for each id of the order, so that payments which know it by different ids meet where they share one. */
function lockKeysOf({ gateway, account, merchant, mode, orderKey, gatewayOrderId }: AlertScope): string[] {
  const ids =
    gatewayOrderId === null || gatewayOrderId === orderKey ? [orderKey] : [orderKey, gatewayOrderId];
  return ids.map((id) => JSON.stringify([gateway, account, merchant, mode, id]));
}
