import { Inject, Module, type BeforeApplicationShutdown } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { ENV } from '../platform/config/config.module.js';
import { NotificationsController } from './api/notifications.controller.js';
import { NotificationsService } from './api/notifications.service.js';
import { CHANNELS, EXTRA_CHANNELS, isUnsent, type MessageChannel } from './channels/channel.js';
import { channelsInForce } from './channels/channels-in-force.js';
import { AlertCustomerOnPaymentFailedHandler } from './handlers/alert-customer-on-payment-failed.handler.js';
import { AlertCustomerOnPaymentReversedHandler } from './handlers/alert-customer-on-payment-reversed.handler.js';
import { ReassureCustomerOnPaymentSucceededHandler } from './handlers/reassure-customer-on-payment-succeeded.handler.js';
import { TellCustomerOnPaymentRefundedHandler } from './handlers/tell-customer-on-payment-refunded.handler.js';
import { EndDunningOnOrderClosedHandler } from './handlers/end-dunning-on-order-closed.handler.js';
import { Payment, PaymentsReader } from '../payments/index.js';
import { ChosenKinds } from './kinds/chosen-kinds.js';
import { GatewayWords } from './messages/gateway-words.js';
import { NotificationResend } from './sending/notification-resend.js';
import { ChannelChanges } from './sending/channel-changes.js';
import { MessageDetailsReader } from './sending/message-details.js';
import { NotificationDecisions } from './sending/notification-decisions.js';
import { NotificationSets } from './sending/notification-sets.js';
import { NotificationWorker } from './sending/notification-worker.js';
import { OperatorNoticeWorker } from './operator/operator-notice-worker.js';
import { Notification } from './notification.entity.js';
import { RemindersController } from './reminders/api/reminders.controller.js';
import { DunnedOrder } from './reminders/dunned-order.entity.js';
import { OrderStories } from './reminders/order-stories.js';
import { ReminderJudge } from './reminders/reminder-judge.js';
import { ReminderUpdates } from './reminders/reminder-updates.js';
import { NotificationScheduler } from './scheduling/notification-scheduler.js';
import { SendingDryRun } from './sending/sending-dry-run.js';

/** Messages to customers: an alert soon enough that the customer can still pay, and what else `MESSAGES` chooses. */
@Module({
  imports: [TypeOrmModule.forFeature([Notification, Payment, DunnedOrder])],
  controllers: [NotificationsController, RemindersController],
  providers: [
    {
      provide: CHANNELS,
      inject: [ENV, { token: EXTRA_CHANNELS, optional: true }],
      useFactory: channelsInForce,
    },
    GatewayWords,
    ChosenKinds,
    PaymentsReader,
    MessageDetailsReader,
    NotificationScheduler,
    OrderStories,
    ReminderJudge,
    ReminderUpdates,
    NotificationDecisions,
    NotificationSets,
    NotificationResend,
    NotificationWorker,
    ChannelChanges,
    NotificationsService,
    SendingDryRun,
    OperatorNoticeWorker,
    AlertCustomerOnPaymentFailedHandler,
    AlertCustomerOnPaymentReversedHandler,
    ReassureCustomerOnPaymentSucceededHandler,
    TellCustomerOnPaymentRefundedHandler,
    EndDunningOnOrderClosedHandler,
  ],
  exports: [NotificationWorker],
})
export class NotificationsModule implements BeforeApplicationShutdown {
  constructor(@Inject(CHANNELS) private readonly channels: readonly MessageChannel[]) {}

  beforeApplicationShutdown(): void {
    for (const channel of this.channels) if (!isUnsent(channel)) channel.close?.();
  }
}
