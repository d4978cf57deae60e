import { comparePlaces, placeOf, type Place, type PlacedReport } from './causal-order.js';
import { applyDispute, disputedAmount, isDisputed, type Dispute } from './disputes.js';
import type { Mode, MinorUnits, ReportedCustomer, ReportedFailure, ReportedFee } from './payment-report.js';
import { applyRefund, cappedRefunds, NO_REFUNDS, refundOverrun, type Refunds } from './refunds.js';
import { nextState, outcomeOf, type Outcome, type PaymentState, type PaymentStatus } from './status-table.js';

/**
 * One failed attempt to pay: by the gateway's id, or, where it gives none, the run of failed reports with no other
 * kind between them. `from` and `to` are the run's ends in the causal order.
 */
export interface Attempt {
  id: string | null;
  from: Place;
  to: Place;
}

/**
 * The truth of a payment after some of its reports, as plain JSON: kept beside the payment, so that the causally
 * newest report can be applied alone. Everything a payment shows is derived from it.
 */
export interface Projection {
  reports: number;
  last: Place | null;
  /** Earliest occurredAt, in milliseconds. */
  createdAt: number | null;
  state: PaymentState | null;
  currency: string | null;
  mode: Mode | null;
  merchant: string | null;
  amount: MinorUnits | null;
  amountCaptured: MinorUnits | null;
  gatewayOrderId: string | null;
  orderId: string | null;
  fee: ReportedFee | null;
  customer: ReportedCustomer;
  failure: ReportedFailure | null;
  attempt: Attempt | null;
  /** Only an unbroken run of failed reports is one attempt: no other kind came after the last one that counted. */
  lastWasFailed: boolean;
  refunds: Refunds;
  disputes: readonly Dispute[];
}

const NOBODY: ReportedCustomer = { id: null, email: null, phone: null, name: null, locale: null };

export const NOTHING_REPORTED: Projection = {
  reports: 0,
  last: null,
  createdAt: null,
  state: null,
  currency: null,
  mode: null,
  merchant: null,
  amount: null,
  amountCaptured: null,
  gatewayOrderId: null,
  orderId: null,
  fee: null,
  customer: NOBODY,
  failure: null,
  attempt: null,
  lastWasFailed: false,
  refunds: NO_REFUNDS,
  disputes: [],
};

/** Whether a report lies after everything folded so far, so that `apply` alone gives the whole fold's result. */
export function extendsFold(projection: Projection, report: PlacedReport): boolean {
  return projection.last === null || comparePlaces(placeOf(report), projection.last) > 0;
}

/** Folds a set of reports, in whatever order they come. Outcomes are by report key. */
export function project(reports: readonly PlacedReport[]): {
  projection: Projection;
  outcomes: Map<string, Outcome>;
} {
  const placed = reports.map((report) => ({ report, place: placeOf(report) }));
  placed.sort((a, b) => comparePlaces(a.place, b.place));
  const outcomes = new Map<string, Outcome>();
  let projection = NOTHING_REPORTED;
  for (const { report } of placed) {
    const step = apply(projection, report);
    projection = step.projection;
    outcomes.set(report.key, step.outcome);
  }
  return { projection, outcomes };
}

/** One step of the fold: the report must lie after all that `before` holds. */
export function apply(
  before: Projection,
  report: PlacedReport,
): { projection: Projection; outcome: Outcome } {
  const place = placeOf(report);
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

  const refunds = applyRefund(before.refunds, report, place.at);
  const told: Projection = {
    ...counted,
    currency: report.currency ?? before.currency,
    mode: report.mode,
    merchant: report.merchant ?? before.merchant,
    amount: report.amount ?? before.amount,
    amountCaptured: report.amountCaptured ?? before.amountCaptured,
    gatewayOrderId: report.gatewayOrderId ?? before.gatewayOrderId,
    orderId: report.orderId ?? before.orderId,
    fee: report.fee ?? before.fee,
    customer: newestOf(before.customer, report.customer),
    refunds,
    disputes: applyDispute(before.disputes, report.dispute),
  };
  if (outcome === 'superseded') return { projection: told, outcome };

  const moved = { ...told, state: nextState(report.kind, before.state) };
  if (report.kind === 'failed')
    return {
      projection: { ...moved, ...failedAttempt(before, report, place), lastWasFailed: true },
      outcome,
    };
  // More given back than was taken: shown as the gateway says it, but not believed.
  const overrun = refundOverrun(refunds, cap(told)) > refundOverrun(before.refunds, cap(told));
  return { projection: moved, outcome: overrun ? 'refused' : outcome };
}

function contradictsCurrency(before: Projection, report: PlacedReport): boolean {
  return before.currency !== null && report.currency !== null && report.currency !== before.currency;
}

function newestOf(before: ReportedCustomer, told: ReportedCustomer | null): ReportedCustomer {
  if (told === null) return before;
  return {
    id: told.id ?? before.id,
    email: told.email ?? before.email,
    phone: told.phone ?? before.phone,
    name: told.name ?? before.name,
    locale: told.locale ?? before.locale,
  };
}

function failedAttempt(before: Projection, report: PlacedReport, place: Place) {
  const told = report.failure;
  const id = told?.attemptId ?? null;
  const continues =
    before.attempt !== null && before.lastWasFailed && (id === null || id === before.attempt.id);
  const attempt =
    continues && before.attempt ? { ...before.attempt, to: place } : { id, from: place, to: place };
  const known = continues || (id !== null && id === before.failure?.attemptId) ? before.failure : null;
  const failure: ReportedFailure = {
    code: told?.code ?? known?.code ?? null,
    message: told?.message ?? known?.message ?? null,
    attemptId: attempt.id,
  };
  return { attempt, failure };
}

/** What can be given back at most: what was captured, or the whole amount while no capture is told. */
function cap(projection: Projection): bigint | null {
  const captured = projection.amountCaptured;
  const most = captured !== null && captured !== '0' ? captured : projection.amount;
  return most === null ? null : BigInt(most);
}

/** What the payment shows of its money's way back. */
export function moneyBack(projection: Projection): {
  status: PaymentStatus;
  amountRefunded: MinorUnits;
  amountDisputed: MinorUnits;
} {
  const most = cap(projection);
  const refunded = cappedRefunds(projection.refunds, most);
  return {
    status: statusOf(projection, refunded, most),
    amountRefunded: refunded.toString(),
    amountDisputed: disputedAmount(projection.disputes).toString(),
  };
}

function statusOf(projection: Projection, refunded: bigint, most: bigint | null): PaymentStatus {
  if (isDisputed(projection.disputes)) return 'disputed';
  if (refunded === 0n) return projection.state ?? 'created';
  return most !== null && refunded < most ? 'partially_refunded' : 'refunded';
}
