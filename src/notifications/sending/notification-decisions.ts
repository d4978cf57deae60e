import { Inject, Injectable } from '@nestjs/common';
import { isDeepStrictEqual } from 'node:util';
import type { EntityManager } from 'typeorm';
import { ENV } from '../../platform/config/config.module.js';
import type { Env } from '../../platform/config/env.js';
import { Payment } from '../../payments/index.js';
import { REVERSED_AFTER_CAPTURE, findSuppressedReason } from '../scheduling/alert-rules.js';
import { CHANNEL, type Channel, type OutgoingMessage } from '../channels/channel.js';
import { renderMessage } from '../messages/message.js';
import { loadAlertFacts, contactOf, messageFactsOf, alertScopeOfPayment } from './alert-facts.js';
import { Notification } from '../notification.entity.js';
import {
  lockOrders,
  messagesInScope,
  ALERT_SCOPE_PARAMETERS,
  alertScopeParameters,
  type AlertScope,
} from '../scheduling/order-key.js';

export type Decision =
  | { kind: 'send'; message: OutgoingMessage }
  | { kind: 'keep'; reason: string }
  /** An earlier message of the same order is under way. */
  | { kind: 'wait' };

/** Decides on messages that are due. Sends nothing: the worker sends, a rehearsal only counts. */
@Injectable()
export class NotificationDecisions {
  constructor(
    @Inject(CHANNEL) private readonly channel: Channel,
    @Inject(ENV) private readonly env: Env,
  ) {}

  /** What is to be done with a message at this moment; what it would say is kept. Sends nothing. */
  async decide(manager: EntityManager, id: string): Promise<Decision> {
    const notification = await manager.findOneByOrFail(Notification, { id });
    const payment = await this.lockPaymentOrder(manager, notification);
    if (payment === null) return { kind: 'wait' };
    const order = alertScopeOfPayment(payment);
    if (await isOtherBeingSent(manager, id, order)) return { kind: 'wait' };
    const reason = await this.suppressionReason(manager, notification, payment);
    if (reason !== null) return { kind: 'keep', reason };
    const to = this.channel.addressOf(contactOf(payment));
    if (to === null) return { kind: 'keep', reason: 'no_contact' };
    const facts = messageFactsOf(notification, payment, this.env.paymentRetryUrl);
    const message = { id, to, rendered: renderMessage(facts, this.env.mailLocale) };
    await saveRendered(manager, message, notification.kind === 'payment_failed' ? order : null);
    return { kind: 'send', message };
  }

  private async suppressionReason(
    manager: EntityManager,
    notification: Notification,
    payment: Payment,
  ): Promise<string | null> {
    if (notification.kind === 'payment_received')
      return payment.state === 'succeeded' ? null : REVERSED_AFTER_CAPTURE;
    const facts = await loadAlertFacts(manager, notification, payment, this.channel);
    const limits = {
      maxAgeHours: this.env.alertMaxAgeHours,
      quietSeconds: this.env.alertQuietSeconds,
      production: this.env.production,
    };
    return findSuppressedReason(facts, limits, Date.now());
  }

  /**
   * The payment as it stands once its order is locked, until the transaction ends. Null where it learned another id of
   * the order meanwhile: the lock is not that order's then.
   */
  private async lockPaymentOrder(
    manager: EntityManager,
    { paymentId }: Notification,
  ): Promise<Payment | null> {
    const before = alertScopeOfPayment(await manager.findOneByOrFail(Payment, { id: paymentId }));
    await lockOrders(manager, [before]);
    const payment = await manager.findOneByOrFail(Payment, { id: paymentId });
    return isDeepStrictEqual(alertScopeOfPayment(payment), before) ? payment : null;
  }
}

/**
 * Whatever becomes of it, what it says and to whom is there to be read; the recipient also tells that it is decided. An
 * alert is counted by its order as it is known now, which may be better than when the alert was reserved.
 */
async function saveRendered(
  manager: EntityManager,
  { id, to, rendered }: OutgoingMessage,
  order: AlertScope | null,
): Promise<void> {
  await manager.query(
    `UPDATE notifications SET recipient = $2, locale = $3, subject = $4, text = $5, html = $6 WHERE id = $1`,
    [id, to, rendered.locale, rendered.subject, rendered.text, rendered.html],
  );
  if (order === null) return;
  await manager.query(
    `UPDATE notifications SET merchant = $2, mode = $3, order_key = $4, gateway_order_id = $5 WHERE id = $1`,
    [id, order.merchant, order.mode, order.orderKey, order.gatewayOrderId],
  );
}

const OTHER_BEING_SENT = `SELECT EXISTS (SELECT FROM ${messagesInScope(
  ALERT_SCOPE_PARAMETERS,
  '1',
  `id <> $7 AND status = 'pending' AND leased_until > now() AND (id < $7 OR recipient IS NOT NULL)`,
)} AS messages) AS others`;

/**
 * Of two messages of one order the earlier goes first, but for a later one that is being sent already (by another
 * process, while this one waited to be tried again). The caller holds the order's lock.
 */
async function isOtherBeingSent(manager: EntityManager, id: string, order: AlertScope): Promise<boolean> {
  const [row] = await manager.query<{ others: boolean }[]>(OTHER_BEING_SENT, [
    ...alertScopeParameters(order),
    id,
  ]);
  return row?.others ?? false;
}
