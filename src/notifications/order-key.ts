import type { EntityManager } from 'typeorm';
import { lockNames } from '../database/lock-names.js';
import type { PaymentSnapshot } from '../payments/index.js';

/** What alerts are counted by: the order, or the payment itself where no order is known. */
export const orderKeyOf = (payment: Pick<PaymentSnapshot, 'orderId' | 'paymentId'>): string =>
  payment.orderId ?? `payment:${payment.paymentId}`;

/** An order as its messages are counted. */
interface CountedOrder {
  gateway: string;
  account: string;
  orderKey: string;
}

export const orderOf = (
  payment: Pick<PaymentSnapshot, 'gateway' | 'account' | 'orderId' | 'paymentId'>,
): CountedOrder => ({
  gateway: payment.gateway,
  account: payment.account,
  orderKey: orderKeyOf(payment),
});

/** Held until the transaction ends: while an alert of the order is decided, no success of it can be half told. */
export const lockOrders = (manager: EntityManager, orders: readonly CountedOrder[]): Promise<void> =>
  lockNames(
    manager,
    'order',
    orders.map((order) => `${order.gateway}/${order.account}/${order.orderKey}`),
  );
