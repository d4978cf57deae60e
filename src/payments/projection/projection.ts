import { comparePositions, positionOf, type CausalPosition, type OrderedReport } from './causal-order.js';
import { applyCaptures, capturedAmounts, NO_CAPTURES, isReversalKind, type Captures } from './captures.js';
import { applyDispute, type Dispute } from './disputes.js';
import { applyFailure, applyReversalFailure, namesAttempt, type FailedAttempts } from './failed-attempts.js';
import type {
  Mode,
  MinorUnits,
  NextAttempt,
  ReportedCustomer,
  ReportedFee,
} from '../report/payment-report.js';
import {
  applyRefunds,
  hasNoRefunds,
  NO_REFUNDS,
  refundedAmount,
  refundExcess,
  toSettlement,
  type Refunds,
} from './refunds.js';
import { nextState, outcomeOf, type Outcome, type PaymentState } from './state-transitions.js';

/**
 * The state of a payment after some of its reports, as plain JSON. Everything that a payment shows is derived from it. It
 * is stored with the payment, so the causally newest report is applied without reading the earlier ones.
 */
export interface Projection extends FailedAttempts {
  /** The number of reports folded so far. */
  reports: number;
  /** The position of the causally newest report. */
  last: CausalPosition | null;
  /** The earliest `occurredAt`, in milliseconds since 1970. */
  createdAt: number | null;
  state: PaymentState | null;
  currency: string | null;
  mode: Mode | null;
  merchant: string | null;
  amount: MinorUnits | null;
  captures: Captures;
  /** When the payment first succeeded, in milliseconds since 1970. */
  capturedAt: number | null;
  /** When the payment was first canceled, in milliseconds since 1970. */
  canceledAt: number | null;
  gatewayOrderId: string | null;
  orderId: string | null;
  fee: ReportedFee | null;
  customer: ReportedCustomer;
  refunds: Refunds;
  disputes: readonly Dispute[];
  /** What the causally newest report told that told it. */
  nextAttempt: NextAttempt | null;
}

const UNKNOWN_CUSTOMER: ReportedCustomer = { id: null, email: null, phone: null, name: null, locale: null };

/** The projection of a payment without reports. */
export const INITIAL_STATE: Projection = {
  reports: 0,
  last: null,
  createdAt: null,
  state: null,
  currency: null,
  mode: null,
  merchant: null,
  amount: null,
  captures: NO_CAPTURES,
  capturedAt: null,
  canceledAt: null,
  gatewayOrderId: null,
  orderId: null,
  fee: null,
  customer: UNKNOWN_CUSTOMER,
  failure: null,
  attempt: null,
  lastWasFailed: false,
  refunds: NO_REFUNDS,
  disputes: [],
  nextAttempt: null,
};

/** Whether a report lies after all folded reports. Then {@link applyReport} alone gives the result of the whole fold. */
export function isCausallyNewest(projection: Projection, report: OrderedReport): boolean {
  return projection.last === null || comparePositions(positionOf(report), projection.last) > 0;
}

/** Folds all reports of a payment, given in any order. The outcomes are by report key. */
export function foldReports(reports: readonly OrderedReport[]): {
  projection: Projection;
  outcomes: Map<string, Outcome>;
} {
  const ordered = reports.map((report) => ({ report, position: positionOf(report) }));
  ordered.sort((a, b) => comparePositions(a.position, b.position));
  const outcomes = new Map<string, Outcome>();
  let projection = INITIAL_STATE;
  for (const { report } of ordered) {
    const step = applyReport(projection, report);
    projection = step.projection;
    outcomes.set(report.key, step.outcome);
  }
  return { projection, outcomes };
}

