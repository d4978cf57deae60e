import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { PaymentSnapshot } from '../../payments/index.js';
import { AfterCommit } from '../../platform/database/after-commit.js';
import { newId } from '../../platform/database/new-id.js';
import { CHANNEL, type Channel } from '../channels/channel.js';
import type { NotificationKind } from '../notification.entity.js';
import { insertNotifications } from '../notification.store.js';
import {
  findAlertedPayments,
  findOrderHistory,
  type AlertedOrder,
  type OrderHistory,
} from '../order-messages.store.js';
import { alertScopeOf } from './order-key.js';

export interface NotificationRequest {
  kind: NotificationKind;
  /** With payment and kind, it makes the message unique. */
  attemptKey: string;
  payment: PaymentSnapshot;
  settleSeconds: number;
  /**
   * The order under which the message is stored, when it follows an alert. Two payments that know the order by
   * different ids then schedule the same message.
   */
  order?: AlertedOrder;
}

/**
 * Notified by {@link NotificationScheduler.schedule}. The subscriber is `NotificationWorker`, which sends the messages.
 */
export const notificationsScheduled = new AfterCommit();

/** Schedules messages to customers. There is one message for each attempt and order, however often a handler runs. */
@Injectable()
export class NotificationScheduler {
  constructor(@Inject(CHANNEL) private readonly channel: Channel) {}

  /**
   * Inserts the messages in the caller's transaction, due after `settleSeconds`. A message that exists already is left
   * out, so a retry schedules it once. `NotificationWorker` decides on a message again before it is sent.
   */
  async schedule(manager: EntityManager, requests: readonly NotificationRequest[]): Promise<void> {
    if (requests.length === 0) return;
    const notifications = requests.map(({ kind, attemptKey, payment, settleSeconds, order }) => {
      const { keys: _, ...scope } = alertScopeOf(payment);
      const { paymentId, occurredAt } = payment;
      return { id: newId(), kind, attemptKey, paymentId, occurredAt, settleSeconds, ...scope, ...order };
    });
    await insertNotifications(manager, this.channel.name, notifications);
    notificationsScheduled.notify(manager);
  }

  /** The ids of those payments whose order has an alert that was sent or is pending. */
  async findAlerted(
    manager: EntityManager,
    payments: readonly PaymentSnapshot[],
  ): Promise<ReadonlySet<string>> {
    if (payments.length === 0) return new Set();
    return findAlertedPayments(
      manager,
      payments.map((payment) => ({ paymentId: payment.paymentId, scope: alertScopeOf(payment) })),
    );
  }

  /** The earlier messages of the payment's order, under any id by which the order was known then. */
  findOrderHistory(manager: EntityManager, payment: PaymentSnapshot): Promise<OrderHistory> {
    return findOrderHistory(manager, alertScopeOf(payment));
  }
}
