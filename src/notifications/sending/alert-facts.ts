import type { EntityManager } from 'typeorm';
import { exponentOf, type Payment } from '../../payments/index.js';
import type { AlertFacts } from '../scheduling/alert-rules.js';
import type { Channel, Contact } from '../channels/channel.js';
import type { MessageFacts } from '../messages/message.js';
import { buildRetryUrl } from '../messages/retry-url.js';
import { linkableId } from '../messages/safe-text.js';
import {
  messagesInScope,
  ALERT_SCOPE_PARAMETERS,
  alertScopeOf,
  alertScopeParameters,
  type AlertScope,
} from '../scheduling/order-key.js';
import type { Notification } from '../notification.entity.js';

export const contactOf = ({ customerEmail, customerPhone }: Payment): Contact => ({
  email: customerEmail,
  phone: customerPhone,
});

export const alertScopeOfPayment = (payment: Payment): AlertScope =>
  alertScopeOf({ ...payment, paymentId: payment.id });

/**
 * Payments of the same merchant and mode, by the gateway's own order too: of two payments of one order only one may have
 * told the merchant's. Two looks, as no index serves both. A payment that only version 0.1 read may be any merchant's: it
 * did not ask.
 */
const PAID_ELSEWHERE = `SELECT FROM (
    SELECT id, state, merchant, mode FROM payments WHERE order_id = $7 AND gateway = $1 AND account = $2
    UNION ALL
    SELECT id, state, merchant, mode FROM payments WHERE gateway_order_id = $5 AND gateway = $1 AND account = $2) AS other
  WHERE id <> $8 AND state IN ('processing', 'authorized', 'succeeded') AND mode = $4
    AND (coalesce(merchant, '') = $3 OR merchant IS NULL AND NOT EXISTS (
      SELECT FROM payment_reports WHERE payment_id = other.id AND told ? 'merchant'))`;

const ALERT_FACTS = `SELECT EXISTS (${PAID_ELSEWHERE}) AS moves_on,
  (SELECT max(sent_at) FROM ${messagesInScope(
    ALERT_SCOPE_PARAMETERS,
    'sent_at',
    `kind = 'payment_failed' AND status = 'sent'`,
  )} AS messages) AS last_alert_at`;

/** What is true of an alert at this moment. The caller holds the order's lock. */
export async function loadAlertFacts(
  manager: EntityManager,
  notification: Notification,
  payment: Payment,
  channel: Channel,
): Promise<AlertFacts> {
  const [order] = await manager.query<{ moves_on: boolean; last_alert_at: Date | null }[]>(ALERT_FACTS, [
    ...alertScopeParameters(alertScopeOfPayment(payment)),
    payment.orderId,
    payment.id,
  ]);
  return {
    stillFailed: payment.state === 'failed',
    orderPaidElsewhere: order?.moves_on ?? false,
    failedAt: notification.occurredAt.getTime(),
    lastAlertAt: order?.last_alert_at?.getTime() ?? null,
    testMode: payment.mode === 'test',
    contact: channel.addressOf(contactOf(payment)),
  };
}

/** What the message itself is made of. */
export function messageFactsOf(
  notification: Notification,
  payment: Payment,
  retryTemplate: string | null,
): MessageFacts {
  const exponent = payment.currency === null ? null : exponentOf(payment.currency);
  const { gateway, account, gatewayPaymentId } = payment;
  const orderId = payment.orderId ?? payment.gatewayOrderId;
  const values = { orderId: linkableId(orderId), paymentId: linkableId(gatewayPaymentId), gateway, account };
  return {
    kind: notification.kind,
    orderId,
    amount: payment.amount,
    currency: payment.currency,
    exponent,
    failureCode: payment.failure?.code ?? null,
    customerName: payment.customerName,
    locale: payment.customerLocale,
    occurredAt: notification.occurredAt,
    retryUrl: notification.kind === 'payment_failed' ? buildRetryUrl(retryTemplate, values) : null,
  };
}
