import { Inject, Module, type BeforeApplicationShutdown } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { ENV } from '../platform/config/config.module.js';
import type { Env } from '../platform/config/env.js';
import { NotificationsController } from './api/notifications.controller.js';
import { NotificationsService } from './api/notifications.service.js';
import { CHANNEL, type Channel, EXTRA_CHANNEL } from './channels/channel.js';
import { EmailChannel } from './channels/email.channel.js';
import { LogChannel } from './channels/log.channel.js';
import { AlertCustomerOnPaymentFailedHandler } from './handlers/alert-customer-on-payment-failed.handler.js';
import { AlertCustomerOnPaymentReversedHandler } from './handlers/alert-customer-on-payment-reversed.handler.js';
import { ReassureCustomerOnPaymentSucceededHandler } from './handlers/reassure-customer-on-payment-succeeded.handler.js';
import { Payment } from '../payments/index.js';
import { GatewayWords } from './messages/gateway-words.js';
import { NotificationDecisions } from './sending/notification-decisions.js';
import { NotificationSets } from './sending/notification-sets.js';
import { NotificationWorker } from './sending/notification-worker.js';
import { OperatorNoticeWorker } from './operator/operator-notice-worker.js';
import { Notification } from './notification.entity.js';
import { NotificationScheduler } from './scheduling/notification-scheduler.js';
import { SendingDryRun } from './sending/sending-dry-run.js';

/**
 * A channel from outside, else e-mail if SMTP is configured. Otherwise messages are stored and can be read, but not sent.
 */
function channelFor({ smtpUrl, mailFrom }: Env, extra: Channel | null = null): Channel {
  if (extra !== null) return extra;
  return smtpUrl === null ? new LogChannel() : new EmailChannel({ smtpUrl, mailFrom });
}

/** Messages to customers: one alert about a failed payment, soon enough that the customer can still pay. */
@Module({
  imports: [TypeOrmModule.forFeature([Notification, Payment])],
  controllers: [NotificationsController],
  providers: [
    { provide: CHANNEL, inject: [ENV, { token: EXTRA_CHANNEL, optional: true }], useFactory: channelFor },
    GatewayWords,
    NotificationScheduler,
    NotificationDecisions,
    NotificationSets,
    NotificationWorker,
    NotificationsService,
    SendingDryRun,
    OperatorNoticeWorker,
    AlertCustomerOnPaymentFailedHandler,
    AlertCustomerOnPaymentReversedHandler,
    ReassureCustomerOnPaymentSucceededHandler,
  ],
  exports: [NotificationWorker],
})
export class NotificationsModule implements BeforeApplicationShutdown {
  constructor(@Inject(CHANNEL) private readonly channel: Channel & { close?: () => void }) {}

  beforeApplicationShutdown(): void {
    this.channel.close?.();
  }
}
