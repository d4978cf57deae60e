import type { EntityManager } from 'typeorm';
import type { Env } from '../../platform/config/env.js';
import type { DomainEvent, DomainEventHandler } from '../../platform/events/index.js';
import type { PaymentSnapshot } from '../../payments/index.js';
import type { NotificationScheduler } from './notification-scheduler.js';
import type { SendingDryRun } from '../sending/sending-dry-run.js';

/** Reserves the alert of a failed attempt; it is checked again and sent when it has settled. A replay alerts nobody. */
export abstract class FailureAlertHandler<
  E extends DomainEvent<PaymentSnapshot>,
> implements DomainEventHandler<E> {
  protected constructor(
    private readonly scheduler: NotificationScheduler,
    private readonly sending: SendingDryRun,
    private readonly env: Env,
    /** Which attempt of the payment an event tells of: there is one alert for each. */
    private readonly attemptKeyOf: (event: E) => string,
  ) {}

  async handle(event: E, manager: EntityManager): Promise<void> {
    await this.handleBatchInTransaction([event], manager);
  }

  async handleBatchInTransaction(events: readonly E[], manager: EntityManager): Promise<readonly E[]> {
    const loud = events.filter((event) => !event.silent);
    await this.scheduler.schedule(
      manager,
      loud.map((event) => ({
        kind: 'payment_failed',
        attemptKey: this.attemptKeyOf(event),
        payment: event.payload,
        settleSeconds: this.env.alertSettleSeconds,
      })),
    );
    return [];
  }

  async dryRun(event: E, manager: EntityManager): Promise<number> {
    await this.handle(event, manager);
    return this.sending.countSends(manager, event.payload.paymentId);
  }
}
