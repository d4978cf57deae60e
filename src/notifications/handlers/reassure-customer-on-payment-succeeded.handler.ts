import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { type PaymentSnapshot, PaymentSucceeded } from '../../payments/index.js';
import { OnDomainEvent, type DomainEventHandler } from '../../platform/events/index.js';
import { ReportableError } from '../../platform/logging/reportable-error.js';
import type { OrderHistory } from '../order-messages.store.js';
import { type NotificationRequest, NotificationScheduler } from '../scheduling/notification-scheduler.js';
import { alertScopeOf, lockOrders } from '../scheduling/order-key.js';
import { SendingDryRun } from '../sending/sending-dry-run.js';

/** The alert of this order is being sent. Whether it was sent is known after a moment, so the handler is retried. */
class AlertInFlightError extends ReportableError {
  constructor() {
    super('an alert of this order is being sent; the handler runs again once it is known what became of it');
  }
}

/**
 * A customer who got an alert gets one message for the order that the payment arrived after all, on each channel by which
 * an alert was sent. It takes the place of the receipt, which every other payment that succeeds has.
 */
@Injectable()
@OnDomainEvent(PaymentSucceeded, 'reassure-customer-on-payment-succeeded')
export class ReassureCustomerOnPaymentSucceededHandler implements DomainEventHandler<PaymentSucceeded> {
  constructor(
    private readonly db: DataSource,
    private readonly scheduler: NotificationScheduler,
    private readonly sending: SendingDryRun,
  ) {}

  /**
   * A message for a channel whose alert is being sent has to wait for it. The messages of the other channels do not: they
   * are committed by themselves, and a repetition finds them.
   */
  async handle(event: PaymentSucceeded, manager: EntityManager): Promise<void> {
    const { ready, isInFlight } = await this.plan(event, manager);
    if (!isInFlight) return this.scheduler.schedule(manager, ready);
    if (ready.length > 0) await this.db.transaction((own) => this.scheduler.schedule(own, ready));
    throw new AlertInFlightError();
  }

  /**
   * Called by `EventPublisher.publish`, in the transaction that writes the payments. Most payments succeed without an
   * alert before and have a receipt at most, so one statement finds the few events that need `handle`. The locks of the
   * orders keep an alert that is scheduled meanwhile from being sent before this success is visible.
   */
  async handleBatchInTransaction(
    events: readonly PaymentSucceeded[],
    manager: EntityManager,
  ): Promise<readonly PaymentSucceeded[]> {
    const audible = events.filter((event) => !event.silent);
    const payments = audible.map((event) => event.payload);
    await lockOrders(manager, payments.map(alertScopeOf));
    const alerted = await this.scheduler.findAlerted(
      manager,
      payments.filter((payment) => this.scheduler.isChosen('payment_received', payment)),
    );
    await this.scheduler.schedule(
      manager,
      payments.filter(({ paymentId }) => !alerted.has(paymentId)).map(receiptOf),
    );
    return audible.filter((event) => alerted.has(event.payload.paymentId));
  }

  async dryRun(event: PaymentSucceeded, manager: EntityManager): Promise<number> {
    const { ready, isInFlight } = await this.plan(event, manager);
    await this.scheduler.schedule(manager, ready);
    // The alert is probably sent after a moment, and then this message is sent too.
    return (await this.sending.countSends(manager, event.payload.paymentId)) + (isInFlight ? 1 : 0);
  }

  /** The messages that can be scheduled now, and whether an alert of the order is being sent on another channel. */
  private async plan({ silent, payload: payment }: PaymentSucceeded, manager: EntityManager): Promise<Plan> {
    if (silent) return { ready: [], isInFlight: false };
    if (!this.scheduler.isChosen('payment_received', payment))
      return { ready: [receiptOf(payment)], isInFlight: false };
    // Of two payments of the order that succeed at once, the second sees the message of the first.
    await lockOrders(manager, [alertScopeOf(payment)]);
    const histories = await this.scheduler.findOrderHistories(manager, payment);
    const ready = histories
      .filter(({ alertInFlight }) => !alertInFlight)
      .flatMap(({ channel, ...history }) =>
        requestsOf(payment, history).map((request) => ({ ...request, channels: [channel] })),
      );
    return { ready, isInFlight: histories.some(({ alertInFlight }) => alertInFlight) };
  }
}

interface Plan {
  ready: readonly NotificationRequest[];
  isInFlight: boolean;
}

/** The message of one channel: that the money arrived, once for the order, else the receipt. */
function requestsOf(
  payment: PaymentSnapshot,
  { alert, receivedPaymentId }: Omit<OrderHistory, 'alertInFlight'>,
): NotificationRequest[] {
  if (receivedPaymentId === payment.paymentId) return [];
  return alert === null || receivedPaymentId !== null
    ? [receiptOf(payment)]
    : [{ kind: 'payment_received', attemptKey: 'received', payment, order: alert }];
}

const receiptOf = (payment: PaymentSnapshot): NotificationRequest => ({
  kind: 'receipt',
  attemptKey: 'receipt',
  payment,
});
