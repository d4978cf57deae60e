import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import {
  type CustomerContact,
  type CustomerOfPayment,
  type EVENT_CUSTOMER,
  FEATURES,
  findCustomersOfPayments,
  findPaymentFacts,
  type PaymentOfOrder,
  type PayhookFeature,
  type PublishedEvent,
} from '../../feature.js';
import { findPayers } from './payers.js';

/** Whom an event is about, as it is stored at the moment of sending: every field that its schema has, and no other. */
export type EventCustomer = Readonly<Record<keyof typeof EVENT_CUSTOMER, string | null>>;

interface Question {
  readonly event: PublishedEvent;
  readonly resolve: (customer: EventCustomer | null) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Finds the customers of events: of their payment, else of their registered order, whose customer's id comes first, as in a
 * customer account. An order that was registered without a customer has the one who paid it. What is asked while an answer is under
 * way is found together afterwards, so that many subscribers take one connection and few statements.
 */
@Injectable()
export class Customers {
  private questions: Question[] = [];
  private isAnswering = false;

  constructor(@Inject(FEATURES) private readonly features: readonly PayhookFeature[]) {}

  /** Null where the event is about nobody who is known. An erased person is not known. */
  findFor(manager: EntityManager, event: PublishedEvent): Promise<EventCustomer | null> {
    return new Promise((resolve, reject) => {
      this.questions.push({ event, resolve, reject });
      if (!this.isAnswering) void this.answer(manager);
    });
  }

  private async answer(manager: EntityManager): Promise<void> {
    this.isAnswering = true;
    // What is asked in this turn of the event loop belongs to the first answer.
    await new Promise(setImmediate);
    while (this.questions.length > 0) {
      const asked = this.questions;
      this.questions = [];
      try {
        const customers = await this.findAll(
          manager,
          asked.map(({ event }) => event),
        );
        for (const [at, { resolve }] of asked.entries()) resolve(customers[at] ?? null);
      } catch (error) {
        for (const { reject } of asked) reject(error);
      }
    }
    this.isAnswering = false;
  }

  private async findAll(
    manager: EntityManager,
    events: readonly PublishedEvent[],
  ): Promise<(EventCustomer | null)[]> {
    const rows = await findAny(findCustomersOfPayments, manager, events.map(paymentIdOf));
    const known = new Map(rows.map((row) => [row.paymentId, row]));
    const orders = await findOrders(manager, events);
    const found = events.map((event, at) => {
      const customer = customerOf(event, known.get(paymentIdOf(event) ?? ''));
      const isComplete = customer.email !== null && customer.phone !== null;
      return { customer, order: orders[at] ?? null, isComplete };
    });
    const ids = await this.askByOrder(
      found.flatMap(({ order }) => order ?? []),
      (feature, some) => feature.findCustomerIds?.(manager, some),
    );
    const contacts = await this.askByOrder(
      found.flatMap(({ order, isComplete }) => (isComplete ? [] : (order ?? []))),
      (feature, some) => feature.findContacts?.(manager, some),
    );
    const whole = found.map(({ customer, order }) => {
      const key = order === null ? '' : keyOf(order);
      return orNobody({ ...withContact(customer, contacts.get(key)), id: ids.get(key) ?? customer.id });
    });
    const ofNobody = events.map((event, at) =>
      whole[at] === null && paymentIdOf(event) === null ? orderOf(event) : null,
    );
    const payers = await findPayers(manager, ofNobody);
    return whole.map((customer, at) => customer ?? orNobody(fieldsOf(payers[at])));
  }

  /** By {@link keyOf}. A feature answers by payment, so orders of one payment that differ are asked one after the other. */
  private async askByOrder<T>(
    orders: readonly PaymentOfOrder[],
    ask: Ask<T>,
  ): Promise<ReadonlyMap<string, T>> {
    const answers = new Map<string, T>();
    let left = new Map(orders.map((order) => [keyOf(order), order]));
    while (left.size > 0) {
      const ofPayments = new Map([...left.values()].map((order) => [order.paymentId, order]));
      for (const [paymentId, answer] of await this.askFeatures([...ofPayments.values()], ask)) {
        const order = ofPayments.get(paymentId);
        if (order !== undefined) answers.set(keyOf(order), answer);
      }
      left = new Map([...left].filter(([, order]) => ofPayments.get(order.paymentId) !== order));
    }
    return answers;
  }

