import { Inject, Injectable } from '@nestjs/common';
import { ENV } from '../../platform/config/config.module.js';
import type { Env } from '../../platform/config/env.js';
import { OnDomainEvent } from '../../platform/events/index.js';
import { PaymentFailed } from '../../payments/index.js';
import { Reservations } from '../scheduling/notification-scheduler.js';
import { SendRehearsal } from '../sending/sending-dry-run.js';
import { FailureAlerts } from '../scheduling/failure-alerts.js';

/** A failed attempt is told to the customer, once. */
@Injectable()
@OnDomainEvent(PaymentFailed, 'alert-customer-on-payment-failed')
export class AlertCustomerOnPaymentFailedHandler extends FailureAlerts<PaymentFailed> {
  constructor(reservations: Reservations, sends: SendRehearsal, @Inject(ENV) env: Env) {
    super(reservations, sends, env, (event) => event.payload.failure?.attemptId ?? event.causeId);
  }
}
