import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { changedRefunds, PaymentAmended, PaymentRefunded, type RefundFacts } from '../../payments/index.js';
import { OnDomainEvent, type DomainEventHandler } from '../../platform/events/index.js';
import { isTakenBack, refundKey, type TakenBack, totalKey } from '../kinds/refund-notes.js';
import { freeRefundNoteKeys } from '../notification.store.js';
import { findRefundNoteKeys } from '../payment-messages.store.js';
import { NotificationScheduler, type NotificationRequest } from '../scheduling/notification-scheduler.js';
import { SendingDryRun } from '../sending/sending-dry-run.js';

type RefundEvent = PaymentRefunded | PaymentAmended;

/**
 * Tells the customer once of each refund that succeeded, also of one that was pending first. Where the gateway tells only
 * how much was refunded in all, once of each total. A silent event tells nobody. A refund that failed, or a total that fell,
 * is told again when it becomes true again.
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
    let requests: NotificationRequest[] = [];
    for (const event of events) {
      const takenBack = takenBackBy(event);
      if (takenBack !== null) {
        // What was told before it is taken back, too.
        await this.scheduler.schedule(manager, requests);
        requests = [];
        await takeBack(manager, event.payload.paymentId, takenBack);
      }
      requests.push(...requestsOf(event));
    }
    await this.scheduler.schedule(manager, requests);
    return [];
  }

  async dryRun(event: RefundEvent, manager: EntityManager): Promise<number> {
    await this.handle(event, manager);
    return this.sending.countSends(manager, event.payload.paymentId);
  }
}

async function takeBack(manager: EntityManager, paymentId: string, takenBack: TakenBack): Promise<void> {
  const keys = (await findRefundNoteKeys(manager, paymentId)).filter((key) => isTakenBack(key, takenBack));
  if (keys.length > 0) await freeRefundNoteKeys(manager, paymentId, keys);
}

const changedBy = (event: RefundEvent): readonly RefundFacts[] =>
  event instanceof PaymentAmended
    ? changedRefunds(event.payload.before, event.payload.after)
    : (event.payload.refunds ?? []);

/** What the event takes back; null for nothing. A refund that is pending was not told before. */
function takenBackBy(event: RefundEvent): TakenBack | null {
  const refundIds = changedBy(event)
    .filter(({ status }) => status === 'failed' || status === 'canceled')
    .map(({ id }) => id);
  const total = event instanceof PaymentAmended && hasFallen(event) ? event.payload.amountRefunded : null;
  return refundIds.length > 0 || total !== null ? { refundIds, total } : null;
}

const hasFallen = ({ payload: { before, after } }: PaymentAmended): boolean =>
  BigInt(after.amountRefunded) < BigInt(before.amountRefunded);

function requestsOf(event: RefundEvent): NotificationRequest[] {
  if (event.silent) return [];
  return keysOf(event).map((attemptKey) => ({ kind: 'refund_note', attemptKey, payment: event.payload }));
}

/** The refunds that the event tells to have succeeded. Nothing is derived from what was refunded before it. */
function keysOf(event: RefundEvent): string[] {
  const changed = changedBy(event);
  if (changed.length === 0 && event instanceof PaymentRefunded)
    return [totalKey(event.payload.amountRefunded)];
  return changed.filter(({ status }) => status === 'succeeded').map(({ id }) => refundKey(id));
}
