import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import {
  type CustomerContact,
  type CustomerOfPayment,
  FEATURES,
  findCustomersOfPayments,
  type PaymentOfOrder,
  type PayhookFeature,
  type PublishedEvent,
} from '../../feature.js';

/** Whom an event is about, as it is stored at the moment of sending. */
export type EventCustomer = Omit<CustomerOfPayment, 'paymentId'>;

interface Question {
  readonly event: PublishedEvent;
  readonly resolve: (customer: EventCustomer | null) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Finds the customers of events: of their payment, else of their registered order. What is asked while an answer is under
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
    const ids = new Set(events.flatMap(({ data }) => paymentIdOf(data) ?? []));
    const rows = ids.size === 0 ? [] : await findCustomersOfPayments(manager, [...ids]);
    const known = new Map(rows.map((row) => [row.paymentId, row]));
    const found = events.map((event) => {
      const customer = customerOf(event, known.get(paymentIdOf(event.data) ?? ''));
      const isComplete = customer.email !== null && customer.phone !== null;
      return { customer, order: isComplete ? null : orderOf(event) };
    });
    const contacts = await this.findContacts(
      manager,
      found.flatMap(({ order }) => order ?? []),
    );
    return found.map(({ customer, order }) => {
      const whole = withContact(customer, order === null ? undefined : contacts.get(keyOf(order)));
      return Object.values(whole).some((value) => value !== null) ? whole : null;
    });
  }

  /** By {@link keyOf}. A feature answers by payment, so orders of one payment that differ are asked one after the other. */
  private async findContacts(
    manager: EntityManager,
    orders: readonly PaymentOfOrder[],
  ): Promise<ReadonlyMap<string, CustomerContact>> {
    const contacts = new Map<string, CustomerContact>();
    let left = new Map(orders.map((order) => [keyOf(order), order]));
    while (left.size > 0) {
      const ofPayments = new Map([...left.values()].map((order) => [order.paymentId, order]));
      for (const [paymentId, contact] of await this.askFeatures(manager, [...ofPayments.values()])) {
        const order = ofPayments.get(paymentId);
        if (order !== undefined) contacts.set(keyOf(order), contact);
      }
      left = new Map([...left].filter(([, order]) => ofPayments.get(order.paymentId) !== order));
    }
    return contacts;
  }

  /** Of each payment, the answer of the first feature that knows one. */
  private async askFeatures(
    manager: EntityManager,
    orders: readonly PaymentOfOrder[],
  ): Promise<ReadonlyMap<string, CustomerContact>> {
    const contacts = new Map<string, CustomerContact>();
    for (const feature of this.features)
      for (const [id, contact] of (await feature.findContacts?.(manager, orders)) ?? [])
        if (!contacts.has(id)) contacts.set(id, contact);
    return contacts;
  }
}

const customerOf = ({ data }: PublishedEvent, known: CustomerOfPayment | undefined): EventCustomer => ({
  id: known?.id ?? textOf(data.customerId),
  email: known?.email ?? null,
  phone: known?.phone ?? null,
  name: known?.name ?? null,
  locale: known?.locale ?? null,
});

const withContact = (customer: EventCustomer, contact: CustomerContact | undefined): EventCustomer => ({
  id: customer.id,
  email: customer.email ?? contact?.email ?? null,
  phone: customer.phone ?? contact?.phone ?? null,
  name: customer.name ?? contact?.name ?? null,
  locale: customer.locale ?? contact?.locale ?? null,
});

/** What a feature is asked about the order of the event; null where the event names none. */
function orderOf({ subjectId, data }: PublishedEvent): PaymentOfOrder | null {
  const orderId = textOf(data.orderId);
  if (orderId === null) return null;
  return {
    paymentId: paymentIdOf(data) ?? subjectId,
    mode: data.mode === 'test' ? 'test' : 'live',
    merchant: textOf(data.merchant),
    orderId,
    gatewayOrderId: null,
    gatewayPaymentId: orderId,
  };
}

const keyOf = ({ paymentId, mode, merchant, orderId }: PaymentOfOrder): string =>
  JSON.stringify([paymentId, mode, merchant, orderId]);

const paymentIdOf = (data: PublishedEvent['data']): string | null =>
  textOf(data.paymentId) ?? textOf(data.lastPaymentId);

const textOf = (value: unknown): string | null => (typeof value === 'string' ? value : null);
