import { type ClassConstructor } from 'class-transformer';
import { type ReportedDispute, type ReportedRefund, type ReportKind } from '../../../payments/index.js';
import {
  ChargeEvent,
  CheckoutSessionEvent,
  DisputeEvent,
  PaymentIntentEvent,
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
]);

const SESSION_TYPES: ReadonlySet<string> = new Set([
  'checkout.session.completed',
  'checkout.session.async_payment_succeeded',
  'checkout.session.async_payment_failed',
]);

/** The DTO of a type; null for what is left alone, such as charge.succeeded, which its intent tells as well. */
export function dtoOfType(type: string): ClassConstructor<StripeEvent> | null {
  if (PAYMENT_INTENT_KINDS.has(type)) return PaymentIntentEvent;
  if (type === 'charge.refunded') return ChargeEvent;
  if (type.startsWith('refund.') || type === 'charge.refund.updated') return RefundEvent;
  if (type.startsWith('charge.dispute.')) return DisputeEvent;
  return SESSION_TYPES.has(type) ? CheckoutSessionEvent : null;
}

/** A finished session is paid, or waits for a slow method whose own event comes later, or was free. */
export function sessionKind(type: string, paymentStatus: string): ReportKind {
  if (type === 'checkout.session.async_payment_failed') return 'failed';
  if (type === 'checkout.session.async_payment_succeeded') return 'succeeded';
  return paymentStatus === 'paid' ? 'succeeded' : 'noted';
}

export interface RefundMeaning {
  kind: ReportKind;
  status: ReportedRefund['status'];
}

/** Refund events differ in name by API version and mean the same: the refund's status tells. */
export const REFUND_MEANINGS: ReadonlyMap<string, RefundMeaning> = new Map<string, RefundMeaning>([
  ['pending', { kind: 'refund_created', status: 'pending' }],
  ['requires_action', { kind: 'refund_created', status: 'pending' }],
  ['succeeded', { kind: 'refund_succeeded', status: 'succeeded' }],
  ['failed', { kind: 'refund_failed', status: 'failed' }],
  ['canceled', { kind: 'refund_failed', status: 'canceled' }],
]);

export interface DisputeMeaning {
  kind: ReportKind;
  /** Null where nothing is to be kept of the dispute. */
  status: ReportedDispute['status'] | null;
}

const DISPUTE_ENDS: ReadonlyMap<string, DisputeMeaning> = new Map<string, DisputeMeaning>([
  ['won', { kind: 'dispute_won', status: 'won' }],
  ['lost', { kind: 'dispute_lost', status: 'lost' }],
  // Stopped before it became a chargeback: ended, and no money taken.
  ['prevented', { kind: 'dispute_won', status: 'won' }],
]);

const NOTED: DisputeMeaning = { kind: 'noted', status: null };

/** `warning_*` is an inquiry and takes no money. Undefined: a dispute closed in a way we do not know. */
export function disputeMeaning(type: string, status: string): DisputeMeaning | undefined {
  if (status.startsWith('warning_')) return NOTED;
  if (type === 'charge.dispute.created') {
    return status === 'prevented' ? NOTED : { kind: 'dispute_opened', status: 'open' };
  }
  return type === 'charge.dispute.closed' ? DISPUTE_ENDS.get(status) : NOTED;
}
