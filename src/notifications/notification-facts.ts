import type { EntityManager } from 'typeorm';
import { exponentOf, type Payment } from '../payments/index.js';
import type { AlertFacts } from './alert-rules.js';
import type { Channel, Contact } from './channels/channel.js';
import type { MessageFacts } from './messages/message.js';
import { retryUrl } from './messages/retry-url.js';
import { orderKeyOf } from './order-key.js';
import type { Notification } from './notification.entity.js';

export const contactOf = ({ customerEmail, customerPhone }: Payment): Contact => ({
  email: customerEmail,
  phone: customerPhone,
});

/** What is true of an alert at this moment. The caller holds the order's lock. */
export async function alertFacts(
  manager: EntityManager,
  notification: Notification,
  payment: Payment,
  channel: Channel,
): Promise<AlertFacts> {
  const [order] = await manager.query<{ moves_on: boolean; last_alert_at: Date | null }[]>(
    // By the gateway's own order too: of two payments of one order only one may have told the merchant's. Two looks, as
    // no index serves both.
    `SELECT EXISTS (
         SELECT FROM (
           SELECT id, state FROM payments WHERE order_id = $3 AND gateway = $1 AND account = $2
           UNION ALL
           SELECT id, state FROM payments WHERE gateway_order_id = $6 AND gateway = $1 AND account = $2) AS of_order
         WHERE id <> $4 AND state IN ('processing', 'authorized', 'succeeded')) AS moves_on,
       (SELECT max(sent_at) FROM notifications
         WHERE gateway = $1 AND account = $2 AND order_key IN ($5, $7) AND kind = 'payment_failed' AND status = 'sent')
         AS last_alert_at`,
    [
      payment.gateway,
      payment.account,
      payment.orderId,
      payment.id,
      notification.orderKey,
      payment.gatewayOrderId,
      // One that was sent before the order was known counts too.
      orderKeyOf({ orderId: null, paymentId: payment.id }),
    ],
  );
  return {
    stillFailed: payment.state === 'failed',
    orderMovesOn: order?.moves_on ?? false,
    failedAt: notification.occurredAt.getTime(),
    lastAlertAt: order?.last_alert_at?.getTime() ?? null,
    testMode: payment.mode === 'test',
    contact: channel.addressOf(contactOf(payment)),
  };
}

/** What the message itself is made of. */
export function messageFacts(
  notification: Notification,
  payment: Payment,
  retryTemplate: string | null,
): MessageFacts {
  const exponent = payment.currency === null ? null : exponentOf(payment.currency);
  const { orderId, gateway, account, gatewayPaymentId: paymentId } = payment;
  const link = notification.kind === 'payment_failed' && retryTemplate !== null;
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
    retryUrl: link ? retryUrl(retryTemplate, { orderId, paymentId, gateway, account }) : null,
  };
}
