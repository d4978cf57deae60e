import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import {
  findErasures,
  findPaymentFacts,
  findPaymentsOfWholeOrders,
  findReportTimes,
  isWhollyRefunded,
  orderOfPayment,
  type PaymentFacts,
  type PaymentOrder,
} from '../../payments/index.js';
import { FEATURES, type PayhookFeature } from '../../platform/features/index.js';
import { ChosenKinds } from '../kinds/chosen-kinds.js';
import { findMessagesOfPayments, type MessageOfPayment } from '../payment-messages.store.js';
import { nameOfOrder, readDatabaseTime } from './dunning.store.js';
import { STORY_KINDS, type OrderStory } from './dunning.js';
import { MAX_PAYMENTS_OF_ORDER } from './order-family.js';

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

  /** In the order of `orders`. An order with more than 100 payments is read as one without payments. */
  async read(manager: EntityManager, orders: readonly PaymentOrder[]): Promise<KnownOrder[]> {
    const found = await findPaymentsOfWholeOrders(manager, orders, MAX_PAYMENTS_OF_ORDER + 1);
    const families = found.map((family) => (family.length > MAX_PAYMENTS_OF_ORDER ? [] : family));
    const ids = [...new Set(families.flat())];
    const payments = await findPaymentFacts(manager, ids);
    const reports = await findReportTimes(manager, ids, STORY_KINDS);
    const messages = await findMessagesOfPayments(manager, ids);
    const erased = new Set((await findErasures(manager, ids)).map(({ paymentId }) => paymentId));
    const owed = await this.findOwed(manager, [...orders, ...payments.map(orderOfPayment)]);
    return orders.map((order, at) => {
      const family = new Set(families[at]);
      const own = payments.filter(({ paymentId }) => family.has(paymentId));
      const names = [order, ...own.map(orderOfPayment)].map(nameOfOrder);
      const story: OrderStory = {
        payments: own.map((payment) => ({
          ...{ paymentId: payment.paymentId, state: payment.state, isPaid: isPaid(payment) },
          isReminded: this.chosen.has('reminder', payment.gateway),
        })),
        reports: reports
          .filter(({ paymentId }) => family.has(paymentId))
          .map(({ paymentId, kind, occurredAt }) => ({ paymentId, kind, at: occurredAt.getTime() })),
        isClosed:
          names.some((name) => owed.get(name) === false) ||
          own.some(({ paymentId }) => erased.has(paymentId)),
        isOwed: names.some((name) => owed.get(name) === true),
      };
      return { story, payments: own, messages: messages.filter((one) => family.has(one.paymentId)) };
    });
  }

  /** Whether something is owed of those orders of which a feature knows it, by their names. */
  private async findOwed(
    manager: EntityManager,
    orders: readonly PaymentOrder[],
  ): Promise<ReadonlyMap<string, boolean>> {
    const distinct = [...new Map(orders.map((order) => [nameOfOrder(order), order])).values()];
    const owed = new Map<string, boolean>();
    for (const feature of this.features)
      for (const { order, isOwed } of (await feature.findOrderDebts?.(manager, distinct)) ?? []) {
        const name = nameOfOrder(order);
        owed.set(name, isOwed && owed.get(name) !== false);
      }
    return owed;
  }
}

/** It succeeded, and not everything was refunded. Nobody is asked to pay such an order again. */
export const isPaid = (payment: PaymentFacts): boolean =>
  payment.state === 'succeeded' && !isWhollyRefunded(payment);

/**
 * The time by which reminders are due and stale: the earlier of the database's clock and our own, in milliseconds since 1970.
 * So no jump of one clock brings a reminder forward.
 */
export const readReminderTime = async (manager: EntityManager): Promise<number> =>
  Math.min(Date.now(), (await readDatabaseTime(manager)).getTime());
