import type { EntityManager } from 'typeorm';
import { arrayOf } from '../database/columns.js';
import { prepared } from '../database/prepared.js';
import type { PaymentSnapshot } from '../payments/index.js';

/** What alerts are counted by: the order, or the payment itself where no order is known. */
export const orderKeyOf = (payment: Pick<PaymentSnapshot, 'orderId' | 'paymentId'>): string =>
  payment.orderId ?? `payment:${payment.paymentId}`;

type Ordered = Pick<PaymentSnapshot, 'gateway' | 'account' | 'orderId' | 'paymentId'>;

const nameOf = (order: { gateway: string; account: string; orderKey: string }): string =>
  `${order.gateway}/${order.account}/${order.orderKey}`;

/** Held until the transaction ends: while an alert of the order is decided, no success of it can be half told. */
export const lockOrder = (
  manager: EntityManager,
  order: { gateway: string; account: string; orderKey: string },
): Promise<void> => lockNames(manager, [nameOf(order)]);

/** The same for many payments' orders, in one fixed order of the locks. */
export const lockOrders = (manager: EntityManager, payments: readonly Ordered[]): Promise<void> =>
  lockNames(
    manager,
    payments.map((payment) =>
      nameOf({ gateway: payment.gateway, account: payment.account, orderKey: orderKeyOf(payment) }),
    ),
  );

async function lockNames(manager: EntityManager, names: readonly string[]): Promise<void> {
  if (names.length === 0) return;
  await manager.query(LOCK, [arrayOf(names)]);
}

const LOCK = prepared(
  `SELECT pg_advisory_xact_lock(lock) FROM (
     SELECT DISTINCT hashtextextended(name, 1) AS lock FROM unnest($1::text[]) AS name ORDER BY lock) AS locks`,
);
