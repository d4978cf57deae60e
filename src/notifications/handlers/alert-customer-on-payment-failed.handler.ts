import { Injectable } from '@nestjs/common';
import { PaymentFailed } from '../../payments/index.js';
import { OnDomainEvent } from '../../platform/events/index.js';
import { FailureAlertHandler } from '../scheduling/failure-alerts.js';
import { NotificationScheduler } from '../scheduling/notification-scheduler.js';
import { SendingDryRun } from '../sending/sending-dry-run.js';

/** Alerts the customer once about each failed attempt. */
@Injectable()
@OnDomainEvent(PaymentFailed, 'alert-customer-on-payment-failed')
export class AlertCustomerOnPaymentFailedHandler extends FailureAlertHandler<PaymentFailed> {
  constructor(scheduler: NotificationScheduler, sending: SendingDryRun) {
    super(scheduler, sending, (event) => event.payload.failure?.attemptId ?? event.causeId);
  }
}
