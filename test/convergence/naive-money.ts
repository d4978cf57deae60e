import type { PaymentReport, ReportedRefund } from '../../src/payments/report/payment-report.js';

/** What was captured, reversed and refunded, from all that is heeded, in causal order. See naive-payment.ts. */

type Heeded = readonly PaymentReport[];

export function newest<Report, Value>(
  told: readonly Report[],
  field: (report: Report) => Value | null | undefined,
): Value | null {
  return told.map(field).findLast((value) => value !== null && value !== undefined) ?? null;
}

export const sum = (amounts: readonly { amount: string | null }[]): bigint =>
  amounts.reduce((all, { amount }) => all + BigInt(amount ?? 0), 0n);

const larger = (one: bigint, other: bigint): bigint => (one > other ? one : other);
const smaller = (one: bigint, other: bigint): bigint => (one < other ? one : other);

export const takesBack = ({ kind }: PaymentReport): boolean =>
  kind === 'capture_failed' || kind === 'reversed';

/** Everything that is told by id, each with all that was said of it, in order. */
function byId<Told extends { id: string }>(told: Heeded, field: (report: PaymentReport) => readonly Told[]) {
  const mentions = told.flatMap((report) => field(report).map((said) => ({ said, report })));
  return [...new Set(mentions.map(({ said }) => said.id))].map((id) => ({
    id,
    own: mentions.filter(({ said }) => said.id === id),
  }));
}

export function capturesOf(told: Heeded) {
  return byId(told, ({ captures }) => captures).map(({ id, own }) => ({
    id,
    amount: newest(own, ({ said }) => said.amount),
    status: newest(own, ({ said }) => said.status) ?? 'pending',
    came: own.some(({ said }) => said.status === 'succeeded' || said.status === 'reversed'),
  }));
}

/**
 * Captured is what is left, reversed what went again, most all that ever came. By id where captures are told so, else
 * by figures.
 */
export function capturedOf(told: Heeded): {
  captured: bigint | null;
  reversed: bigint;
  most: bigint | null;
} {
  const captures = capturesOf(told);
  const amount = asUnits(newest(told, (report) => report.amount));
  const came = captures.length > 0 ? sum(captures.filter((capture) => capture.came)) : mostByFigures(told);
  const most = came !== null && came > 0n ? came : amount;
  const goneById = captures.filter(
    (capture) => capture.came && (capture.status === 'failed' || capture.status === 'reversed'),
  );
  const gone = larger(sum(goneById), reversedByTotal(told));
  const reversed = most === null ? gone : smaller(gone, most);

  const figure =
    captures.length > 0
      ? sum(captures.filter(({ status }) => status === 'succeeded'))
      : asUnits(newest(told, (report) => report.amountCaptured));
  if (figure === null)
    return { captured: reversed > 0n && most !== null ? most - reversed : null, reversed, most };
  const left = came === null ? figure : came - reversed;
  return { captured: larger(smaller(figure, left), 0n), reversed, most };
}

const asUnits = (units: string | null): bigint | null => (units === null ? null : BigInt(units));

/** Money that comes after all that came was reversed is new money. */
function mostByFigures(told: Heeded): bigint | null {
  let most: bigint | null = null;
  told.forEach((report, at) => {
    const figure = asUnits(report.amountCaptured);
    if (figure !== null) most = most === null ? figure : larger(most, figure);
    const before = told.slice(0, at);
    if (report.kind !== 'succeeded' || capturesOf(before).length > 0) return;
    const { captured, reversed } = capturedOf(before);
    if (reversed === 0n || (captured !== null && captured > 0n)) return;
    const upTo = told.slice(0, at + 1);
    const again =
      newest(upTo, ({ amountCaptured }) => amountCaptured) ?? newest(upTo, ({ amount }) => amount);
    if (again !== null) most = larger(most ?? 0n, reversed + BigInt(again));
  });
  return most;
}

/** A reversal without any figure reverses all there was. Of two totals of one second the larger counts. */
function reversedByTotal(told: Heeded): bigint {
  const totals = told.flatMap((report, at) => {
    if (report.reversedTotal !== null) return [{ amount: BigInt(report.reversedTotal), report }];
    if (!takesBack(report) || report.captures.length > 0) return [];
    const all = everything(told.slice(0, at + 1));
    return all === null ? [] : [{ amount: all, report }];
  });
  return newestTotal(totals)?.amount ?? 0n;
}

function everything(upTo: Heeded): bigint | null {
  const captures = capturesOf(upTo);
  const came = captures.length > 0 ? sum(captures.filter((capture) => capture.came)) : mostByFigures(upTo);
  if (came !== null && came > 0n) return came;
  const sure = upTo.some(({ kind }) => kind === 'succeeded') || upTo.at(-1)?.kind === 'reversed';
  return sure ? asUnits(newest(upTo, ({ amount }) => amount)) : null;
}

