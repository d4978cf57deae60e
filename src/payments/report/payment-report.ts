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
   * The gateway tells the release of an uncaptured rest as a refund, and cannot be told apart from one by this
   * message alone. The payment decides (see refunds.ts).
   */
  mayBeRelease?: true;
}

/** One capture, where the gateway gives captures ids. */
export interface ReportedCapture {
  id: string;
  amount: MinorUnits | null;
  status: 'succeeded' | 'pending' | 'failed' | 'reversed';
}

export interface ReportedDispute {
  id: string;
  amount: MinorUnits | null;
  /** Of `amount`. Null: the currency of the payment. */
  currency: string | null;
  /** `closed`: over, and nothing is withheld (the charge was refunded instead). */
  status: 'open' | 'won' | 'lost' | 'closed';
  reason: string | null;
}

/** What the gateway keeps, tax included. Its currency may be another than the payment's. */
export interface ReportedFee {
  amount: MinorUnits;
  currency: string;
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
 * `currency` is upper-case ISO 4217. Amounts are of the payment, except inside `captures`, `refunds`, `dispute` and
 * `fee`.
 */
export interface PaymentReport {
  gatewayPaymentId: string;
  kind: ReportKind;
  /** The event's name in the gateway's words, for the timeline. */
  type: string;
  occurredAt: Date;
  mode: Mode;
  /** The merchant that the payment belongs to where one endpoint serves several (Stripe's connected account). */
  merchant: string | null;
  currency: string | null;
  amount: MinorUnits | null;
  /** Everything captured so far, before refunds and reversals. */
  amountCaptured: MinorUnits | null;
  /** Empty where the gateway tells no capture by id. One not named here stays as it was told before. */
  captures: readonly ReportedCapture[];
  /** A running total of everything refunded so far, where the gateway tells one. */
  refundedTotal: MinorUnits | null;
  /** A running total of everything that was captured and went again, where the gateway tells one. */
  reversedTotal: MinorUnits | null;
  fee: ReportedFee | null;
  /** The gateway's own order, and the merchant's. */
  gatewayOrderId: string | null;
  orderId: string | null;
  /** One not named here stays as it was told before. */
  refunds: readonly ReportedRefund[];
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
    customer: null,
    ...told,
  };
}
