import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import {
  findErasures,
  findPaymentFacts,
  findPaymentsOfWholeOrders,
  findReportTimes,
  orderOfPayment,
  type PaymentFacts,
  type PaymentOrder,
} from '../../payments/index.js';
import { FEATURES, type PayhookFeature } from '../../platform/features/index.js';
import { ChosenKinds } from '../kinds/chosen-kinds.js';
import { findMessagesOfPayments, type MessageOfPayment } from '../payment-messages.store.js';
import { nameOfOrder, readDatabaseTime } from './dunning.store.js';
import { STORY_KINDS, type OrderStory } from './dunning.js';

/** All that reminders of an order depend on, read at one moment. */
export interface KnownOrder {
  story: OrderStory;
  payments: readonly PaymentFacts[];
  /** Every message about these payments, of any kind. */
  messages: readonly MessageOfPayment[];
}

/** Reads orders as reminders see them. */
@Injectable()
export class OrderStories {
  constructor(
    @Inject(FEATURES) private readonly features: readonly PayhookFeature[],
    private readonly chosen: ChosenKinds,
  ) {}

  /** In the order of `orders`. */
  async read(manager: EntityManager, orders: readonly PaymentOrder[]): Promise<KnownOrder[]> {
    const families = await findPaymentsOfWholeOrders(manager, orders);
    const ids = [...new Set(families.flat())];
    const payments = await findPaymentFacts(manager, ids);
    const reports = await findReportTimes(manager, ids, STORY_KINDS);
    const messages = await findMessagesOfPayments(manager, ids);
    const erased = new Set((await findErasures(manager, ids)).map(({ paymentId }) => paymentId));
    const closed = await this.findClosed(manager, [...orders, ...payments.map(orderOfPayment)]);
    return orders.map((order, at) => {
      const family = new Set(families[at]);
      const own = payments.filter(({ paymentId }) => family.has(paymentId));
      const names = [order, ...own.map(orderOfPayment)].map(nameOfOrder);
      const story: OrderStory = {
        payments: own.map(({ paymentId, state, gateway }) => ({
          ...{ paymentId, state, isReminded: this.chosen.has('reminder', gateway) },
        })),
        reports: reports
          .filter(({ paymentId }) => family.has(paymentId))
          .map(({ paymentId, kind, occurredAt }) => ({ paymentId, kind, at: occurredAt.getTime() })),
        isClosed:
          names.some((name) => closed.has(name)) || own.some(({ paymentId }) => erased.has(paymentId)),
      };
      return { story, payments: own, messages: messages.filter((one) => family.has(one.paymentId)) };
    });
  }

  /** By their names, the orders of which nothing is due any more by what a feature knows. */
  private async findClosed(
    manager: EntityManager,
    orders: readonly PaymentOrder[],
  ): Promise<ReadonlySet<string>> {
    const distinct = [...new Map(orders.map((order) => [nameOfOrder(order), order])).values()];
    const closed = new Set<string>();
    for (const feature of this.features)
      for (const order of (await feature.findClosedOrders?.(manager, distinct)) ?? [])
        closed.add(nameOfOrder(order));
    return closed;
  }
}

/**
 * The time by which reminders are due and stale: the earlier of the database's clock and our own, in milliseconds since 1970.
 * So no jump of one clock brings a reminder forward.
 */
export const readReminderTime = async (manager: EntityManager): Promise<number> =>
  Math.min(Date.now(), (await readDatabaseTime(manager)).getTime());
