import type { EntityManager } from 'typeorm';
import { acquireAdvisoryLocks, tryAdvisoryLocks } from '../../platform/database/advisory-locks.js';
import type { Mode } from '../../payments/index.js';

/**
 * The value of the columns `merchant` and `mode` in rows of version 0.1, which did not record them. Such a message
 * counts for every merchant and mode of its gateway and account.
 */
export const UNRECORDED = '*';

/** The fields of a payment, or of an event about it, that say to which order it belongs. */
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

/** The order within which alerts are counted and messages are unique, with every id by which it is known. */
export interface AlertScope {
  gateway: string;
  account: string;
  /** Empty where the endpoint serves one merchant. */
  merchant: string;
  mode: string;
  /** The id that a message is stored under: the merchant's order id, else the gateway's, else the payment's id. */
  orderKey: string;
  gatewayOrderId: string | null;
  /** Every `orderKey` under which a message of this order may be stored. */
  keys: readonly string[];
}

/** The columns of a stored message that say to which order it belongs. */
export type StoredScope = Omit<AlertScope, 'keys'>;

/** True when the message counts for the order. `messagesInScope` in order-messages.store.ts says the same in SQL. */
export const isInScope = (message: StoredScope, scope: AlertScope): boolean =>
  message.gateway === scope.gateway &&
  message.account === scope.account &&
  (message.merchant === scope.merchant || message.merchant === UNRECORDED) &&
  (message.mode === scope.mode || message.mode === UNRECORDED) &&
  (scope.keys.includes(message.orderKey) ||
    (scope.gatewayOrderId !== null && message.gatewayOrderId === scope.gatewayOrderId));

/** The scope of a payment. Payments of different merchants or modes never share a scope, whatever their order ids. */
export function alertScopeOf(payment: PaymentOrderIds): AlertScope {
  const { gateway, account, mode, orderId, gatewayOrderId = null } = payment;
  const paymentKey = `payment:${payment.paymentId}`;
  return {
    gateway,
    account,
    merchant: payment.merchant === undefined ? UNRECORDED : (payment.merchant ?? ''),
    mode,
    orderKey: orderId ?? gatewayOrderId ?? paymentKey,
    gatewayOrderId,
    // The payment's key too, because an alert may have been sent before the order was known.
    keys: [...new Set([orderId, gatewayOrderId, paymentKey].filter((key) => key !== null))],
  };
}

/**
 * Locks orders until the transaction ends. The decision on an alert and the handler of a success take the same
 * lock, so neither acts on half of what the other writes.
 */
export const lockOrders = (manager: EntityManager, scopes: readonly AlertScope[]): Promise<void> =>
  acquireAdvisoryLocks(manager, 'order', scopes.flatMap(lockKeysOf));

/**
 * Locks those of the orders that no other transaction has locked, and waits for none. Returns whether the lock of one of
 * `scopes` was taken.
 */
export async function tryLockOrders(
  manager: EntityManager,
  scopes: readonly AlertScope[],
): Promise<(scope: AlertScope) => boolean> {
  const names = [...new Set(scopes.flatMap(lockKeysOf))];
  const held = await tryAdvisoryLocks(manager, 'order', names);
  return (scope) => !lockKeysOf(scope).some((name) => held.has(name));
}

/** One key for each id of the order, so that payments which know the order by different ids share a lock. */
function lockKeysOf({ gateway, account, merchant, mode, orderKey, gatewayOrderId }: AlertScope): string[] {
  const ids =
    gatewayOrderId === null || gatewayOrderId === orderKey ? [orderKey] : [orderKey, gatewayOrderId];
  return ids.map((id) => JSON.stringify([gateway, account, merchant, mode, id]));
}
