import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { OnDomainEvent, type DomainEventHandler } from '../../platform/events/index.js';
import { ReportableError } from '../../platform/logging/reportable-error.js';
import { PaymentSucceeded } from '../../payments/index.js';
import { lockOrders, alertScopeOf } from '../scheduling/order-key.js';
import { NotificationScheduler } from '../scheduling/notification-scheduler.js';
import { SendingDryRun } from '../sending/sending-dry-run.js';

/** The alert of this order is on its way out right now: whether it was sent is known in a moment. */
class AlertInFlightError extends ReportableError {
  constructor() {
    super('an alert of this order is being sent; the handler runs again once it is known what became of it');
  }
}

/** Whoever was told that a payment failed hears once for the order that it arrived after all. */
@Injectable()
@OnDomainEvent(PaymentSucceeded, 'reassure-customer-on-payment-succeeded')
export class ReassureCustomerOnPaymentSucceededHandler implements DomainEventHandler<PaymentSucceeded> {
  constructor(
    private readonly scheduler: NotificationScheduler,
    private readonly sending: SendingDryRun,
  ) {}

  async handle(event: PaymentSucceeded, manager: EntityManager): Promise<void> {
    if (event.silent) return;
    const payment = event.payload;
    const { alert, inFlight, reassured } = await this.scheduler.findOrderHistory(manager, payment);
    if (inFlight) throw new AlertInFlightError();
    if (alert === null || reassured) return;
    await this.scheduler.schedule(manager, [
      { kind: 'payment_received', attemptKey: 'received', payment, settleSeconds: 0, order: alert },
    ]);
  }

  /**
   * Nearly every payment succeeds with nobody alerted before: one look tells which need one of their own. The orders'
   * locks keep an alert that is reserved meanwhile from being sent before this success can be seen.
   */
  async handleBatchInTransaction(
    events: readonly PaymentSucceeded[],
    manager: EntityManager,
  ): Promise<readonly PaymentSucceeded[]> {
    const loud = events.filter((event) => !event.silent);
    const payments = loud.map((event) => event.payload);
    await lockOrders(manager, payments.map(alertScopeOf));
    const alerted = await this.scheduler.findAlerted(manager, payments);
    return loud.filter((event) => alerted.has(event.payload.paymentId));
  }

  async dryRun(event: PaymentSucceeded, manager: EntityManager): Promise<number> {
    try {
      await this.handle(event, manager);
    } catch (error) {
      // It is most likely sent in a moment, and then so is this.
      if (error instanceof AlertInFlightError) return 1;
      throw error;
    }
    return this.sending.countSends(manager, event.payload.paymentId);
  }
}
