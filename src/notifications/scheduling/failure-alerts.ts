import type { EntityManager } from 'typeorm';
import type { PaymentSnapshot } from '../../payments/index.js';
import type { DomainEvent, DomainEventHandler } from '../../platform/events/index.js';
import type { SendingDryRun } from '../sending/sending-dry-run.js';
import type { NotificationScheduler } from './notification-scheduler.js';

/**
 * Schedules the alert of a failed attempt. The alert is decided again and sent when it has settled. A silent event (a
 * replay without alerts) schedules nothing.
 */
export abstract class FailureAlertHandler<
  E extends DomainEvent<PaymentSnapshot>,
> implements DomainEventHandler<E> {
  protected constructor(
    private readonly scheduler: NotificationScheduler,
    private readonly sending: SendingDryRun,
    /** The failed attempt that an event is about. There is one alert for each attempt. */
    private readonly attemptKeyOf: (event: E) => string,
  ) {}

  async handle(event: E, manager: EntityManager): Promise<void> {
    await this.handleBatchInTransaction([event], manager);
  }

  /** Called by `EventPublisher.publish`, in the transaction that writes the payment. Leaves no event to `handle`. */
  async handleBatchInTransaction(events: readonly E[], manager: EntityManager): Promise<readonly E[]> {
    const audible = events.filter((event) => !event.silent);
    await this.scheduler.schedule(
      manager,
      audible.map((event) => ({
        kind: 'payment_failed',
        attemptKey: this.attemptKeyOf(event),
        payment: event.payload,
      })),
    );
    return [];
  }

  async dryRun(event: E, manager: EntityManager): Promise<number> {
    await this.handle(event, manager);
    return this.sending.countSends(manager, event.payload.paymentId);
  }
}
