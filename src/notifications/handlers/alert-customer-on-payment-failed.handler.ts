import { Inject, Injectable } from '@nestjs/common';
import { ENV } from '../../platform/config/config.module.js';
import type { Env } from '../../platform/config/env.js';
import { OnDomainEvent } from '../../platform/events/index.js';
import { PaymentFailed } from '../../payments/index.js';
import { NotificationScheduler } from '../scheduling/notification-scheduler.js';
import { SendingDryRun } from '../sending/sending-dry-run.js';
import { FailureAlertHandler } from '../scheduling/failure-alerts.js';

/** A failed attempt is told to the customer, once. */
@Injectable()
@OnDomainEvent(PaymentFailed, 'alert-customer-on-payment-failed')
export class AlertCustomerOnPaymentFailedHandler extends FailureAlertHandler<PaymentFailed> {
  constructor(reservations: NotificationScheduler, sends: SendingDryRun, @Inject(ENV) env: Env) {
    super(reservations, sends, env, (event) => event.payload.failure?.attemptId ?? event.causeId);
  }
}
