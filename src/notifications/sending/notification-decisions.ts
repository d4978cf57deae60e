import { Inject, Injectable } from '@nestjs/common';
import { isDeepStrictEqual } from 'node:util';
import type { EntityManager } from 'typeorm';
import { Payment } from '../../payments/index.js';
import { ENV } from '../../platform/config/config.module.js';
import type { Env } from '../../platform/config/env.js';
import { CHANNEL, type Channel, type OutgoingMessage } from '../channels/channel.js';
import { GatewayWords } from '../messages/gateway-words.js';
import { renderMessage } from '../messages/message.js';
import { Notification } from '../notification.entity.js';
import { saveRendered, saveScope } from '../notification.store.js';
import { isOtherInFlight } from '../order-messages.store.js';
import { findSuppressedReason, REVERSED_AFTER_CAPTURE } from '../scheduling/alert-rules.js';
import { lockOrders } from '../scheduling/order-key.js';
import { alertScopeOfPayment, contactOf, loadAlertFacts, messageFactsOf } from './alert-facts.js';

export type Decision =
  | { kind: 'send'; message: OutgoingMessage }
  | { kind: 'suppress'; reason: string }
  /** Another message of the same order is being sent. Decide again later. */
  | { kind: 'wait' };

/** Decides on messages that are due. It sends nothing: `NotificationWorker` sends, `SendingDryRun` only counts. */
@Injectable()
export class NotificationDecisions {
  constructor(
    @Inject(CHANNEL) private readonly channel: Channel,
    @Inject(ENV) private readonly env: Env,
    private readonly words: GatewayWords,
  ) {}

  /**
   * Decides what happens to a message at this moment, under the lock of its order. The rendered message is saved before
   * it is sent. Throws when the message or its payment does not exist.
   */
  async decide(manager: EntityManager, id: string): Promise<Decision> {
    const notification = await manager.findOneByOrFail(Notification, { id });
    const payment = await this.lockPaymentOrder(manager, notification);
    if (payment === null) return { kind: 'wait' };
    const scope = alertScopeOfPayment(payment);
    if (await isOtherInFlight(manager, scope, id)) return { kind: 'wait' };
    const reason = await this.suppressionReason(manager, notification, payment);
    if (reason !== null) return { kind: 'suppress', reason };
    const to = this.channel.addressOf(contactOf(payment, this.words));
    if (to === null) return { kind: 'suppress', reason: 'no_contact' };
    const facts = messageFactsOf(notification, payment, this.env.paymentRetryUrl);
    const message = { id, to, rendered: renderMessage(facts, this.env.mailLocale, this.words.failures) };
    await saveRendered(manager, message);
    if (notification.kind === 'payment_failed') await saveScope(manager, id, scope);
    return { kind: 'send', message };
  }

  private async suppressionReason(
    manager: EntityManager,
    notification: Notification,
    payment: Payment,
  ): Promise<string | null> {
    if (notification.kind === 'payment_received')
      return payment.state === 'succeeded' ? null : REVERSED_AFTER_CAPTURE;
    const facts = await loadAlertFacts(manager, notification, payment, this.channel, this.words);
    const limits = {
      maxAgeHours: this.env.alertMaxAgeHours,
      quietSeconds: this.env.alertQuietSeconds,
      production: this.env.production,
    };
    return findSuppressedReason(facts, limits, Date.now());
  }

  /**
   * Locks the payment's order until the transaction ends, and returns the payment as it is then. Null when the payment
   * got another order id before the lock was taken: the lock is that of another scope.
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
