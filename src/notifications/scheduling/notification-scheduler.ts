import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { PaymentSnapshot } from '../../payments/index.js';
import { ENV } from '../../platform/config/config.module.js';
import type { Env } from '../../platform/config/env.js';
import { AfterCommit } from '../../platform/database/after-commit.js';
import { newId } from '../../platform/database/new-id.js';
import { CHANNELS, type MessageChannel } from '../channels/channel.js';
import { ChosenKinds } from '../kinds/chosen-kinds.js';
import type { NotificationKind } from '../kinds/message-kinds.js';
import { insertNotifications } from '../notification.store.js';
import {
  findAlertedPayments,
  findOrderHistories,
  type AlertedOrder,
  NO_HISTORY,
  type OrderHistory,
} from '../order-messages.store.js';
import { alertScopeOf, type PaymentOrderIds } from './order-key.js';

export interface NotificationRequest {
  kind: NotificationKind;
  /** With payment, kind and channel, it makes the message unique. */
  attemptKey: string;
  /** `occurredAt` is when the event happened that the message is about, by the gateway's clock (ISO 8601). */
  payment: PaymentOrderIds & { occurredAt: string };
  /**
   * The order under which the message is stored, when it follows an alert. Two payments that know the order by
   * different ids then schedule the same message.
   */
  order?: AlertedOrder;
  /** The names of the channels that the message goes by. Left out: all that are in force. */
  channels?: readonly string[];
}

/**
 * Notified by {@link NotificationScheduler.schedule}. The subscriber is `NotificationWorker`, which sends the messages.
 */
export const notificationsScheduled = new AfterCommit();

/**
 * Schedules messages to customers. There is one message for each attempt, order and channel, however often a handler runs.
 */
@Injectable()
export class NotificationScheduler {
  /** The names of the channels in force. */
  private readonly channels: readonly string[];
  private readonly settleSeconds: number;

  constructor(
    @Inject(CHANNELS) channels: readonly MessageChannel[],
    private readonly chosen: ChosenKinds,
    @Inject(ENV) { alertSettleSeconds }: Env,
  ) {
    this.channels = channels.map(({ name }) => name);
    this.settleSeconds = alertSettleSeconds;
  }

  /** Whether messages of the kind are scheduled for payments of the gateway. */
  isChosen(kind: NotificationKind, { gateway }: { gateway: string }): boolean {
    return this.chosen.has(kind, gateway);
  }

  /**
   * Inserts the messages in the caller's transaction, due after `ALERT_SETTLE_SECONDS`. Left out are messages of a kind that
   * is not chosen, and those that exist already, so a retry schedules a message once. `NotificationWorker` decides on a
   * message again before it is sent.
   */
  async schedule(manager: EntityManager, requests: readonly NotificationRequest[]): Promise<void> {
    const chosen = requests.filter(({ kind, payment }) => this.isChosen(kind, payment));
    if (chosen.length === 0) return;
    const { settleSeconds } = this;
    const notifications = chosen.flatMap(({ kind, attemptKey, payment, order, channels = this.channels }) => {
      const { keys: _, ...scope } = alertScopeOf(payment);
      const { paymentId, occurredAt } = payment;
      const message = { kind, attemptKey, paymentId, occurredAt, settleSeconds, ...scope, ...order };
      return channels.map((channel) => ({ id: newId(), channel, ...message }));
    });
    if (notifications.length === 0) return;
    await insertNotifications(manager, notifications);
    notificationsScheduled.notify(manager);
  }

  /** The ids of those payments whose order has an alert that was sent or is pending, on any channel. */
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

  /**
   * The earlier messages of the payment's order, under any id by which the order was known then, for each channel in
   * force.
   */
  async findOrderHistories(
    manager: EntityManager,
    payment: PaymentSnapshot,
  ): Promise<readonly (OrderHistory & { channel: string })[]> {
    const histories = await findOrderHistories(manager, alertScopeOf(payment));
    return this.channels.map((channel) => ({ channel, ...(histories.get(channel) ?? NO_HISTORY) }));
  }
}
