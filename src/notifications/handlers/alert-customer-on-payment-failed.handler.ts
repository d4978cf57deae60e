import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { ENV } from '../../config/config.module.js';
import type { Env } from '../../config/env.js';
import { OnDomainEvent, type DomainEventHandler } from '../../events/index.js';
import { PaymentFailed } from '../../payments/index.js';
import { Reservations } from '../reservations.js';
import { SendRehearsal } from '../send-rehearsal.js';

/** Reserves the alert of a failed attempt; it is checked again and sent when it has settled. A replay alerts nobody. */
@Injectable()
@OnDomainEvent(PaymentFailed, 'alert-customer-on-payment-failed')
export class AlertCustomerOnPaymentFailedHandler implements DomainEventHandler<PaymentFailed> {
  constructor(
    private readonly reservations: Reservations,
    private readonly sends: SendRehearsal,
    @Inject(ENV) private readonly env: Env,
  ) {}

  async handle(event: PaymentFailed, manager: EntityManager): Promise<void> {
    await this.handleMany([event], manager);
  }

  async handleMany(
    events: readonly PaymentFailed[],
    manager: EntityManager,
  ): Promise<readonly PaymentFailed[]> {
    const loud = events.filter((event) => !event.silent);
    await this.reservations.reserve(
      manager,
      loud.map((event) => ({
        kind: 'payment_failed',
        attemptKey: event.payload.failure?.attemptId ?? event.causeId,
        payment: event.payload,
        settleSeconds: this.env.alertSettleSeconds,
      })),
    );
    return [];
  }

  async rehearse(event: PaymentFailed, manager: EntityManager): Promise<number> {
    await this.handle(event, manager);
    return this.sends.sendReserved(manager, event.payload.paymentId);
  }
}
