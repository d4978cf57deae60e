import type { FeatureSetting } from '../../platform/config/configurable-feature.js';

/** Every kind of message to a customer. Stored with each message and named in `MESSAGES`, so a word never changes. */
export const NOTIFICATION_KINDS = [
  'payment_failed',
  'payment_received',
  'receipt',
  'refund_note',
  'reminder',
] as const;
export type NotificationKind = (typeof NOTIFICATION_KINDS)[number];

/** The variable that chooses the kinds. `MESSAGES_<GATEWAY>` replaces it for one gateway. */
export const MESSAGES = 'MESSAGES';

/** By default those of version 0.1, so that an upgrade mails nobody anything new. */
export const MESSAGES_SETTING: FeatureSetting = {
  kind: 'words',
  words: NOTIFICATION_KINDS,
  byGateway: true,
  default: ['payment_failed', 'payment_received'],
};

/** What differs between the kinds beside their words (catalogs) and their rules (message-rules.ts). */
export interface KindTraits {
  /** The message asks for a payment, so it has the link of `PAYMENT_RETRY_URL`. */
  readonly asksForPayment: boolean;
}

/**
 * One line for each kind. Who schedules it, with which attempt key:
 * - `payment_failed`: the handlers of `payment.failed` and `payment.reversed`; the failed attempt.
 * - `payment_received`: the handler of `payment.succeeded`, after an alert of the order; `received`, once an order.
 * - `receipt`: the handler of `payment.succeeded`, where no `payment_received` takes its place; `receipt`.
 * - `refund_note`: the handler of `payment.refunded` and `payment.amended`; the refund, or the total where no refund is
 *   known by id.
 * - `reminder`: the job of the orders that are still unpaid; the order's first failure and the reminder's number.
 */
export const KIND_TRAITS: Readonly<Record<NotificationKind, KindTraits>> = {
  payment_failed: { asksForPayment: true },
  payment_received: { asksForPayment: false },
  receipt: { asksForPayment: false },
  refund_note: { asksForPayment: false },
  reminder: { asksForPayment: true },
};
