import { comparePositions, positionOf, type CausalPosition, type OrderedReport } from './causal-order.js';
import { applyCaptures, capturedAmounts, NO_CAPTURES, isReversalKind, type Captures } from './captures.js';
import { applyDispute, type Dispute } from './disputes.js';
import { applyFailure, applyReversalFailure, namesAttempt, type FailedAttempts } from './failed-attempts.js';
import type { Mode, MinorUnits, ReportedCustomer, ReportedFee } from '../report/payment-report.js';
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
 * The truth of a payment after some of its reports, as plain JSON: kept beside the payment, so that the causally
 * newest report can be applied alone. Everything a payment shows is derived from it.
 */
export interface Projection extends FailedAttempts {
  reports: number;
  last: CausalPosition | null;
  /** Earliest occurredAt, in milliseconds. */
  createdAt: number | null;
  state: PaymentState | null;
  currency: string | null;
  mode: Mode | null;
  merchant: string | null;
  amount: MinorUnits | null;
  captures: Captures;
  /** When it first succeeded and was first canceled, in milliseconds. */
  capturedAt: number | null;
  canceledAt: number | null;
  gatewayOrderId: string | null;
  orderId: string | null;
  fee: ReportedFee | null;
  customer: ReportedCustomer;
  refunds: Refunds;
  disputes: readonly Dispute[];
}

const UNKNOWN_CUSTOMER: ReportedCustomer = { id: null, email: null, phone: null, name: null, locale: null };

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
};

/** Whether a report lies after everything folded so far, so that `apply` alone gives the whole fold's result. */
export function isCausallyNewest(projection: Projection, report: OrderedReport): boolean {
  return projection.last === null || comparePositions(positionOf(report), projection.last) > 0;
}

/** Folds a set of reports, in whatever order they come. Outcomes are by report key. */
export function foldReports(reports: readonly OrderedReport[]): {
  projection: Projection;
  outcomes: Map<string, Outcome>;
} {
  const placed = reports.map((report) => ({ report, place: positionOf(report) }));
  placed.sort((a, b) => comparePositions(a.place, b.place));
  const outcomes = new Map<string, Outcome>();
  let projection = INITIAL_STATE;
  for (const { report } of placed) {
    const step = applyReport(projection, report);
    projection = step.projection;
    outcomes.set(report.key, step.outcome);
  }
  return { projection, outcomes };
}

/** One step of the fold: the report must lie after all that `before` holds. */
export function applyReport(
  before: Projection,
  report: OrderedReport,
): { projection: Projection; outcome: Outcome } {
  const place = positionOf(report);
  const counted: Projection = {
    ...before,
    reports: before.reports + 1,
    last: place,
    createdAt: before.createdAt ?? place.at,
    state: before.state ?? 'created',
    // A failure that is refused breaks no run of them, and begins none.
    lastWasFailed: before.lastWasFailed && report.kind === 'failed',
  };
  const outcome = contradictsCurrency(before, report) ? 'refused' : outcomeOf(report.kind, before.state);
  if (outcome === 'refused') return { projection: counted, outcome };

  const told = mergeFacts(counted, report, place.at);
  if (outcome === 'superseded') return { projection: told, outcome };

  const moved = { ...told, state: nextState(report.kind, before.state) };
  if (report.kind === 'failed')
    return { projection: { ...moved, ...applyFailure(before, report, place) }, outcome };
  return {
    projection: hasNothingLeft(moved, report) ? applyTotalReversal(moved, report, place) : moved,
    outcome:
      isDisputeInOtherCurrency(before, report) || exceedsRefundable(before, told) ? 'refused' : outcome,
  };
}

/** What a report adds to the facts, whatever becomes of the state. */
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
  };
}

/** An amount in another currency is not the payment's, and what it would be is not guessed. */
function isDisputeInOtherCurrency(before: Projection, { currency, dispute }: OrderedReport): boolean {
  const ours = currency ?? before.currency;
  return ours !== null && dispute !== null && dispute.currency !== null && dispute.currency !== ours;
}

/** Whether the report took the last of what was captured, or its capture came to nothing. */
function hasNothingLeft(after: Projection, { kind, captures, reversedTotal }: OrderedReport): boolean {
  const isReversal = isReversalKind(kind);
  if (isReversal ? after.state === 'canceled' : after.state !== 'succeeded' || captures.length === 0)
    return false;
  const { captured, reversed } = capturedAmounts(after.captures, after.amount);
  return (captured ?? 0n) === 0n && (reversed > 0n || (isReversal && reversedTotal === null));
}

function applyTotalReversal(after: Projection, report: OrderedReport, place: CausalPosition): Projection {
  const repeats = after.state === 'failed' && !namesAttempt(report);
  return repeats ? after : { ...after, ...applyReversalFailure(after, report, place), state: 'failed' };
}

/** More given back than was taken, and more than before: shown as the gateway says it, but not believed. */
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

function mergeCustomer(before: ReportedCustomer, told: ReportedCustomer | null): ReportedCustomer {
  if (told === null) return before;
  return {
    id: told.id ?? before.id,
    email: told.email ?? before.email,
    phone: told.phone ?? before.phone,
    name: told.name ?? before.name,
    locale: told.locale ?? before.locale,
  };
}
