import { Injectable } from '@nestjs/common';
import { OnDomainEvent, type DomainEventHandler } from '../../src/platform/events/index.js';
import { PaymentSucceeded } from '../../src/payments/index.js';

/** What a shop would do with the good news. May run twice, and then ships nothing twice. */
@Injectable()
@OnDomainEvent(PaymentSucceeded, 'ship-order-on-payment-succeeded')
export class ShipOrderOnPaymentSucceededHandler implements DomainEventHandler<PaymentSucceeded> {
  readonly shipped = new Set<string>();

  async handle({ payload }: PaymentSucceeded): Promise<void> {
    if (payload.orderId !== null) this.shipped.add(payload.orderId);
  }
}
