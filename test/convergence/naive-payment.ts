import type { PaymentReport, ReportKind } from '../../src/payments/report/payment-report.js';
import { capturedOf, capturesOf, newest, refundedOf, refundsOf, sum, takesBack } from './naive-money.js';

/**
 * What a payment must show, worked out once more from the rules alone: everything anew from the whole prefix at each
 * step, nothing carried along, nothing of the projection's code. Slow, and easy to read against the rules.
 */

/** A report as it arrived, with its event's id and a key that is its own. */
export interface ArrivedReport extends PaymentReport {
  key: string;
  eventId: string;
}

type Outcome = 'applied' | 'superseded' | 'refused';

/** The kinds, earliest cause first. Written out here: a rank that changes by mistake must be seen. */
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

/** As the read API shows it, without what differs from one payment or one run to the next. */
export function naivePayment(reports: readonly ArrivedReport[]) {
  const order = inCausalOrder(reports);
  const { outcomes, state, heeded, lost } = judge(order);
  const { captured, reversed, most } = capturedOf(heeded);
  const refunded = refundedOf(heeded);
  const shown = most !== null && refunded > most ? most : refunded;
  const all = captured !== null && captured > 0n ? captured : units(newest(heeded, ({ amount }) => amount));
  const disputes = disputesOf(heeded);
  const taken = disputes.filter(({ status }) => status !== 'won' && status !== 'closed');
  const attempt = lastAttempt(order, outcomes, lost);
  const gatewayOrderId = newest(heeded, (report) => report.gatewayOrderId);
  return {
    mode: newest(heeded, ({ mode }) => mode),
    merchant: newest(heeded, ({ merchant }) => merchant),
    orderId: newest(heeded, ({ orderId }) => orderId) ?? gatewayOrderId,
    gatewayOrderId,
    currency: currencyOf(heeded),
    amount: newest(heeded, ({ amount }) => amount),
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
    fee: newest(heeded, ({ fee }) => fee),
    captures: capturesOf(heeded).map(({ id, amount, status }) => ({ id, amount, status })),
    refunds: refundsOf(heeded).map((refund) => ({ ...refund, createdAt: refund.createdAt.toISOString() })),
    disputes,
    failure: attempt && {
      code: newest(attempt.reports, ({ failure }) => failure?.code),
      message: newest(attempt.reports, ({ failure }) => failure?.message),
      attemptId: attempt.id,
    },
    customer: {
      id: newest(heeded, ({ customer }) => customer?.id),
      email: newest(heeded, ({ customer }) => customer?.email),
      phone: newest(heeded, ({ customer }) => customer?.phone),
      name: newest(heeded, ({ customer }) => customer?.name),
      locale: newest(heeded, ({ customer }) => customer?.locale),
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

/** The attempt whose failure was the last to count, by the keys of its reports; null where none failed. */
export function naiveAttempt(
  reports: readonly ArrivedReport[],
): { id: string | null; keys: string[] } | null {
  const order = inCausalOrder(reports);
  const { outcomes, lost } = judge(order);
  const attempt = lastAttempt(order, outcomes, lost);
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
 * Heeded is what may tell something: all but what was refused, and refunds beyond what was taken, which are shown.
 * Lost are the reports that took the last of what was captured.
 */
function judge(order: readonly ArrivedReport[]) {
  const outcomes = new Map<string, Outcome>();
  const heeded: ArrivedReport[] = [];
  const lost: ArrivedReport[] = [];
  let state: string | null = null;
  for (const report of order) {
    const known = currencyOf(heeded);
    const outcome = verdict(report, state, known);
    outcomes.set(report.key, outcome);
    if (outcome === 'applied' && OWN_STAGES.includes(report.kind)) state = report.kind;
    state ??= 'created';
    if (outcome === 'refused') continue;
    const before = [...heeded];
    const inOurs = report.currency ?? known;
    const foreign =
      inOurs !== null && report.dispute !== null && (report.dispute.currency ?? inOurs) !== inOurs;
    heeded.push(foreign ? { ...report, dispute: null } : report);
    if (outcome !== 'applied') continue;
    const tooMuch = (refunded: bigint) => refunded - (capturedOf(heeded).most ?? refunded);
    const refunded = refundedOf(heeded);
    const grows = tooMuch(refunded) > 0n && refunded > refundedOf(before, heeded);
    if (foreign || (grows && report.kind !== 'failed')) outcomes.set(report.key, 'refused');
    if (!takesTheLast(report, state, heeded)) continue;
    if (state !== 'failed' || attemptIdOf(report) !== null) lost.push(report);
    state = 'failed';
  }
  return { outcomes, heeded, state, lost };
}

const currencyOf = (heeded: readonly ArrivedReport[]): string | null =>
  newest(heeded, ({ currency, dispute }) => currency ?? dispute?.currency);

/** Nothing of what was captured is left after this report, or its capture came to nothing. */
function takesTheLast(report: ArrivedReport, state: string, heeded: readonly ArrivedReport[]): boolean {
  const back = takesBack(report);
  if (back ? state === 'canceled' : state !== 'succeeded' || report.captures.length === 0) return false;
  const { captured, reversed } = capturedOf(heeded);
  return (captured ?? 0n) === 0n && (reversed > 0n || (back && report.reversedTotal === null));
}

const attemptIdOf = ({ failure, captures }: ArrivedReport): string | null =>
  failure?.attemptId ?? (captures.length === 1 ? captures[0]?.id : null) ?? null;

function verdict({ kind, currency }: ArrivedReport, state: string | null, known: string | null): Outcome {
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

function disputesOf(told: readonly ArrivedReport[]) {
  return idsOf(told, ({ dispute }) => dispute?.id).map((id) => {
    const own = told.filter(({ dispute }) => dispute?.id === id);
    return {
      id,
      amount: newest(own, ({ dispute }) => dispute?.amount),
      status: newest(own, ({ dispute }) => dispute?.status),
      reason: newest(own, ({ dispute }) => dispute?.reason),
    };
  });
}

const idsOf = (
  told: readonly ArrivedReport[],
  id: (report: ArrivedReport) => string | undefined,
): string[] => [...new Set(told.map(id).filter((each) => each !== undefined))];

/**
 * By the gateway's id; failed reports with no other kind between them are one attempt unless two of them name two. What
 * takes the last of the money is an attempt of its own.
 */
function lastAttempt(
  order: readonly ArrivedReport[],
  outcomes: ReadonlyMap<string, Outcome>,
  lost: readonly ArrivedReport[],
) {
  let attempt: { id: string | null; reports: ArrivedReport[] } | null = null;
  order.forEach((report, at) => {
    const takes = lost.includes(report);
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
