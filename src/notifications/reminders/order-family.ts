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

/** Payments of an order that are looked at. An order with more is no order of one customer, and has no reminders. */
export const MAX_PAYMENTS_OF_ORDER = 100;

/** An order whose dunning may have changed. */
export interface TouchedOrder {
  order: PaymentOrder;
  /** The change may put the order under dunning. */
  starts: boolean;
  /** The names of orders whose dunning may be continued by this one: those that a payment moved from, or has as well. */
  family: readonly string[];
}

/** An order that is looked at by itself. */
export const touchAlone = (order: PaymentOrder): TouchedOrder => ({
  ...{ order, starts: false, family: [nameOfOrder(order)] },
});

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
  changed: readonly TouchedOrder[],
): Promise<readonly TouchedOrder[]> {
  const touched = distinctOf(changed);
  const families = await findPaymentsOfWholeOrders(
    manager,
    touched.map(({ order }) => order),
    MAX_PAYMENTS_OF_ORDER,
  );
  const payments = await findPaymentFacts(manager, [...new Set(families.flat())]);
  const byId = new Map(payments.map((payment) => [payment.paymentId, payment]));
  const all = touched.flatMap(({ order, starts, family }, at): TouchedOrder[] => {
    const orders = [order, ...(families[at] ?? []).flatMap((id) => ordersOf(byId.get(id)))];
    const whole = [...new Set([...family, ...orders.map(nameOfOrder)])];
    return orders.map((one) => ({ order: one, starts, family: whole }));
  });
  return distinctOf(all);
}

/** Each order once, with all that was said of it. */
function distinctOf(touched: readonly TouchedOrder[]): TouchedOrder[] {
  const byName = new Map<string, { order: PaymentOrder; starts: boolean; family: Set<string> }>();
  for (const { order, starts, family } of touched) {
    const name = nameOfOrder(order);
    const known = byName.get(name) ?? { order, starts: false, family: new Set<string>() };
    known.starts ||= starts;
    for (const one of family) known.family.add(one);
    byName.set(name, known);
  }
  return [...byName.values()].map((one) => ({ ...one, family: [...one.family] }));
}

/** Ends the dunning of these orders, in the caller's transaction. */
export async function endDunning(manager: EntityManager, orders: readonly PaymentOrder[]): Promise<void> {
  if (orders.length === 0) return;
  const touched = await withRelatives(manager, orders.map(touchAlone));
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
