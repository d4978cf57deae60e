import type { EntityManager } from 'typeorm';
import { exponentOf, type Payment } from '../../payments/index.js';
import type { Channel, Contact } from '../channels/channel.js';
import type { GatewayWords } from '../messages/gateway-words.js';
import type { MessageFacts } from '../messages/message.js';
import { buildRetryUrl } from '../messages/retry-url.js';
import { linkableId } from '../messages/safe-text.js';
import type { Notification } from '../notification.entity.js';
import { readOrderState } from '../order-messages.store.js';
import type { AlertFacts } from '../scheduling/alert-rules.js';
import { alertScopeOf, type AlertScope } from '../scheduling/order-key.js';

export const contactOf = ({ customerEmail, customerPhone }: Payment, words: GatewayWords): Contact => ({
  email: words.contactEmail(customerEmail),
  phone: customerPhone,
});

export const alertScopeOfPayment = (payment: Payment): AlertScope =>
  alertScopeOf({ ...payment, paymentId: payment.id });

/** What is true about an alert at this moment. The caller holds the lock of the order. */
export async function loadAlertFacts(
  manager: EntityManager,
  notification: Notification,
  payment: Payment,
  channel: Channel,
  words: GatewayWords,
): Promise<AlertFacts> {
  const { paidElsewhere, lastAlertAt } = await readOrderState(manager, alertScopeOfPayment(payment), payment);
  return {
    stillFailed: payment.state === 'failed',
    orderPaidElsewhere: paidElsewhere,
    failedAt: notification.occurredAt.getTime(),
    lastAlertAt: lastAlertAt?.getTime() ?? null,
    testMode: payment.mode === 'test',
    contact: channel.addressOf(contactOf(payment, words)),
  };
}

/** What the text of the message is made of. */
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
    gateway,
    customerName: payment.customerName,
    locale: payment.customerLocale,
    occurredAt: notification.occurredAt,
    retryUrl: notification.kind === 'payment_failed' ? buildRetryUrl(retryTemplate, values) : null,
  };
}
