import type { EntityManager } from 'typeorm';
import { lockNames } from '../../platform/database/advisory-locks.js';
import type { Mode } from '../../payments/index.js';

/**
 * In the columns `merchant` and `mode` of a message: version 0.1 wrote it and did not say. Such a message counts for
 * every merchant and mode of its gateway and account.
 */
export const NOT_TOLD = '*';

/** What of a payment, or of an event about it, says which order it belongs to. */
export interface PaymentOfOrder {
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
export interface CountedOrder {
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
export function orderOf(payment: PaymentOfOrder): CountedOrder {
  const { gateway, account, mode, orderId, gatewayOrderId = null } = payment;
  const ofPayment = `payment:${payment.paymentId}`;
  return {
    gateway,
    account,
    merchant: payment.merchant === undefined ? NOT_TOLD : (payment.merchant ?? ''),
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
export function messagesOf(
  order: Record<Exclude<keyof CountedOrder, 'orderKey'>, string>,
  columns: string,
  where: string,
): string {
  const half = (known: string): string => `SELECT ${columns} FROM notifications
    WHERE gateway = ${order.gateway} AND account = ${order.account} AND ${known} AND ${where}
      AND merchant IN (${order.merchant}, '${NOT_TOLD}') AND mode IN (${order.mode}, '${NOT_TOLD}')`;
  return `(${half(`order_key = ANY (${order.keys})`)}
    UNION ALL ${half(`gateway_order_id = ${order.gatewayOrderId}`)})`;
}

/** An order as the first parameters of a statement. */
export const ORDER_PARAMETERS = {
  gateway: '$1::text',
  account: '$2::text',
  merchant: '$3::text',
  mode: '$4::text',
  gatewayOrderId: '$5::text',
  keys: '$6::text[]',
};

/** The values of {@link ORDER_PARAMETERS}. */
export const orderParameters = (order: CountedOrder): unknown[] => [
  order.gateway,
  order.account,
  order.merchant,
  order.mode,
  order.gatewayOrderId,
  order.keys,
];

/** Held until the transaction ends: while an alert of the order is decided, no success of it can be half told. */
export const lockOrders = (manager: EntityManager, orders: readonly CountedOrder[]): Promise<void> =>
  lockNames(manager, 'order', orders.flatMap(lockNamesOf));

/** One name for each id of the order, so that payments which know it by different ids meet where they share one. */
function lockNamesOf({ gateway, account, merchant, mode, orderKey, gatewayOrderId }: CountedOrder): string[] {
  const ids =
    gatewayOrderId === null || gatewayOrderId === orderKey ? [orderKey] : [orderKey, gatewayOrderId];
  return ids.map((id) => JSON.stringify([gateway, account, merchant, mode, id]));
}
