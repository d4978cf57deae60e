import type { EntityManager } from 'typeorm';
import type { Env } from '../../platform/config/env.js';
import type { DomainEvent, DomainEventHandler } from '../../platform/events/index.js';
import type { PaymentSnapshot } from '../../payments/index.js';
import type { Reservations } from './notification-scheduler.js';
import type { SendRehearsal } from '../sending/sending-dry-run.js';

/** Reserves the alert of a failed attempt; it is checked again and sent when it has settled. A replay alerts nobody. */
export abstract class FailureAlerts<E extends DomainEvent<PaymentSnapshot>> implements DomainEventHandler<E> {
  protected constructor(
    private readonly reservations: Reservations,
    private readonly sends: SendRehearsal,
    private readonly env: Env,
    /** Which attempt of the payment an event tells of: there is one alert for each. */
    private readonly attemptOf: (event: E) => string,
  ) {}

  async handle(event: E, manager: EntityManager): Promise<void> {
    await this.handleMany([event], manager);
  }

  async handleMany(events: readonly E[], manager: EntityManager): Promise<readonly E[]> {
    const loud = events.filter((event) => !event.silent);
    await this.reservations.reserve(
      manager,
      loud.map((event) => ({
        kind: 'payment_failed',
        attemptKey: this.attemptOf(event),
        payment: event.payload,
        settleSeconds: this.env.alertSettleSeconds,
      })),
    );
    return [];
  }

  async rehearse(event: E, manager: EntityManager): Promise<number> {
    await this.handle(event, manager);
    return this.sends.sendReserved(manager, event.payload.paymentId);
  }
}
