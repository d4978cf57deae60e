import {
  findPaymentFacts,
  orderOfPayment,
  type FeatureContext,
  type FeatureJob,
  type PaymentOrder,
} from '../../feature.js';
import { takeOrderWork, type OrderWorkItem } from '../order-work.store.js';
import { orderChangesHandled } from '../order.metrics.js';
import { findDueOrders, orderNameOf } from '../order.store.js';
import { OrderUpdates, type TouchedOrder } from './order-updates.js';

/** Changes of payments in one transaction. */
const WORK_PER_STEP = 200;
const DUE_PER_STEP = 100;
const IDLE_MS = 250;
/** Whether an order is overdue is seen this much later at the most. */
const DUE_IDLE_MS = 500;

/**
 * Brings the orders of changed payments up to date. The rows are deleted first and the payments read after that, so what
 * is read is at least as new as what was noted. A process that is killed leaves the rows.
 */
const update: FeatureJob = {
  name: 'update',
  idleMs: IDLE_MS,
  step: (context) =>
    context.db.transaction(async (manager) => {
      const work = await takeOrderWork(manager, WORK_PER_STEP);
      if (work.length === 0) return 0;
      const payments = await findPaymentFacts(
        manager,
        work.map(({ paymentId }) => paymentId),
      );
      const orders = new Map(payments.map((payment) => [payment.paymentId, orderOfPayment(payment)]));
      await updatesOf(context).refresh(manager, touchedOrders(work, orders), {
        now: new Date(),
        fromPayments: context.settings.ORDERS_FROM_PAYMENTS === true,
      });
      orderChangesHandled.inc(work.length);
      return work.length;
    }),
};

/** The orders of the changes, each once: those that the payments belong to, and those that they left. */
function touchedOrders(
  work: readonly OrderWorkItem[],
  orders: ReadonlyMap<string, PaymentOrder>,
): TouchedOrder[] {
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

/**
 * Brings orders up to date whose time has come. Their rows wait in the table, so a restart loses none. Two processes may
 * find the same order: the second one waits for its lock, and finds that everything was told.
 */
const expire: FeatureJob = {
  name: 'expire',
  idleMs: DUE_IDLE_MS,
  step: (context) =>
    context.db.transaction(async (manager) => {
      const { orders, now } = await findDueOrders(manager, DUE_PER_STEP);
      if (orders.length === 0) return 0;
      const touched = orders.map((order) => ({ order, silent: false }));
      await updatesOf(context).refresh(manager, touched, { now, fromPayments: false });
      return orders.length;
    }),
};

const updatesOf = (context: FeatureContext): OrderUpdates => context.get(OrderUpdates);

export const orderJobs: readonly FeatureJob[] = [update, expire];
