import { Logger } from '@nestjs/common';
import {
  findPaymentFacts,
  orderOfPayment,
  type FeatureContext,
  type FeatureJob,
  type PaymentOrder,
} from '../../feature.js';
import { findOrderWork, postponeOrderWork, takeOrderWork, type OrderWorkItem } from '../order-work.store.js';
import { orderChangesHandled } from '../order.metrics.js';
import { findDueOrders, orderNameOf } from '../order.store.js';
import { OrderUpdates, type TouchedOrder } from './order-updates.js';

/** Changes of payments in one transaction. */
const WORK_PER_STEP = 200;
const DUE_PER_STEP = 100;
const IDLE_MS = 250;
/** Whether an order is overdue is seen this much later at the most. */
const DUE_IDLE_MS = 500;

const logger = new Logger('orders: update');

/**
 * Brings the orders of changed payments up to date. The rows are deleted first and the payments read after that, so what
 * is read is at least as new as what was noted. A process that is killed leaves the rows. Where a batch fails, its rows are
 * taken one by one: those that fail by themselves wait, and hold up no others.
 */
const update: FeatureJob = {
  name: 'update',
  idleMs: IDLE_MS,
  step: async (context) => {
    try {
      return await updateOrders(context);
    } catch {
      return updateOneByOne(context);
    }
  },
};

/** Takes a batch, or the row `id`. Resolves with the number of rows. */
const updateOrders = (context: FeatureContext, id: string | null = null): Promise<number> =>
  context.db.transaction(async (manager) => {
    const work = await takeOrderWork(manager, WORK_PER_STEP, id);
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
  });

async function updateOneByOne(context: FeatureContext): Promise<number> {
  const work = await findOrderWork(context.db.manager, WORK_PER_STEP);
  for (const { id, paymentId } of work) {
    try {
      await updateOrders(context, id);
    } catch (error) {
      await postponeOrderWork(context.db.manager, id);
      // The message of an error may quote personal data.
      const cause = error instanceof Error ? error.name : typeof error;
      logger.error(`the order of payment ${paymentId} could not be brought up to date, and waits: ${cause}`);
    }
  }
  return work.length;
}

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
  step: async (context) => {
    const { orders, now } = await findDueOrders(context.db.manager, DUE_PER_STEP);
    if (orders.length === 0) return 0;
    try {
      await expireOrders(context, orders, now);
    } catch {
      await expireOneByOne(context, orders, now);
    }
    return orders.length;
  },
};

/** An order that fails by itself is tried again. The loop logs the error, and pauses before that. */
async function expireOneByOne(
  context: FeatureContext,
  orders: readonly PaymentOrder[],
  now: Date,
): Promise<void> {
  const failures: unknown[] = [];
  for (const order of orders)
    await expireOrders(context, [order], now).catch((error: unknown) => failures.push(error));
  const [first] = failures;
  if (first !== undefined) throw first instanceof Error ? first : new Error('not an error was thrown');
}

const expireOrders = (context: FeatureContext, orders: readonly PaymentOrder[], now: Date): Promise<void> =>
  context.db.transaction((manager) =>
    updatesOf(context).refresh(
      manager,
      orders.map((order) => ({ order, silent: false })),
      { now, fromPayments: false },
    ),
  );

const updatesOf = (context: FeatureContext): OrderUpdates => context.get(OrderUpdates);

export const orderJobs: readonly FeatureJob[] = [update, expire];
