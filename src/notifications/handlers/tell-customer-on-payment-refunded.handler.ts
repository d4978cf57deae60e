import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { changedRefunds, PaymentAmended, PaymentRefunded } from '../../payments/index.js';
import { OnDomainEvent, type DomainEventHandler } from '../../platform/events/index.js';
import { refundKey, totalKey } from '../kinds/refund-notes.js';
import { NotificationScheduler } from '../scheduling/notification-scheduler.js';
import { SendingDryRun } from '../sending/sending-dry-run.js';

type RefundEvent = PaymentRefunded | PaymentAmended;

/**
 * Tells the customer once of each refund that succeeded, also of one that was pending first. Where the gateway tells only
 * how much was refunded in all, once of each total. A silent event tells nobody.
 */
@Injectable()
@OnDomainEvent([PaymentRefunded, PaymentAmended], 'tell-customer-on-payment-refunded')
export class TellCustomerOnPaymentRefundedHandler implements DomainEventHandler<RefundEvent> {
  constructor(
    private readonly scheduler: NotificationScheduler,
    private readonly sending: SendingDryRun,
  ) {}

  async handle(event: RefundEvent, manager: EntityManager): Promise<void> {
    await this.handleBatchInTransaction([event], manager);
  }

  /** Called by `EventPublisher.publish`, in the transaction that writes the payment. Leaves no event to `handle`. */
  async handleBatchInTransaction(
    events: readonly RefundEvent[],
    manager: EntityManager,
  ): Promise<readonly RefundEvent[]> {
    await this.scheduler.schedule(
      manager,
      events
        .filter((event) => !event.silent)
        .flatMap((event) =>
          keysOf(event).map((attemptKey) => ({
            kind: 'refund_note' as const,
            attemptKey,
            payment: event.payload,
          })),
        ),
    );
    return [];
  }

  async dryRun(event: RefundEvent, manager: EntityManager): Promise<number> {
    await this.handle(event, manager);
    return this.sending.countSends(manager, event.payload.paymentId);
  }
}

/** The refunds that the event tells to have succeeded. Nothing is derived from what was refunded before it. */
function keysOf(event: RefundEvent): string[] {
  const changed =
    event instanceof PaymentAmended
      ? changedRefunds(event.payload.before, event.payload.after)
      : (event.payload.refunds ?? []);
  if (changed.length === 0 && event instanceof PaymentRefunded)
    return [totalKey(event.payload.amountRefunded)];
  return changed.filter(({ status }) => status === 'succeeded').map(({ id }) => refundKey(id));
}
