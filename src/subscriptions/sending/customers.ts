import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import {
  type CustomerOfPayment,
  FEATURES,
  findCustomersOfPayments,
  type LoggedEvent,
  type PaymentOfOrder,
  type PayhookFeature,
} from '../../feature.js';

/** Whom an event is about, as it is stored at the moment of sending. */
export type EventCustomer = Omit<CustomerOfPayment, 'paymentId'>;

/** Finds the customers of events: of their payment, else of their registered order. */
@Injectable()
export class Customers {
  constructor(@Inject(FEATURES) private readonly features: readonly PayhookFeature[]) {}

  /** Null where the event is about nobody who is known. An erased person is not known. */
  async findFor(manager: EntityManager, { subjectId, data }: LoggedEvent): Promise<EventCustomer | null> {
    const paymentId = textOf(data.paymentId) ?? textOf(data.lastPaymentId);
    const [known] = paymentId === null ? [] : await findCustomersOfPayments(manager, [paymentId]);
    const customer: EventCustomer = {
      id: known?.id ?? textOf(data.customerId),
      email: known?.email ?? null,
      phone: known?.phone ?? null,
      name: known?.name ?? null,
      locale: known?.locale ?? null,
    };
    const orderId = textOf(data.orderId);
    const isComplete = customer.email !== null && customer.phone !== null;
    const ofOrder =
      orderId === null || isComplete
        ? null
        : await this.findContact(manager, {
            paymentId: paymentId ?? subjectId,
            mode: data.mode === 'test' ? 'test' : 'live',
            merchant: textOf(data.merchant),
            orderId,
            gatewayOrderId: null,
            gatewayPaymentId: orderId,
          });
    const all = {
      id: customer.id,
      email: customer.email ?? ofOrder?.email ?? null,
      phone: customer.phone ?? ofOrder?.phone ?? null,
      name: customer.name ?? ofOrder?.name ?? null,
      locale: customer.locale ?? ofOrder?.locale ?? null,
    };
    return Object.values(all).some((value) => value !== null) ? all : null;
  }

  private async findContact(manager: EntityManager, payment: PaymentOfOrder) {
    for (const feature of this.features) {
      const contact = (await feature.findContacts?.(manager, [payment]))?.get(payment.paymentId);
      if (contact) return contact;
    }
    return null;
  }
}

const textOf = (value: unknown): string | null => (typeof value === 'string' ? value : null);
