import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { v5 as nameBasedUuid } from 'uuid';
import {
  EventPublisher,
  findNewestReportOfEachKind,
  findPaymentFactsOfOrders,
  lockForFeature,
  newId,
  OrderClosed,
  OrderCustomerChanged,
  orderOfPayment,
  type PaymentOrder,
  ReportableError,
} from '../../feature.js';
import { isOrderId } from '../order-id.js';
import type { Order } from '../order.entity.js';
import { ORDER_EVENTS, type OrderSnapshot } from '../order.events.js';
import { orderEvents } from '../order.metrics.js';
import { deleteOrders, findOrders, keyOfOrder, orderNameOf, saveOrders } from '../order.store.js';
import type { PaymentOfStory } from '../status/order-facts.js';
import { nameOfMilestone, type Milestone } from '../status/order-milestones.js';
import { advanceOrder, createOrder, type AdvancedOrder } from './advance-order.js';

/** An order that something happened to. */
export interface TouchedOrder {
  order: PaymentOrder;
  /** Nobody is to be mailed for it. */
  silent: boolean;
}

/** The money of an order cannot be computed: a payment of it, or its own row, holds what is no amount. */
export class UncomputableOrderError extends ReportableError {
  constructor(cause: unknown) {
    super('the money of the order cannot be computed', { cause });
  }
}

/** Brings orders up to date with their payments, and publishes what happened to them. */
@Injectable()
export class OrderUpdates {
  constructor(private readonly publisher: EventPublisher) {}

  /**
   * Locks orders until the transaction ends, whether they exist or not. A transaction locks all its orders by one call,
   * so two transactions never wait in a circle. What is read after it cannot be outdated by another writer of orders.
   */
  lock(manager: EntityManager, orders: readonly PaymentOrder[]): Promise<void> {
    return lockForFeature(manager, 'orders', orders.map(orderNameOf));
  }

  /**
   * Locks the orders, reads their payments and writes what changed. An order that nobody registered is made where
   * `fromPayments` is set and its id could be registered, and removed when its last payment belongs to another order.
   */
  async refresh(
    manager: EntityManager,
    touched: readonly TouchedOrder[],
    { now, fromPayments }: { now: Date; fromPayments: boolean },
  ): Promise<void> {
    const keys = touched.map(({ order }) => order);
    await this.lock(manager, keys);
    const known = await findOrders(manager, keys);
    const wanted = touched.filter(
      ({ order }) => known.has(orderNameOf(order)) || (fromPayments && isOrderId(order.orderId)),
    );
    const payments = await readPayments(
      manager,
      wanted.map(({ order }) => order),
    );
    const advanced: (AdvancedOrder & { silent: boolean })[] = [];
    const orphans: string[] = [];
    for (const { order: key, silent } of wanted) {
      const name = orderNameOf(key);
      const order = known.get(name);
      const ofOrder = payments.get(name) ?? [];
      if (ofOrder.length === 0 && order?.registered !== true) {
        if (order) orphans.push(order.id);
      } else advanced.push({ ...advanceOrder(order ?? createOrder(key), ofOrder, now), silent });
    }
    await deleteOrders(manager, orphans);
    const changed = advanced.filter(({ order, isChanged }) => isChanged || !known.has(nameOfRow(order)));
    await saveOrders(
      manager,
      changed.map(({ order }) => order),
    );
    await this.publish(
      manager,
      changed.flatMap(({ order, fresh, silent }) => fresh.map((milestone) => ({ order, milestone, silent }))),
    );
  }

  /** One order as its payments make it now. The caller holds its lock, and writes it. */
  async advance(manager: EntityManager, order: Order, now: Date): Promise<AdvancedOrder> {
    const payments = await readPayments(manager, [keyOfOrder(order)]);
    try {
      return advanceOrder(order, payments.get(nameOfRow(order)) ?? [], now);
    } catch (error) {
      // Pure code that throws met a stored value that is no amount. What else throws is a fault of the database.
      throw new UncomputableOrderError(error);
    }
  }

  /** Publishes what is to be told of an order that the caller wrote. */
  async tell(manager: EntityManager, order: Order, fresh: readonly Milestone[]): Promise<void> {
    await this.publish(
      manager,
      fresh.map((milestone) => ({ order, milestone, silent: false })),
    );
  }

  /** Tells other features that the customer of an order is another one than before. */
  tellCustomer(manager: EntityManager, order: Order): Promise<void> {
    const event = new OrderCustomerChanged(order.id, newId(), { order: keyOfOrder(order) });
    return this.publisher.applyInTransaction(manager, [event]);
  }

  /** Tells the handlers of this transaction that nothing is due any more. */
  async tellClosed(manager: EntityManager, order: Order): Promise<void> {
    await this.publisher.applyInTransaction(manager, [
      new OrderClosed(order.id, order.id, keyOfOrder(order)),
    ]);
  }

  private async publish(
    manager: EntityManager,
    told: readonly { order: Order; milestone: Milestone; silent: boolean }[],
  ): Promise<void> {
    const events = told.map(({ order, milestone, silent }) => createEvent(order, milestone, silent));
    await this.publisher.publish(manager, events);
    for (const { milestone } of told) orderEvents.inc({ name: milestone.name });
  }
}

const nameOfRow = (order: Order): string => orderNameOf(keyOfOrder(order));

/** The payments of the orders, by the name of the order. */
export async function readPayments(
  manager: EntityManager,
  orders: readonly PaymentOrder[],
): Promise<ReadonlyMap<string, PaymentOfStory[]>> {
  const byOrder = new Map<string, PaymentOfStory[]>();
  if (orders.length === 0) return byOrder;
  for (const payment of await withDisputes(manager, await findPaymentFactsOfOrders(manager, orders))) {
    const name = orderNameOf(orderOfPayment(payment));
    const others = byOrder.get(name);
    if (others) others.push(payment);
    else byOrder.set(name, [payment]);
  }
  return byOrder;
}

/** Adds when the disputes were that were won. Few payments have one, so most batches ask nothing. */
async function withDisputes(
  manager: EntityManager,
  payments: readonly PaymentOfStory[],
): Promise<readonly PaymentOfStory[]> {
  const won = payments.filter(({ disputes }) => disputes.some(({ status }) => status === 'won'));
  if (won.length === 0) return payments;
  const reports = await findNewestReportOfEachKind(
    manager,
    won.map(({ paymentId }) => paymentId),
  );
  const times = new Map(reports.map((one) => [`${one.paymentId} ${one.kind}`, one.occurredAt.getTime()]));
  return payments.map((payment) => {
    const wonAt = times.get(`${payment.paymentId} dispute_won`) ?? null;
    const openedAt = times.get(`${payment.paymentId} dispute_opened`) ?? wonAt;
    return { ...payment, disputed: { openedAt, wonAt } };
  });
}

/** The id of the cause is made of the milestone, so that the same milestone is stored once. */
function createEvent(order: Order, milestone: Milestone, silent: boolean) {
  const causeId = nameBasedUuid(nameOfMilestone(milestone), order.id);
  return new ORDER_EVENTS[milestone.name](order.id, causeId, toSnapshot(order, milestone), silent);
}

const toSnapshot = (order: Order, { paymentId, flag }: Milestone): OrderSnapshot => ({
  id: order.id,
  ...keyOfOrder(order),
  status: order.status,
  flags: order.flags,
  amount: order.amount,
  currency: order.currency,
  amountPaid: order.amountPaid,
  amountRefunded: order.amountRefunded,
  expiresAt: order.expiresAt?.toISOString() ?? null,
  unexpected: !order.registered,
  paymentId,
  flag,
});
