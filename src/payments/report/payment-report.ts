/*
 * The neutral words about one payment. A gateway's adapter translates its messages into them. The projection, the
 * events and the alerts know no other words.
 */

/** The kinds in causal rank. Of two reports of the same moment, the one whose kind is listed first came first. */
export const REPORT_KINDS = [
  'created',
  'requires_action',
  'processing',
  'failed',
  'authorized',
  'canceled',
  'succeeded',
  'capture_failed',
  'reversed',
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
  /**
   * The gateway reports the release of an uncaptured amount as a refund, and this message alone does not show which it
   * is. The projection decides (projection/refunds.ts).
   */
  mayBeRelease?: true;
}

/** One capture. Only some gateways give captures ids. */
export interface ReportedCapture {
  id: string;
  amount: MinorUnits | null;
  status: 'succeeded' | 'pending' | 'failed' | 'reversed';
}

export interface ReportedDispute {
  id: string;
  amount: MinorUnits | null;
  /** The currency of `amount`. Null means the currency of the payment. */
  currency: string | null;
  /** `closed`: the dispute ended and no money is withheld, because the charge was refunded instead. */
  status: 'open' | 'won' | 'lost' | 'closed';
  reason: string | null;
}

/** The amount that the gateway keeps, tax included. Its currency may differ from the payment's. */
export interface ReportedFee {
  amount: MinorUnits;
  currency: string;
}

export interface ReportedFailure {
  /** The most specific code that the gateway gives. */
  code: string | null;
  /** The gateway's own words. For operators only: it may contain personal data and is never shown to a customer. */
  message: string | null;
  /** The gateway's id of the attempt that failed; null where the gateway gives none. */
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
 * When the gateway tries a failed payment again by itself, as ISO 8601. `none` where the gateway told that it does not try
 * again.
 */
export type NextAttempt = string;

/**
 * One statement about one payment. A null means "not told here" and never erases what another report told.
 * `currency` is upper-case ISO 4217. Amounts are in the payment's currency, except inside `captures`, `refunds`, `dispute` and
 * `fee`.
 */
export interface PaymentReport {
  gatewayPaymentId: string;
  kind: ReportKind;
  /** The gateway's own name of the event, for the timeline. */
  type: string;
  occurredAt: Date;
  mode: Mode;
  /** The merchant of the payment, where one endpoint serves several (for Stripe, the connected account). */
  merchant: string | null;
  currency: string | null;
  amount: MinorUnits | null;
  /** The running total of all captures so far, before refunds and reversals. */
  amountCaptured: MinorUnits | null;
  /** Empty where the gateway gives captures no ids. A capture that is not listed stays as it was told before. */
  captures: readonly ReportedCapture[];
  /** The running total of all refunds so far, where the gateway gives one. */
  refundedTotal: MinorUnits | null;
  /** The running total of all captured amounts that were reversed, where the gateway gives one. */
  reversedTotal: MinorUnits | null;
  fee: ReportedFee | null;
  /** The gateway's own order. */
  gatewayOrderId: string | null;
  /** The merchant's order. */
  orderId: string | null;
  /** A refund that is not listed stays as it was told before. */
  refunds: readonly ReportedRefund[];
  dispute: ReportedDispute | null;
  failure: ReportedFailure | null;
  nextAttempt: NextAttempt | null;
  customer: ReportedCustomer | null;
}

/** A report with only the fields that every report must have. A translator adds what its event tells. */
export function bareReport(
  fields: Pick<PaymentReport, 'gatewayPaymentId' | 'kind' | 'type' | 'occurredAt' | 'mode'> &
    Partial<PaymentReport>,
): PaymentReport {
  return {
    merchant: null,
    currency: null,
    amount: null,
    amountCaptured: null,
    captures: [],
    refundedTotal: null,
    reversedTotal: null,
    fee: null,
    gatewayOrderId: null,
    orderId: null,
    refunds: [],
    dispute: null,
    failure: null,
    nextAttempt: null,
    customer: null,
    ...fields,
  };
}

/**
 * The report without personal data. The failure message is removed too, because a gateway may name a customer in it.
 * Amounts, ids and codes stay.
 */
export function withoutPersonalData(report: PaymentReport): PaymentReport {
  return { ...report, customer: null, failure: report.failure && { ...report.failure, message: null } };
}
