import { newId, timeOfId, type PaymentOrder } from '../../feature.js';
import type { Order } from '../order.entity.js';
import {
  collectFacts,
  type OrderFacts,
  type OrderTerms,
  type PaymentOfStory,
} from '../status/order-facts.js';
import { milestonesOf, nameOfMilestone, type Milestone } from '../status/order-milestones.js';
import { deriveStatus, nextChangeAt } from '../status/order-status.js';

/** An order that is up to date with its payments. */
export interface AdvancedOrder {
  order: Order;
  facts: OrderFacts;
  /** Its status is the one that an operator settled on. */
  isSettled: boolean;
  /** What is to be told. */
  fresh: readonly Milestone[];
  isChanged: boolean;
}

export const termsOf = (order: Order): OrderTerms => ({
  amount: order.amount,
  currency: order.registered ? order.currency : null,
  gateway: order.gateway,
  account: order.account,
  expiresAt: order.expiresAt,
  canceled: order.canceledAt !== null,
  settlement: order.settlement,
});

/** Brings an order up to date with its payments at `now`. Pure. */
export function advanceOrder(before: Order, payments: readonly PaymentOfStory[], now: Date): AdvancedOrder {
  const terms = termsOf(before);
  const facts = collectFacts(terms, payments);
  const outcome = deriveStatus(terms, facts, now);
  const fresh = milestonesOf(terms, facts, outcome, before.published);
  const order: Order = {
    ...before,
    currency: facts.currency,
    status: outcome.status,
    flags: outcome.flags,
    amountPaid: facts.captured.toString(),
    amountRefunded: facts.refunded.toString(),
    dueAt: nextChangeAt(terms, facts, outcome, now),
    published: [...before.published, ...fresh.map(nameOfMilestone)],
  };
  const isChanged = derivedText(before) !== derivedText(order);
  return {
    order: isChanged ? { ...order, updatedAt: now } : order,
    ...{ facts, fresh, isChanged, isSettled: outcome.isSettled },
  };
}

const derivedText = (order: Order): string =>
  JSON.stringify([
    order.currency,
    order.status,
    order.flags,
    order.amountPaid,
    order.amountRefunded,
    order.dueAt,
    order.published.length,
  ]);

/** An order of which nothing is known yet but its name. */
export function createOrder({ mode, merchant, orderId }: PaymentOrder): Order {
  const id = newId();
  const createdAt = timeOfId(id);
  return {
    id,
    orderId,
    mode,
    merchant: merchant ?? '',
    registered: false,
    amount: null,
    currency: null,
    gateway: null,
    account: null,
    expiresAt: null,
    customerId: null,
    customerEmail: null,
    customerPhone: null,
    customerName: null,
    customerLocale: null,
    metadata: null,
    personal: false,
    canceledAt: null,
    settlement: null,
    status: 'open',
    flags: [],
    amountPaid: '0',
    amountRefunded: '0',
    dueAt: null,
    published: [],
    createdAt,
    updatedAt: createdAt,
    erasedAt: null,
    clearedAt: null,
  };
}
