import { type ClassConstructor } from 'class-transformer';
import { type ReportedRefund, type ReportKind } from '../../../payments/index.js';
import {
  ChargeEvent,
  CheckoutSessionEvent,
  DisputeEvent,
  InvoiceEvent,
  NamedObjectEvent,
  PaymentIntentEvent,
  RefundedChargeEvent,
  RefundEvent,
  type StripeEvent,
} from './stripe-event.dto.js';

/** Which of Stripe's events say something about a payment, and what. */

export const PAYMENT_INTENT_KINDS: ReadonlyMap<string, ReportKind> = new Map<string, ReportKind>([
  ['payment_intent.created', 'created'],
  ['payment_intent.requires_action', 'requires_action'],
  ['payment_intent.processing', 'processing'],
  ['payment_intent.payment_failed', 'failed'],
  ['payment_intent.amount_capturable_updated', 'authorized'],
  ['payment_intent.canceled', 'canceled'],
  ['payment_intent.succeeded', 'succeeded'],
  // Part of a bank transfer arrived. Only payment_intent.succeeded says that all of it did.
  ['payment_intent.partially_funded', 'noted'],
]);

/** What each event says of a charge that has no PaymentIntent and so is a payment of its own. */
const CHARGE_KINDS: ReadonlyMap<string, ReportKind> = new Map<string, ReportKind>([
  ['charge.pending', 'processing'],
  ['charge.failed', 'failed'],
  ['charge.expired', 'canceled'],
  ['charge.succeeded', 'succeeded'],
  ['charge.captured', 'succeeded'],
  ['charge.updated', 'noted'],
]);

const SESSION_TYPES: ReadonlySet<string> = new Set([
  'checkout.session.completed',
  'checkout.session.async_payment_succeeded',
  'checkout.session.async_payment_failed',
]);

const INVOICE_TYPES: ReadonlySet<string> = new Set(['invoice.paid', 'invoice.payment_failed']);

/**
 * The DTO of a type; null for a type that says nothing about a payment. A type of a payment that is not listed here is
 * read for the payment it names, so that no new type of Stripe's is lost.
 */
export function dtoOfType(type: string): ClassConstructor<StripeEvent> | null {
  if (PAYMENT_INTENT_KINDS.has(type)) return PaymentIntentEvent;
  if (type === 'charge.refunded') return RefundedChargeEvent;
  if (CHARGE_KINDS.has(type)) return ChargeEvent;
  if (type.startsWith('refund.') || type.startsWith('charge.refund.')) return RefundEvent;
  if (type.startsWith('charge.dispute.')) return DisputeEvent;
  if (SESSION_TYPES.has(type)) return CheckoutSessionEvent;
  if (INVOICE_TYPES.has(type)) return InvoiceEvent;
  return type.startsWith('payment_intent.') || type.startsWith('charge.') ? NamedObjectEvent : null;
}

/** The families of thin events that tell of a payment. */
const THIN_FAMILIES = ['v1.payment_intent.', 'v1.charge.', 'v1.refund.', 'v1.checkout.session.'];

export const isThinPaymentType = (type: string): boolean =>
  THIN_FAMILIES.some((family) => type.startsWith(family)) ||
  (type.startsWith('v1.') && dtoOfType(type.slice('v1.'.length)) !== null);

/**
 * The kind of a charge's event. A charge of a PaymentIntent is only noted, as the intent's own events tell the payment.
 * A refunded one is told by the charge alone. What was never captured was not paid back but released: noted.
 */
export function chargeKind(
  type: string,
  { ofIntent, captured }: { ofIntent: boolean; captured: boolean },
): ReportKind {
  if (type === 'charge.refunded') return captured ? 'refund_created' : 'noted';
  if (ofIntent) return 'noted';
  if (type === 'charge.succeeded' && !captured) return 'authorized';
  return CHARGE_KINDS.get(type) ?? 'noted';
}

/** A finished session is paid, or waits for a slow method whose own event comes later, or was free. */
export function sessionKind(type: string, paymentStatus: string | undefined): ReportKind {
  if (type === 'checkout.session.async_payment_failed') return 'failed';
  if (type === 'checkout.session.async_payment_succeeded') return 'succeeded';
  return paymentStatus === 'paid' ? 'succeeded' : 'noted';
}

export interface RefundMeaning {
  kind: ReportKind;
  status: ReportedRefund['status'];
}

const PENDING: RefundMeaning = { kind: 'refund_created', status: 'pending' };

const REFUND_MEANINGS: ReadonlyMap<string, RefundMeaning> = new Map<string, RefundMeaning>([
  ['pending', PENDING],
  ['requires_action', PENDING],
  ['succeeded', { kind: 'refund_succeeded', status: 'succeeded' }],
  ['failed', { kind: 'refund_failed', status: 'failed' }],
  ['canceled', { kind: 'refund_failed', status: 'canceled' }],
]);

/**
 * Refund events differ in name by API version and mean the same: the refund's status tells, and none is pending.
 * Undefined: a status that we do not know.
 */
export const refundMeaning = (status: string | null | undefined): RefundMeaning | undefined =>
  status == null ? PENDING : REFUND_MEANINGS.get(status);
