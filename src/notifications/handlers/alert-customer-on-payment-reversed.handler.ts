import { Injectable } from '@nestjs/common';
import { PaymentReversed } from '../../payments/index.js';
import { OnDomainEvent } from '../../platform/events/index.js';
import { FailureAlertHandler } from '../scheduling/failure-alerts.js';
import { NotificationScheduler } from '../scheduling/notification-scheduler.js';
import { SendingDryRun } from '../sending/sending-dry-run.js';

/** Alerts the customer when captured money was reversed, with the same message as for a failed attempt. */
@Injectable()
@OnDomainEvent(PaymentReversed, 'alert-customer-on-payment-reversed')
export class AlertCustomerOnPaymentReversedHandler extends FailureAlertHandler<PaymentReversed> {
  constructor(scheduler: NotificationScheduler, sending: SendingDryRun) {
    // The payment may still hold the id of an attempt that failed before the capture. The reversal is an attempt of its
    // own.
    super(scheduler, sending, (event) => event.causeId);
  }
}