  /** Of each payment, the answer of the first feature that knows one. */
  private async askFeatures<T>(
    orders: readonly PaymentOfOrder[],
    ask: Ask<T>,
  ): Promise<ReadonlyMap<string, T>> {
    const answers = new Map<string, T>();
    for (const feature of this.features)
      for (const [id, answer] of (await ask(feature, orders)) ?? [])
        if (!answers.has(id)) answers.set(id, answer);
    return answers;
  }
}

/** What a feature answers about orders, by the id of the payment. */
type Ask<T> = (
  feature: PayhookFeature,
  orders: readonly PaymentOfOrder[],
) => Promise<ReadonlyMap<string, T>> | undefined;

/** What features are asked about each event: its order, else that of its payment. An event of a customer account shows none. */
async function findOrders(
  manager: EntityManager,
  events: readonly PublishedEvent[],
): Promise<(PaymentOfOrder | null)[]> {
  const orders = events.map(orderOf);
  const without = events.filter((_event, at) => orders[at] === null);
  const payments = await findAny(findPaymentFacts, manager, without.map(paymentIdOf));
  const known = new Map<string | null, PaymentOfOrder>(payments.map((one) => [one.paymentId, one]));
  return events.map((event, at) => orders[at] ?? known.get(paymentIdOf(event)) ?? null);
}

/** Makes no statement where there is no id. */
async function findAny<T>(
  find: (manager: EntityManager, ids: readonly string[]) => Promise<T[]>,
  manager: EntityManager,
  ids: readonly (string | null)[],
): Promise<T[]> {
  const given = [...new Set(ids.flatMap((id) => id ?? []))];
  return given.length === 0 ? [] : find(manager, given);
}

const customerOf = ({ data }: PublishedEvent, known: CustomerOfPayment | undefined): EventCustomer => ({
  ...fieldsOf(known),
  id: known?.id ?? textOf(data.customerId),
});

const fieldsOf = (known: CustomerOfPayment | null | undefined): EventCustomer => ({
  id: known?.id ?? null,
  email: known?.email ?? null,
  phone: known?.phone ?? null,
  name: known?.name ?? null,
  locale: known?.locale ?? null,
});

/** Null where nothing is known. */
const orNobody = (customer: EventCustomer): EventCustomer | null =>
  Object.values(customer).some((value) => value !== null) ? customer : null;

const withContact = (customer: EventCustomer, contact: CustomerContact | undefined): EventCustomer => ({
  id: customer.id,
  email: customer.email ?? contact?.email ?? null,
  phone: customer.phone ?? contact?.phone ?? null,
  name: customer.name ?? contact?.name ?? null,
  locale: customer.locale ?? contact?.locale ?? null,
});

/** What a feature is asked about the order of the event; null where the event names none. */
function orderOf(event: PublishedEvent): PaymentOfOrder | null {
  const { subjectId, data } = event;
  const orderId = textOf(data.orderId);
  if (orderId === null) return null;
  return {
    paymentId: paymentIdOf(event) ?? subjectId,
    mode: data.mode === 'test' ? 'test' : 'live',
    merchant: textOf(data.merchant),
    orderId,
    gatewayOrderId: null,
    gatewayPaymentId: orderId,
  };
}

const keyOf = ({ paymentId, mode, merchant, orderId }: PaymentOfOrder): string =>
  JSON.stringify([paymentId, mode, merchant, orderId]);

const paymentIdOf = ({ data }: PublishedEvent): string | null =>
  textOf(data.paymentId) ?? textOf(data.lastPaymentId);

const textOf = (value: unknown): string | null => (typeof value === 'string' ? value : null);
