import type { PaymentReport, ReportedRefund, ReportKind } from '../../src/payments/payment-report.js';

/**
 * What a payment must show, worked out once more from the rules alone: everything anew from the whole prefix at each
 * step, nothing carried along, nothing of the projection's code. Slow, and easy to read against the rules.
 */

/** A report as it arrived, with its event's id and a key that is its own. */
export interface Arrived extends PaymentReport {
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
export function naivePayment(reports: readonly Arrived[]) {
  const order = inCausalOrder(reports);
  const { outcomes, state, heeded } = judge(order);
  const refunded = refundedOf(heeded);
  const cap = capOf(heeded);
  const shown = cap !== null && refunded > cap ? cap : refunded;
  const disputes = disputesOf(heeded);
  const taken = disputes.filter(({ status }) => status !== 'won');
  const attempt = lastAttempt(order, outcomes);
  return {
    mode: newest(heeded, ({ mode }) => mode),
    orderId: newest(heeded, ({ orderId }) => orderId),
    gatewayOrderId: newest(heeded, ({ gatewayOrderId }) => gatewayOrderId),
    currency: newest(heeded, ({ currency }) => currency),
    amount: newest(heeded, ({ amount }) => amount),
    amountCaptured: newest(heeded, ({ amountCaptured }) => amountCaptured),
    state,
    status:
      taken.length > 0
        ? 'disputed'
        : shown === 0n
          ? state
          : isPart(shown, cap)
            ? 'partially_refunded'
            : 'refunded',
    amountRefunded: shown.toString(),
    amountDisputed: sum(taken).toString(),
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
export function naiveAttempt(reports: readonly Arrived[]): { id: string | null; keys: string[] } | null {
  const order = inCausalOrder(reports);
  const attempt = lastAttempt(order, judge(order).outcomes);
  return attempt && { id: attempt.id, keys: attempt.reports.map(({ key }) => key) };
}

function inCausalOrder(reports: readonly Arrived[]): Arrived[] {
  const before = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
  return [...reports].sort(
    (a, b) =>
      a.occurredAt.getTime() - b.occurredAt.getTime() ||
      CAUSES_FIRST.indexOf(a.kind) - CAUSES_FIRST.indexOf(b.kind) ||
      before(a.eventId, b.eventId) ||
      before(a.key, b.key),
  );
}

/** Heeded is what may tell something: all but what was refused, and refunds beyond what was taken, which are shown. */
function judge(order: readonly Arrived[]) {
  const outcomes = new Map<string, Outcome>();
  const heeded: Arrived[] = [];
  let state: string | null = null;
  for (const report of order) {
    const outcome = verdict(
      report,
      state,
      newest(heeded, ({ currency }) => currency),
    );
    outcomes.set(report.key, outcome);
    if (outcome === 'applied' && OWN_STAGES.includes(report.kind)) state = report.kind;
    state ??= 'created';
    if (outcome === 'refused') continue;
    const before = refundedOf(heeded);
    heeded.push(report);
    const tooMuch = (refunded: bigint) => refunded - (capOf(heeded) ?? refunded);
    const grows = tooMuch(refundedOf(heeded)) > 0n && refundedOf(heeded) > before;
    if (grows && outcome === 'applied' && report.kind !== 'failed') outcomes.set(report.key, 'refused');
  }
  return { outcomes, heeded, state };
}

function verdict({ kind, currency }: Arrived, state: string | null, known: string | null): Outcome {
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

function newest<Value>(
  told: readonly Arrived[],
  field: (report: Arrived) => Value | null | undefined,
): Value | null {
  return told.map(field).findLast((value) => value !== null && value !== undefined) ?? null;
}

/** What can be given back at most. */
function capOf(told: readonly Arrived[]): bigint | null {
  const captured = newest(told, ({ amountCaptured }) => amountCaptured);
  const most = captured !== null && captured !== '0' ? captured : newest(told, ({ amount }) => amount);
  return most === null ? null : BigInt(most);
}

const isPart = (refunded: bigint, cap: bigint | null): boolean => cap !== null && refunded < cap;

const fell = ({ status }: Pick<ReportedRefund, 'status'>): boolean =>
  status === 'failed' || status === 'canceled';

/** The larger of what stands by id, and the newest total less the refunds in it that fell after it was told. */
function refundedOf(told: readonly Arrived[]): bigint {
  const refunds = refundsOf(told);
  const standing = sum(refunds.filter((refund) => !fell(refund)));
  const at = told.findLastIndex(({ refundedTotal }) => refundedTotal !== null);
  const total = told[at];
  if (!total) return standing;
  const fallenBefore = refundsOf(told.slice(0, at + 1))
    .filter(fell)
    .map(({ id }) => id);
  const fallenAfter = refunds.filter(
    (refund) => fell(refund) && !fallenBefore.includes(refund.id) && refund.createdAt <= total.occurredAt,
  );
  const left = BigInt(total.refundedTotal ?? 0) - sum(fallenAfter);
  return left > standing ? left : standing;
}

function refundsOf(told: readonly Arrived[]) {
  const mentions = told.flatMap(({ refunds, occurredAt }) =>
    refunds.map((refund) => ({ refund, occurredAt })),
  );
  return [...new Set(mentions.map(({ refund }) => refund.id))].map((id) => {
    const own = mentions.filter(({ refund }) => refund.id === id);
    const last = <Value>(field: (refund: ReportedRefund) => Value | null) =>
      own.map(({ refund }) => field(refund)).findLast((value) => value !== null) ?? null;
    return {
      id,
      amount: last(({ amount }) => amount),
      status: last(({ status }) => status) ?? 'pending',
      createdAt: last(({ createdAt }) => createdAt) ?? own[0]?.occurredAt ?? new Date(NaN),
    };
  });
}

function disputesOf(told: readonly Arrived[]) {
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

const idsOf = (told: readonly Arrived[], id: (report: Arrived) => string | undefined): string[] => [
  ...new Set(told.map(id).filter((each) => each !== undefined)),
];

const sum = (amounts: readonly { amount: string | null }[]): bigint =>
  amounts.reduce((all, { amount }) => all + BigInt(amount ?? 0), 0n);

/** By the gateway's id; without one, failed reports with no other kind between them are one attempt. */
function lastAttempt(order: readonly Arrived[], outcomes: ReadonlyMap<string, Outcome>) {
  let attempt: { id: string | null; reports: Arrived[] } | null = null;
  order.forEach((report, at) => {
    if (report.kind !== 'failed' || outcomes.get(report.key) !== 'applied') return;
    const id = report.failure?.attemptId ?? null;
    const brokenAt = order.slice(0, at).findLastIndex(({ kind }) => kind !== 'failed');
    const run = order.slice(brokenAt + 1, at);
    const inRun = attempt?.reports.some((each) => run.includes(each)) ?? false;
    const joins = attempt !== null && (id === null ? inRun : id === attempt.id);
    attempt =
      joins && attempt ? { ...attempt, reports: [...attempt.reports, report] } : { id, reports: [report] };
  });
  return attempt as { id: string | null; reports: Arrived[] } | null;
}
