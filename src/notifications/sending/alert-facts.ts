import { exponentOf } from '../../payments/index.js';
import type { Contact } from '../channels/channel.js';
import type { GatewayWords } from '../messages/gateway-words.js';
import type { MessageFacts } from '../messages/message.js';
import { buildRetryUrl } from '../messages/retry-url.js';
import { linkableId } from '../messages/safe-text.js';
import type { DueMessage } from '../notification-set.store.js';
import type { OrderState } from '../order-messages.store.js';

export const contactOf = ({ customerEmail, customerPhone }: OrderState, words: GatewayWords): Contact => ({
  email: words.contactEmail(customerEmail),
  phone: customerPhone,
});

/** What the text of the message is made of. */
export function messageFactsOf(
  { kind, occurredAt }: Pick<DueMessage, 'kind' | 'occurredAt'>,
  payment: OrderState,
  retryTemplate: string | null,
): MessageFacts {
  const { amount, currency, failureCode, gateway, customerName, customerLocale } = payment;
  return {
    kind,
    orderId: payment.orderId ?? payment.gatewayOrderId,
    amount,
    currency,
    exponent: currency === null ? null : exponentOf(currency),
    failureCode,
    gateway,
    customerName,
    locale: customerLocale,
    occurredAt,
    retryUrl: kind === 'payment_failed' ? retryUrlOf(payment, retryTemplate) : null,
  };
}

function retryUrlOf(payment: OrderState, template: string | null): string | null {
  if (template === null) return null;
  const { gateway, account, gatewayPaymentId } = payment;
  const orderId = linkableId(payment.orderId ?? payment.gatewayOrderId);
  return buildRetryUrl(template, { orderId, paymentId: linkableId(gatewayPaymentId), gateway, account });
}
