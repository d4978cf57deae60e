import type { PaymentReport, ReportKind } from '../../src/payments/report/payment-report.js';
import { capturedOf, capturesOf, newest, refundedOf, refundsOf, sum, isReversal } from './naive-money.js';

/*
 * A second implementation of the rules of a payment, without any code of the projection. Every step derives everything
 * again from all earlier reports and keeps no state. It is slow, and easy to compare with the rules.
 */

/** A report as it arrived, with the id of its event and a unique key. */
export interface ArrivedReport extends PaymentReport {
  key: string;
  eventId: string;
}

type Outcome = 'applied' | 'superseded' | 'refused';

/** The kinds in causal rank. They are repeated here so that a rank that changes by mistake fails a test. */
const CAUSES_FIRST: readonly ReportKind[] = [
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
];
const OWN_STAGES: readonly string[] = CAUSES_FIRST.slice(0, 7);

/** The payment as the read API shows it, without ids and times that differ between runs. */
export function naivePayment(reports: readonly ArrivedReport[]) {
  const order = inCausalOrder(reports);
  const { outcomes, state, counted, totalReversals } = foldNaively(order);
  const { captured, reversed, most } = capturedOf(counted);
  const refunded = refundedOf(counted);
  const shown = most !== null && refunded > most ? most : refunded;
  const all = captured !== null && captured > 0n ? captured : units(newest(counted, ({ amount }) => amount));
  const disputes = disputesOf(counted);
  const taken = disputes.filter(({ status }) => status !== 'won' && status !== 'closed');
  const attempt = lastAttempt(order, outcomes, totalReversals);
  const gatewayOrderId = newest(counted, (report) => report.gatewayOrderId);
  return {
    mode: newest(counted, ({ mode }) => mode),
    merchant: newest(counted, ({ merchant }) => merchant),
    orderId: newest(counted, ({ orderId }) => orderId) ?? gatewayOrderId,
    gatewayOrderId,
    currency: currencyOf(counted),
    amount: newest(counted, ({ amount }) => amount),
    amountCaptured: captured?.toString() ?? null,
    state,
    status:
      taken.length > 0
        ? 'disputed'
        : shown === 0n
          ? state
          : isPart(shown, all)
            ? 'partially_refunded'
            : 'refunded',
    amountRefunded: shown.toString(),
    amountDisputed: sum(taken).toString(),
    amountReversed: reversed.toString(),
    fee: newest(counted, ({ fee }) => fee),
    captures: capturesOf(counted).map(({ id, amount, status }) => ({ id, amount, status })),
    refunds: refundsOf(counted).map((refund) => ({ ...refund, createdAt: refund.createdAt.toISOString() })),
    disputes,
    failure: attempt && {
      code: newest(attempt.reports, ({ failure }) => failure?.code),
      message: newest(attempt.reports, ({ failure }) => failure?.message),
      attemptId: attempt.id,
    },
    customer: {
      id: newest(counted, ({ customer }) => customer?.id),
      email: newest(counted, ({ customer }) => customer?.email),
      phone: newest(counted, ({ customer }) => customer?.phone),
      name: newest(counted, ({ customer }) => customer?.name),
      locale: newest(counted, ({ customer }) => customer?.locale),
    },
    createdAt: order[0]?.occurredAt.toISOString(),
    timeline: order.map(({ key, eventId, type, kind, occurredAt }) => ({
      eventId,
      type,
      kind,
      occurredAt: occurredAt.toISOString(),
      outcome: outcomes.get(key),
    })),
  };
}

/** The last failed attempt, with the keys of its reports; null where none failed. */
export function naiveAttempt(
  reports: readonly ArrivedReport[],
): { id: string | null; keys: string[] } | null {
  const order = inCausalOrder(reports);
  const { outcomes, totalReversals } = foldNaively(order);
  const attempt = lastAttempt(order, outcomes, totalReversals);
  return attempt && { id: attempt.id, keys: attempt.reports.map(({ key }) => key) };
}

function inCausalOrder(reports: readonly ArrivedReport[]): ArrivedReport[] {
  const before = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
  return [...reports].sort(
    (a, b) =>
      a.occurredAt.getTime() - b.occurredAt.getTime() ||
      CAUSES_FIRST.indexOf(a.kind) - CAUSES_FIRST.indexOf(b.kind) ||
      before(a.eventId, b.eventId) ||
      before(a.key, b.key),
  );
}

/**
 * Folds the reports. `counted` are the reports whose facts are shown: all that are not refused, and refunds above the
 * refundable amount, which are refused and still shown. `totalReversals` are the reports that left nothing captured.
 */
