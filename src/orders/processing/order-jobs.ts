import type { EntityManager } from 'typeorm';
import {
  createDueJob,
  findOrdersOfPayments,
  orderOfPayment,
  type PaymentFollower,
  type PaymentOrder,
  type PaymentWorkItem,
} from '../../feature.js';
import { orderChangesHandled } from '../order.metrics.js';
import { findDueOrders, orderNameOf } from '../order.store.js';
import { OrderUpdates, type TouchedOrder } from './order-updates.js';

/** Brings the orders of changed payments up to date. */
export const followPayments: PaymentFollower = {
  follow: async (manager, work, context) => {
    const fromPayments = context.settings.ORDERS_FROM_PAYMENTS === true;
    const touched = await findTouchedOrders(manager, work);
    await context.get(OrderUpdates).refresh(manager, touched, { now: new Date(), fromPayments });
    orderChangesHandled.inc(work.length);
  },
};

/** The orders of the changes, each once: those that the payments belong to, and those that they left. */
async function findTouchedOrders(
  manager: EntityManager,
  work: readonly PaymentWorkItem[],
): Promise<TouchedOrder[]> {
  const payments = await findOrdersOfPayments(
    manager,
    work.map(({ paymentId }) => paymentId),
  );
  const orders = new Map(payments.map((payment) => [payment.paymentId, orderOfPayment(payment)]));
  const touched = new Map<string, TouchedOrder>();
  for (const { paymentId, silent, previousOrder } of work)
    for (const order of [orders.get(paymentId), previousOrder]) {
      if (!order) continue;
      const name = orderNameOf(order);
      const others = touched.get(name)?.silent ?? true;
      touched.set(name, { order, silent: silent && others });
    }
  return [...touched.values()];
}

/** Brings orders up to date whose time has come. */
export const expire = createDueJob<PaymentOrder>({
  name: 'expire',
  find: findDueOrders,
  follow: (manager, orders, now, context) =>
    context.get(OrderUpdates).refresh(
      manager,
      orders.map((order) => ({ order, silent: false })),
      { now, fromPayments: false },
    ),
});
