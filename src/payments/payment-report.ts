/**
 * What a gateway said about one payment, in our words. Everything left of this type speaks a gateway's
 * language; everything right of it (projection, events, alerts) speaks only this one.
 */

/** Kinds in causal rank: of two reports of one second, the earlier kind came first. */
export const REPORT_KINDS = [
  'created',
  'requires_action',
  'processing',
  'failed',
  'authorized',
  'canceled',
  'succeeded',
  'refund_created',
  'refund_succeeded',
  'refund_failed',
  'dispute_opened',
  'dispute_won',
  'dispute_lost',
  'noted',
] as const;
export type ReportKind = (typeof REPORT_KINDS)[number];

export const MODES = ['live', 'test'] as const;
export type Mode = (typeof MODES)[number];

/** Minor units as a decimal string of digits ("10000" is 100.00 USD): exact at any size, the same in JSON and SQL. */
export type MinorUnits = string;

export interface ReportedRefund {
  id: string;
  amount: MinorUnits | null;
  status: 'pending' | 'succeeded' | 'failed' | 'canceled';
  createdAt: Date | null;
}

export interface ReportedDispute {
  id: string;
  amount: MinorUnits | null;
  status: 'open' | 'won' | 'lost';
  reason: string | null;
}

export interface ReportedFailure {
  /** The gateway's code, the most specific one it gives. */
  code: string | null;
  /** The gateway's own words: for operators, never shown to a customer. */
  message: string | null;
  /** Which attempt failed, where the gateway tells; null where it does not. */
  attemptId: string | null;
}

export interface ReportedCustomer {
  id: string | null;
  email: string | null;
  phone: string | null;
  name: string | null;
  locale: string | null;
}

/**
 * One statement about one payment. A null says "not told here" and never erases what another report told.
 * `currency` is upper-case ISO 4217. Amounts are of the payment, except inside `refund` and `dispute`.
 */
export interface PaymentReport {
  gatewayPaymentId: string;
  kind: ReportKind;
  /** The event's name in the gateway's words, for the timeline. */
  type: string;
  occurredAt: Date;
  mode: Mode;
  currency: string | null;
  amount: MinorUnits | null;
  amountCaptured: MinorUnits | null;
  /** A running total of everything refunded so far, where the gateway tells one. */
  refundedTotal: MinorUnits | null;
  /** The gateway's own order, and the merchant's. */
  gatewayOrderId: string | null;
  orderId: string | null;
  refund: ReportedRefund | null;
  dispute: ReportedDispute | null;
  failure: ReportedFailure | null;
  customer: ReportedCustomer | null;
}

/** A report with nothing told but what every report must tell: translators add to it what their event says. */
export function bareReport(
  told: Pick<PaymentReport, 'gatewayPaymentId' | 'kind' | 'type' | 'occurredAt' | 'mode'> &
    Partial<PaymentReport>,
): PaymentReport {
  return {
    currency: null,
    amount: null,
    amountCaptured: null,
    refundedTotal: null,
    gatewayOrderId: null,
    orderId: null,
    refund: null,
    dispute: null,
    failure: null,
    customer: null,
    ...told,
  };
}