function foldNaively(order: readonly ArrivedReport[]) {
  const outcomes = new Map<string, Outcome>();
  const counted: ArrivedReport[] = [];
  const totalReversals: ArrivedReport[] = [];
  let state: string | null = null;
  for (const report of order) {
    const known = currencyOf(counted);
    const outcome = findOutcome(report, state, known);
    outcomes.set(report.key, outcome);
    if (outcome === 'applied' && OWN_STAGES.includes(report.kind)) state = report.kind;
    state ??= 'created';
    if (outcome === 'refused') continue;
    const before = [...counted];
    const expected = report.currency ?? known;
    const inOtherCurrency =
      expected !== null && report.dispute !== null && (report.dispute.currency ?? expected) !== expected;
    counted.push(inOtherCurrency ? { ...report, dispute: null } : report);
    if (outcome !== 'applied') continue;
    const excessOf = (refunded: bigint) => refunded - (capturedOf(counted).most ?? refunded);
    const refunded = refundedOf(counted);
    const exceeds = excessOf(refunded) > 0n && refunded > refundedOf(before, counted);
    if (inOtherCurrency || (exceeds && report.kind !== 'failed')) outcomes.set(report.key, 'refused');
    if (!isTotalReversal(report, state, counted)) continue;
    if (state !== 'failed' || attemptIdOf(report) !== null) totalReversals.push(report);
    state = 'failed';
  }
  return { outcomes, counted, state, totalReversals };
}

const currencyOf = (counted: readonly ArrivedReport[]): string | null =>
  newest(counted, ({ currency, dispute }) => currency ?? dispute?.currency);

/** Whether a reversal left nothing captured, or the capture that the payment succeeded by failed. */
function isTotalReversal(report: ArrivedReport, state: string, counted: readonly ArrivedReport[]): boolean {
  const reversal = isReversal(report);
  if (reversal ? state === 'canceled' : state !== 'succeeded' || report.captures.length === 0) return false;
  const { captured, reversed } = capturedOf(counted);
  return (captured ?? 0n) === 0n && (reversed > 0n || (reversal && report.reversedTotal === null));
}

const attemptIdOf = ({ failure, captures }: ArrivedReport): string | null =>
  failure?.attemptId ?? (captures.length === 1 ? captures[0]?.id : null) ?? null;

function findOutcome({ kind, currency }: ArrivedReport, state: string | null, known: string | null): Outcome {
  if (known !== null && currency !== null && currency !== known) return 'refused';
  if (state === null) return 'applied';
  const isAmong = (...states: string[]) => states.includes(state);
  if (kind === 'created') return 'superseded';
  if (kind === 'requires_action' || kind === 'processing')
    return isAmong('authorized', 'succeeded', 'canceled') ? 'superseded' : 'applied';
  if (kind === 'failed') return isAmong('succeeded', 'canceled') ? 'refused' : 'applied';
  if (kind === 'authorized')
    return isAmong('succeeded') ? 'superseded' : isAmong('canceled') ? 'refused' : 'applied';
  if (kind === 'canceled') return isAmong('succeeded') ? 'refused' : 'applied';
  return 'applied';
}

const units = (amount: string | null): bigint | null => (amount === null ? null : BigInt(amount));

const isPart = (refunded: bigint, all: bigint | null): boolean => all !== null && refunded < all;

function disputesOf(reports: readonly ArrivedReport[]) {
  return idsOf(reports, ({ dispute }) => dispute?.id).map((id) => {
    const own = reports.filter(({ dispute }) => dispute?.id === id);
    return {
      id,
      amount: newest(own, ({ dispute }) => dispute?.amount),
      status: newest(own, ({ dispute }) => dispute?.status),
      reason: newest(own, ({ dispute }) => dispute?.reason),
    };
  });
}

const idsOf = (
  reports: readonly ArrivedReport[],
  id: (report: ArrivedReport) => string | undefined,
): string[] => [...new Set(reports.map(id).filter((each) => each !== undefined))];

/**
 * The last failed attempt. The gateway's id identifies it. Without ids, failed reports with no other kind between them
 * are one attempt. A reversal that leaves nothing captured is an attempt of its own.
 */
function lastAttempt(
  order: readonly ArrivedReport[],
  outcomes: ReadonlyMap<string, Outcome>,
  totalReversals: readonly ArrivedReport[],
) {
  let attempt: { id: string | null; reports: ArrivedReport[] } | null = null;
  order.forEach((report, at) => {
    const takes = totalReversals.includes(report);
    if (!takes && (report.kind !== 'failed' || outcomes.get(report.key) !== 'applied')) return;
    const id = takes ? attemptIdOf(report) : (report.failure?.attemptId ?? null);
    const brokenAt = order.slice(0, at).findLastIndex(({ kind }) => kind !== 'failed');
    const run = order.slice(brokenAt + 1, at);
    const inRun = !takes && (attempt?.reports.some((each) => run.includes(each)) ?? false);
    const same = id !== null && id === attempt?.id;
    const joins = attempt !== null && (same || (inRun && (id === null || attempt.id === null)));
    attempt =
      joins && attempt
        ? { id: attempt.id ?? id, reports: [...attempt.reports, report] }
        : { id, reports: [report] };
  });
  return attempt as { id: string | null; reports: ArrivedReport[] } | null;
}
