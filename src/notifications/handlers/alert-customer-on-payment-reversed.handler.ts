import { Inject, Injectable } from '@nestjs/common';
import { ENV } from '../../platform/config/config.module.js';
import type { Env } from '../../platform/config/env.js';
import { OnDomainEvent } from '../../platform/events/index.js';
import { PaymentReversed } from '../../payments/index.js';
import { NotificationScheduler } from '../scheduling/notification-scheduler.js';
import { SendingDryRun } from '../sending/sending-dry-run.js';
import { FailureAlertHandler } from '../scheduling/failure-alerts.js';

/** Captured money that went again is told to the customer as a failed attempt is. */
@Injectable()
@OnDomainEvent(PaymentReversed, 'alert-customer-on-payment-reversed')
export class AlertCustomerOnPaymentReversedHandler extends FailureAlertHandler<PaymentReversed> {
  constructor(reservations: NotificationScheduler, sends: SendingDryRun, @Inject(ENV) env: Env) {
    // A failed attempt before the capture may have left its id: the reversal is an attempt of its own.
    super(reservations, sends, env, (event) => event.causeId);
  }
}