/** One step of the fold. The report must lie after all reports in `before`. */
export function applyReport(
  before: Projection,
  report: OrderedReport,
): { projection: Projection; outcome: Outcome } {
  const position = positionOf(report);
  const counted: Projection = {
    ...before,
    reports: before.reports + 1,
    last: position,
    createdAt: before.createdAt ?? position.at,
    state: before.state ?? 'created',
    // A refused failure neither ends a run of failures nor begins one.
    lastWasFailed: before.lastWasFailed && report.kind === 'failed',
  };
  const outcome = contradictsCurrency(before, report) ? 'refused' : outcomeOf(report.kind, before.state);
  if (outcome === 'refused') return { projection: counted, outcome };

  const merged = mergeFacts(counted, report, position.at);
  if (outcome === 'superseded') return { projection: merged, outcome };

  const moved = { ...merged, state: nextState(report.kind, before.state) };
  if (report.kind === 'failed')
    return { projection: { ...moved, ...applyFailure(before, report, position) }, outcome };
  return {
    projection: hasNothingLeft(moved, report) ? applyTotalReversal(moved, report, position) : moved,
    outcome:
      isDisputeInOtherCurrency(before, report) || exceedsRefundable(before, merged) ? 'refused' : outcome,
  };
}

/** Adds the facts of a report, for every outcome except `refused`. `at` is its time in milliseconds. */
function mergeFacts(before: Projection, report: OrderedReport, at: number): Projection {
  const { kind } = report;
  const amount = report.amount ?? before.amount;
  const capturedAt = before.capturedAt ?? (kind === 'succeeded' ? at : null);
  const dispute = isDisputeInOtherCurrency(before, report) ? null : report.dispute;
  return {
    ...before,
    currency: report.currency ?? before.currency ?? dispute?.currency ?? null,
    mode: report.mode,
    merchant: report.merchant ?? before.merchant,
    amount,
    captures: applyCaptures(before.captures, report, {
      at,
      amountBefore: before.amount,
      amount,
      succeeded: capturedAt !== null,
    }),
    capturedAt,
    canceledAt: before.canceledAt ?? (kind === 'canceled' ? at : null),
    gatewayOrderId: report.gatewayOrderId ?? before.gatewayOrderId,
    orderId: report.orderId ?? before.orderId,
    fee: report.fee ?? before.fee,
    customer: mergeCustomer(before.customer, report.customer),
    refunds: applyRefunds(before.refunds, report, at),
    disputes: applyDispute(before.disputes, dispute),
    nextAttempt: report.nextAttempt ?? before.nextAttempt,
  };
}

/** The amount of such a dispute is ignored, because it cannot be converted. */
function isDisputeInOtherCurrency(before: Projection, { currency, dispute }: OrderedReport): boolean {
  const known = currency ?? before.currency;
  return known !== null && dispute !== null && dispute.currency !== null && dispute.currency !== known;
}

/** Whether a reversal left nothing captured, or the capture that the payment succeeded by failed. */
function hasNothingLeft(after: Projection, { kind, captures, reversedTotal }: OrderedReport): boolean {
  const isReversal = isReversalKind(kind);
  if (isReversal ? after.state === 'canceled' : after.state !== 'succeeded' || captures.length === 0)
    return false;
  const { captured, reversed } = capturedAmounts(after.captures, after.amount);
  return (captured ?? 0n) === 0n && (reversed > 0n || (isReversal && reversedTotal === null));
}

/** The payment fails, unless a reversal that names no attempt repeats the failure. */
function applyTotalReversal(after: Projection, report: OrderedReport, position: CausalPosition): Projection {
  const repeats = after.state === 'failed' && !namesAttempt(report);
  return repeats ? after : { ...after, ...applyReversalFailure(after, report, position), state: 'failed' };
}

/** Whether a report raises the refunds above the refundable amount. It is refused, and the amount shown is limited. */
function exceedsRefundable(before: Projection, after: Projection): boolean {
  if (hasNoRefunds(after.refunds)) return false;
  const amounts = capturedAmounts(after.captures, after.amount);
  const settlement = toSettlement(after, amounts.everCaptured);
  const refunded = refundedAmount(after.refunds, settlement);
  if (refundExcess(refunded, amounts.refundable) === 0n) return false;
  return refunded > refundedAmount(before.refunds, settlement);
}

function contradictsCurrency(before: Projection, report: OrderedReport): boolean {
  return before.currency !== null && report.currency !== null && report.currency !== before.currency;
}

/** The newest value of each field. A null in the report keeps the known value. */
function mergeCustomer(before: ReportedCustomer, reported: ReportedCustomer | null): ReportedCustomer {
  if (reported === null) return before;
  return {
    id: reported.id ?? before.id,
    email: reported.email ?? before.email,
    phone: reported.phone ?? before.phone,
    name: reported.name ?? before.name,
    locale: reported.locale ?? before.locale,
  };
}