/** The last; but of those of its second the largest, and of equal ones the first. */
function newestTotal<Total extends { amount: bigint; report: PaymentReport }>(
  totals: readonly Total[],
): Total | undefined {
  const second = totals.at(-1)?.report.occurredAt.getTime();
  const rivals = totals.filter(({ report }) => report.occurredAt.getTime() === second);
  return rivals.find(({ amount }) => rivals.every((rival) => rival.amount <= amount));
}

const fell = ({ status }: Pick<ReportedRefund, 'status'>): boolean =>
  status === 'failed' || status === 'canceled';

/** All refunds by id. Which of them are releases is decided by `whole`, all that is known. */
export function refundsOf(told: Heeded, whole: Heeded = told) {
  return byId(told, byAge)
    .map(({ id, own }) => ({
      id,
      amount: newest(own, ({ said }) => said.amount),
      status: newest(own, ({ said }) => said.status) ?? 'pending',
      createdAt: newest(own, ({ said }) => said.createdAt) ?? own[0]?.report.occurredAt ?? new Date(NaN),
      mayBeRelease: own.some(({ said }) => said.mayBeRelease === true),
    }))
    .filter((refund) => !(refund.mayBeRelease && isRelease(refund, whole)))
    .map(({ mayBeRelease: _flag, ...refund }) => refund);
}

/** Those of one report in the order in which they were made. */
function byAge({ refunds, occurredAt }: PaymentReport): ReportedRefund[] {
  const age = ({ createdAt }: ReportedRefund) => (createdAt ?? occurredAt).getTime();
  return [...refunds].sort((a, b) => age(a) - age(b));
}

/** The uncaptured rest, let go with the capture or the cancelation. */
function isRelease(refund: { amount: string | null; createdAt: Date }, whole: Heeded): boolean {
  const capturedAt = whole.find(({ kind }) => kind === 'succeeded')?.occurredAt;
  const canceledAt = whole.find(({ kind }) => kind === 'canceled')?.occurredAt;
  const { came } = { came: everCaptured(whole) };
  const toldNothingCame = came === 0n || (came === null && canceledAt !== undefined);
  if (capturedAt === undefined && toldNothingCame) return true;
  const amount = asUnits(newest(whole, (report) => report.amount));
  if (amount === null || refund.amount === null) return false;
  const rest = amount - (came ?? (capturedAt === undefined ? 0n : amount));
  const isNear = (moment: Date | undefined) =>
    moment !== undefined && Math.abs(refund.createdAt.getTime() - moment.getTime()) <= 60_000;
  return rest > 0n && BigInt(refund.amount) === rest && (isNear(capturedAt) || isNear(canceledAt));
}

const everCaptured = (told: Heeded): bigint | null => {
  const captures = capturesOf(told);
  return captures.length > 0 ? sum(captures.filter(({ came }) => came)) : mostByFigures(told);
};

/** The larger of what stands by id, and the newest total less the refunds in it that fell after it was told. */
export function refundedOf(told: Heeded, whole: Heeded = told): bigint {
  const refunds = refundsOf(told, whole);
  const standing = sum(refunds.filter((refund) => !fell(refund)));
  const total = newestTotal(refundTotals(told));
  if (!total) return standing;
  const fallenAfter = refunds.filter(
    (refund) =>
      fell(refund) && !total.without.includes(refund.id) && refund.createdAt <= total.report.occurredAt,
  );
  return larger(total.amount - sum(fallenAfter), standing);
}

/**
 * A total that comes with a failed refund may or may not hold it. One before is better; without one, it is taken to
 * hold it if it is large enough.
 */
function refundTotals(told: Heeded) {
  const totals: { amount: bigint; report: PaymentReport; without: string[] }[] = [];
  told.forEach((report, at) => {
    if (report.refundedTotal === null) return;
    const amount = BigInt(report.refundedTotal);
    const known = byIdAll(told.slice(0, at + 1));
    const fallenHere = known.filter(
      (refund) => fell(refund) && report.refunds.some((said) => said.id === refund.id && fell(said)),
    );
    if (fallenHere.length > 0 && totals.length > 0) return;
    const without = known
      .filter(fell)
      .filter((refund) => !fallenHere.includes(refund) || amount < sum(fallenHere))
      .map(({ id }) => id);
    totals.push({ amount, report, without });
  });
  return totals;
}

const byIdAll = (told: Heeded) =>
  byId(told, byAge).map(({ id, own }) => ({
    id,
    amount: newest(own, ({ said }) => said.amount),
    status: newest(own, ({ said }) => said.status) ?? ('pending' as const),
  }));
