import { exponentOf, type NextAttempt } from '../../payments/index.js';
import type { Contact } from '../channels/channel.js';
import { KIND_TRAITS, type NotificationKind } from '../kinds/message-kinds.js';
import { notedRefund } from '../kinds/refund-notes.js';
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

/** What the text of the message is made of. `now` in milliseconds since 1970. */
export function messageFactsOf(
  { kind, attemptKey, occurredAt }: Pick<DueMessage, 'kind' | 'attemptKey' | 'occurredAt'>,
  payment: OrderState,
  { retryTemplate, now }: { retryTemplate: string | null; now: number },
): MessageFacts {
  const { currency, failureCode, gateway, customerName, customerLocale } = payment;
  return {
    kind,
    orderId: payment.orderId ?? payment.gatewayOrderId,
    ...amountOf(kind, attemptKey, payment),
    currency,
    exponent: currency === null ? null : exponentOf(currency),
    failureCode,
    gateway,
    customerName,
    locale: customerLocale,
    occurredAt,
    ...(kind === 'payment_failed' && plannedAttempt(payment.nextAttempt, now)),
    retryUrl: KIND_TRAITS[kind].asksForPayment ? retryUrlOf(payment, retryTemplate) : null,
  };
}

function amountOf(
  kind: NotificationKind,
  attemptKey: string,
  payment: OrderState,
): Pick<MessageFacts, 'amount' | 'isTotal'> {
  if (kind === 'refund_note') return notedRefund(attemptKey, payment);
  return { amount: kind === 'receipt' ? (payment.amountCaptured ?? payment.amount) : payment.amount };
}

/**
 * What the gateway does next by itself. A moment that has passed says nothing: that attempt may have been made, and its
 * result is not known yet.
 */
const plannedAttempt = (next: NextAttempt | null, now: number): Pick<MessageFacts, 'nextAttempt'> =>
  next !== null && (next === 'none' || Date.parse(next) > now) ? { nextAttempt: next } : {};

function retryUrlOf(payment: OrderState, template: string | null): string | null {
  if (template === null) return null;
  const { gateway, account, gatewayPaymentId } = payment;
  const orderId = linkableId(payment.orderId ?? payment.gatewayOrderId);
  return buildRetryUrl(template, { orderId, paymentId: linkableId(gatewayPaymentId), gateway, account });
}
