import { Inject, Injectable } from '@nestjs/common';
import { isDeepStrictEqual } from 'node:util';
import type { EntityManager } from 'typeorm';
import { ENV } from '../../platform/config/config.module.js';
import type { Env } from '../../platform/config/env.js';
import { Payment } from '../../payments/index.js';
import { WENT_AGAIN, whySuppressed } from '../scheduling/alert-rules.js';
import { CHANNEL, type Channel, type OutgoingMessage } from '../channels/channel.js';
import { renderMessage } from '../messages/message.js';
import { alertFacts, contactOf, messageFacts, orderOfPayment } from './alert-facts.js';
import { Notification } from '../notification.entity.js';
import {
  lockOrders,
  messagesOf,
  ORDER_PARAMETERS,
  orderParameters,
  type CountedOrder,
} from '../scheduling/order-key.js';

export type Decision =
  | { is: 'send'; message: OutgoingMessage }
  | { is: 'keep'; reason: string }
  /** An earlier message of the same order is under way. */
  | { is: 'wait' };

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
    const payment = await this.paymentUnderLock(manager, notification);
    if (payment === null) return { is: 'wait' };
    const order = orderOfPayment(payment);
    if (await othersUnderWay(manager, id, order)) return { is: 'wait' };
    const reason = await this.whyKept(manager, notification, payment);
    if (reason !== null) return { is: 'keep', reason };
    const to = this.channel.addressOf(contactOf(payment));
    if (to === null) return { is: 'keep', reason: 'no_contact' };
    const facts = messageFacts(notification, payment, this.env.paymentRetryUrl);
    const message = { id, to, rendered: renderMessage(facts, this.env.mailLocale) };
    await keepRendered(manager, message, notification.kind === 'payment_failed' ? order : null);
    return { is: 'send', message };
  }

  private async whyKept(
    manager: EntityManager,
    notification: Notification,
    payment: Payment,
  ): Promise<string | null> {
    if (notification.kind === 'payment_received') return payment.state === 'succeeded' ? null : WENT_AGAIN;
    const facts = await alertFacts(manager, notification, payment, this.channel);
    const limits = {
      maxAgeHours: this.env.alertMaxAgeHours,
      quietSeconds: this.env.alertQuietSeconds,
      production: this.env.production,
    };
    return whySuppressed(facts, limits, Date.now());
  }

  /**
   * The payment as it stands once its order is locked, until the transaction ends. Null where it learned another id of
   * the order meanwhile: the lock is not that order's then.
   */
  private async paymentUnderLock(
    manager: EntityManager,
    { paymentId }: Notification,
  ): Promise<Payment | null> {
    const before = orderOfPayment(await manager.findOneByOrFail(Payment, { id: paymentId }));
    await lockOrders(manager, [before]);
    const payment = await manager.findOneByOrFail(Payment, { id: paymentId });
    return isDeepStrictEqual(orderOfPayment(payment), before) ? payment : null;
  }
}

/**
 * Whatever becomes of it, what it says and to whom is there to be read; the recipient also tells that it is decided. An
 * alert is counted by its order as it is known now, which may be better than when the alert was reserved.
 */
async function keepRendered(
  manager: EntityManager,
  { id, to, rendered }: OutgoingMessage,
  order: CountedOrder | null,
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

const OTHERS = `SELECT EXISTS (SELECT FROM ${messagesOf(
  ORDER_PARAMETERS,
  '1',
  `id <> $7 AND status = 'pending' AND leased_until > now() AND (id < $7 OR recipient IS NOT NULL)`,
)} AS messages) AS others`;

/**
 * Of two messages of one order the earlier goes first, but for a later one that is being sent already (by another
 * process, while this one waited to be tried again). The caller holds the order's lock.
 */
async function othersUnderWay(manager: EntityManager, id: string, order: CountedOrder): Promise<boolean> {
  const [row] = await manager.query<{ others: boolean }[]>(OTHERS, [...orderParameters(order), id]);
  return row?.others ?? false;
}
