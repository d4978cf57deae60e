import type { EntityManager } from 'typeorm';
import {
  findPaymentFacts,
  findPaymentsOfWholeOrders,
  orderOfPayment,
  type PaymentFacts,
  type PaymentOrder,
} from '../../payments/index.js';
import { lockForFeature } from '../../platform/database/advisory-locks.js';
import { deleteDunned, nameOfOrder } from './dunning.store.js';

/** An order whose dunning may have changed. */
export interface TouchedOrder {
  order: PaymentOrder;
  /** The change may put the order under dunning. */
  starts: boolean;
}

/** Held until the transaction ends. A transaction takes all its locks by one call. */
export const lockDunning = (manager: EntityManager, touched: readonly TouchedOrder[]): Promise<void> =>
  lockForFeature(
    manager,
    'reminders',
    touched.map(({ order }) => nameOfOrder(order)),
  );

/** Every order that a payment may be under dunning with. None for a payment without an order. */
export function ordersOf(payment: PaymentFacts | undefined): PaymentOrder[] {
  if (payment === undefined || payment.orderId === null) return [];
  const order = orderOfPayment(payment);
  const { gatewayOrderId } = payment;
  return gatewayOrderId === null || gatewayOrderId === order.orderId
    ? [order]
    : [order, { ...order, orderId: gatewayOrderId }];
}

/** The same orders with those of the payments that share an order of the gateway with them, each once. */
export async function withRelatives(
  manager: EntityManager,
  touched: readonly TouchedOrder[],
): Promise<readonly TouchedOrder[]> {
  const families = await findPaymentsOfWholeOrders(
    manager,
    touched.map(({ order }) => order),
  );
  const payments = await findPaymentFacts(manager, [...new Set(families.flat())]);
  const byId = new Map(payments.map((payment) => [payment.paymentId, payment]));
  const all = touched.flatMap(({ order, starts }, at): TouchedOrder[] => [
    { order, starts },
    ...(families[at] ?? []).flatMap((id) => ordersOf(byId.get(id)).map((one) => ({ order: one, starts }))),
  ]);
  const distinct = new Map<string, TouchedOrder>();
  for (const one of all) {
    const name = nameOfOrder(one.order);
    distinct.set(name, { order: one.order, starts: one.starts || distinct.get(name)?.starts === true });
  }
  return [...distinct.values()];
}

/** Ends the dunning of these orders, in the caller's transaction. */
export async function endDunning(manager: EntityManager, orders: readonly PaymentOrder[]): Promise<void> {
  if (orders.length === 0) return;
  const touched = await withRelatives(
    manager,
    orders.map((order) => ({ order, starts: false })),
  );
  await lockDunning(manager, touched);
  await deleteDunned(
    manager,
    touched.map(({ order }) => order),
  );
}

/** Ends the dunning of the orders of these payments, in the transaction that erases their customer. */
export async function endDunningOfPayments(
  manager: EntityManager,
  paymentIds: readonly string[],
): Promise<void> {
  const payments = await findPaymentFacts(manager, paymentIds);
  await endDunning(manager, payments.flatMap(ordersOf));
}
