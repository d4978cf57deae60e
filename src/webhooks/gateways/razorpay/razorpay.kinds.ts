import { type ClassConstructor } from 'class-transformer';
import { type ReportedDispute, type ReportedRefund, type ReportKind } from '../../../payments/index.js';
import {
  RazorpayDisputeEvent,
  type RazorpayEvent,
  RazorpayNamedEvent,
  RazorpayPaymentEvent,
  RazorpayRefundEvent,
} from './razorpay-event.dto.js';

/** Which of Razorpay's events say something about a payment, and what. The name decides, never the snapshot in it. */

const PAYMENT_KINDS: ReadonlyMap<string, ReportKind> = new Map<string, ReportKind>([
  ['payment.failed', 'failed'],
  ['payment.authorized', 'authorized'],
  ['payment.captured', 'succeeded'],
  ['order.paid', 'succeeded'],
  ['payment_link.paid', 'succeeded'],
]);

/**
 * Events of what a payment was collected by. Each carries the captured payment that caused it, and who collects this way
 * often subscribes to nothing else. One that carries no payment, such as an invoice settled elsewhere, says nothing.
 */
const COLLECTING: ReadonlySet<string> = new Set([
  'payment_link.partially_paid',
  'invoice.paid',
  'invoice.partially_paid',
  'subscription.charged',
  'virtual_account.credited',
  'qr_code.credited',
]);

/** Undefined for a type that is only noted. */
export const paymentKind = (type: string): ReportKind | undefined =>
  COLLECTING.has(type) ? 'succeeded' : PAYMENT_KINDS.get(type);

interface Meaning<Status> {
  kind: ReportKind;
  status: Status;
}

export const REFUND_MEANINGS: ReadonlyMap<string, Meaning<ReportedRefund['status']>> = new Map<
  string,
  Meaning<ReportedRefund['status']>
>([
  ['refund.created', { kind: 'refund_created', status: 'pending' }],
  ['refund.processed', { kind: 'refund_succeeded', status: 'succeeded' }],
  ['refund.failed', { kind: 'refund_failed', status: 'failed' }],
]);

const DISPUTE_MEANINGS: ReadonlyMap<string, Meaning<ReportedDispute['status']>> = new Map<
  string,
  Meaning<ReportedDispute['status']>
>([
  ['payment.dispute.created', { kind: 'dispute_opened', status: 'open' }],
  ['payment.dispute.won', { kind: 'dispute_won', status: 'won' }],
  ['payment.dispute.lost', { kind: 'dispute_lost', status: 'lost' }],
]);

/** The events to subscribe to: those with a meaning above, and the course of a dispute. */
export const RAZORPAY_SUBSCRIBE_TO: readonly string[] = [
  ...PAYMENT_KINDS.keys(),
  ...COLLECTING,
  ...REFUND_MEANINGS.keys(),
  ...DISPUTE_MEANINGS.keys(),
  'payment.dispute.under_review',
  'payment.dispute.action_required',
  'payment.dispute.closed',
];

/** Phases in which a bank only asks, and takes nothing. */
const INQUIRIES: ReadonlySet<string> = new Set(['retrieval', 'fraud']);

export const isInquiry = (phase: string | null | undefined): boolean => phase != null && INQUIRIES.has(phase);

/** Undefined for what is only noted. */
export function disputeMeaning(type: string, phase: string | null | undefined) {
  return isInquiry(phase) ? undefined : DISPUTE_MEANINGS.get(type);
}

/**
 * The DTO of a type; null for a type that says nothing about a payment. Payment, refund and dispute events that are not
 * listed here are read for the payment they name. A bank's downtime is named like a payment and is none.
 */
export function dtoOfType(type: string, carriesPayment: boolean): ClassConstructor<RazorpayEvent> | null {
  if (COLLECTING.has(type)) return carriesPayment ? RazorpayPaymentEvent : null;
  if (PAYMENT_KINDS.has(type)) return RazorpayPaymentEvent;
  if (REFUND_MEANINGS.has(type)) return RazorpayRefundEvent;
  if (DISPUTE_MEANINGS.has(type)) return RazorpayDisputeEvent;
  if (type.startsWith('payment.downtime.')) return null;
  return type.startsWith('payment.') || type.startsWith('refund.') ? RazorpayNamedEvent : null;
}
