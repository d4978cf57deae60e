import type { PaymentReport, ReportedRefund } from '../../src/payments/report/payment-report.js';

/* Derives captured, reversed and refunded amounts from all counted reports, in causal order. See naive-payment.ts. */

type CountedReports = readonly PaymentReport[];

export function newest<Report, Value>(
  reports: readonly Report[],
  field: (report: Report) => Value | null | undefined,
): Value | null {
  return reports.map(field).findLast((value) => value !== null && value !== undefined) ?? null;
}

export const sum = (amounts: readonly { amount: string | null }[]): bigint =>
  amounts.reduce((all, { amount }) => all + BigInt(amount ?? 0), 0n);

const larger = (one: bigint, other: bigint): bigint => (one > other ? one : other);
const smaller = (one: bigint, other: bigint): bigint => (one < other ? one : other);

export const isReversal = ({ kind }: PaymentReport): boolean =>
  kind === 'capture_failed' || kind === 'reversed';

/** The items of all reports by id, each with every statement about it, in causal order. */
function byId<Item extends { id: string }>(
  reports: CountedReports,
  field: (report: PaymentReport) => readonly Item[],
) {
  const mentions = reports.flatMap((report) => field(report).map((stated) => ({ stated, report })));
  return [...new Set(mentions.map(({ stated }) => stated.id))].map((id) => ({
    id,
    own: mentions.filter(({ stated }) => stated.id === id),
  }));
}

export function capturesOf(reports: CountedReports) {
  return byId(reports, ({ captures }) => captures).map(({ id, own }) => ({
    id,
    amount: newest(own, ({ stated }) => stated.amount),
    status: newest(own, ({ stated }) => stated.status) ?? 'pending',
    came: own.some(({ stated }) => stated.status === 'succeeded' || stated.status === 'reversed'),
  }));
}

/**
 * `captured` is the amount left after reversals, `reversed` the reversed amount, `most` the refundable amount. Captures
 * with ids are preferred to totals.
 */
export function capturedOf(reports: CountedReports): {
  captured: bigint | null;
  reversed: bigint;
  most: bigint | null;
} {
  const captures = capturesOf(reports);
  const amount = asUnits(newest(reports, (report) => report.amount));
  const came = captures.length > 0 ? sum(captures.filter((capture) => capture.came)) : mostByFigures(reports);
  const most = came !== null && came > 0n ? came : amount;
  const goneById = captures.filter(
    (capture) => capture.came && (capture.status === 'failed' || capture.status === 'reversed'),
  );
  const gone = larger(sum(goneById), reversedByTotal(reports));
  const reversed = most === null ? gone : smaller(gone, most);

  const figure =
    captures.length > 0
      ? sum(captures.filter(({ status }) => status === 'succeeded'))
      : asUnits(newest(reports, (report) => report.amountCaptured));
  if (figure === null)
    return { captured: reversed > 0n && most !== null ? most - reversed : null, reversed, most };
  const left = came === null ? figure : came - reversed;
  return { captured: larger(smaller(figure, left), 0n), reversed, most };
}

const asUnits = (units: string | null): bigint | null => (units === null ? null : BigInt(units));

/** The largest total. A capture after everything was reversed adds to it. */
function mostByFigures(reports: CountedReports): bigint | null {
  let most: bigint | null = null;
  reports.forEach((report, at) => {
    const figure = asUnits(report.amountCaptured);
    if (figure !== null) most = most === null ? figure : larger(most, figure);
    const before = reports.slice(0, at);
    if (report.kind !== 'succeeded' || capturesOf(before).length > 0) return;
    const { captured, reversed } = capturedOf(before);
    if (reversed === 0n || (captured !== null && captured > 0n)) return;
    const upTo = reports.slice(0, at + 1);
    const again =
      newest(upTo, ({ amountCaptured }) => amountCaptured) ?? newest(upTo, ({ amount }) => amount);
    if (again !== null) most = larger(most ?? 0n, reversed + BigInt(again));
  });
  return most;
}

/** The reversed total. A reversal without a total reverses everything. Of two totals of one moment the larger counts. */
function reversedByTotal(reports: CountedReports): bigint {
  const totals = reports.flatMap((report, at) => {
    if (report.reversedTotal !== null) return [{ amount: BigInt(report.reversedTotal), report }];
    if (!isReversal(report) || report.captures.length > 0) return [];
    const all = everCapturedSoFar(reports.slice(0, at + 1));
    return all === null ? [] : [{ amount: all, report }];
  });
  return newestTotal(totals)?.amount ?? 0n;
}

function everCapturedSoFar(upTo: CountedReports): bigint | null {
  const captures = capturesOf(upTo);
  const came = captures.length > 0 ? sum(captures.filter((capture) => capture.came)) : mostByFigures(upTo);
  if (came !== null && came > 0n) return came;
  const sure = upTo.some(({ kind }) => kind === 'succeeded') || upTo.at(-1)?.kind === 'reversed';
  return sure ? asUnits(newest(upTo, ({ amount }) => amount)) : null;
}

/** The largest total of the last moment. Of equal totals the first one. */
function newestTotal<Total extends { amount: bigint; report: PaymentReport }>(
  totals: readonly Total[],
): Total | undefined {
  const second = totals.at(-1)?.report.occurredAt.getTime();
  const rivals = totals.filter(({ report }) => report.occurredAt.getTime() === second);
  return rivals.find(({ amount }) => rivals.every((rival) => rival.amount <= amount));
}

const isFailed = ({ status }: Pick<ReportedRefund, 'status'>): boolean =>
  status === 'failed' || status === 'canceled';

/** The refunds by id, without releases. `all` are the reports that decide which refunds are releases. */
export function refundsOf(reports: CountedReports, all: CountedReports = reports) {
  return byId(reports, oldestFirst)
    .map(({ id, own }) => ({
      id,
      amount: newest(own, ({ stated }) => stated.amount),
      status: newest(own, ({ stated }) => stated.status) ?? 'pending',
      createdAt: newest(own, ({ stated }) => stated.createdAt) ?? own[0]?.report.occurredAt ?? new Date(NaN),
      mayBeRelease: own.some(({ stated }) => stated.mayBeRelease === true),
    }))
    .filter((refund) => !(refund.mayBeRelease && isRelease(refund, all)))
    .map(({ mayBeRelease: _flag, ...refund }) => refund);
}

/** The refunds of one report, oldest first. */
function oldestFirst({ refunds, occurredAt }: PaymentReport): ReportedRefund[] {
  const age = ({ createdAt }: ReportedRefund) => (createdAt ?? occurredAt).getTime();
  return [...refunds].sort((a, b) => age(a) - age(b));
}

/** Whether a refund is the release of the uncaptured amount, at most 60 s from the capture or the cancellation. */
function isRelease(refund: { amount: string | null; createdAt: Date }, all: CountedReports): boolean {
  const capturedAt = all.find(({ kind }) => kind === 'succeeded')?.occurredAt;
  const canceledAt = all.find(({ kind }) => kind === 'canceled')?.occurredAt;
  const came = everCaptured(all);
  const nothingCaptured = came === 0n || (came === null && canceledAt !== undefined);
  if (capturedAt === undefined && nothingCaptured) return true;
  const amount = asUnits(newest(all, (report) => report.amount));
  if (amount === null || refund.amount === null) return false;
  const rest = amount - (came ?? (capturedAt === undefined ? 0n : amount));
  const isNear = (moment: Date | undefined) =>
    moment !== undefined && Math.abs(refund.createdAt.getTime() - moment.getTime()) <= 60_000;
  return rest > 0n && BigInt(refund.amount) === rest && (isNear(capturedAt) || isNear(canceledAt));
}

const everCaptured = (reports: CountedReports): bigint | null => {
  const captures = capturesOf(reports);
  return captures.length > 0 ? sum(captures.filter(({ came }) => came)) : mostByFigures(reports);
};

/** The larger of two figures: the sum of standing refunds, and the newest total less refunds that failed after it. */
export function refundedOf(reports: CountedReports, all: CountedReports = reports): bigint {
  const refunds = refundsOf(reports, all);
  const standing = sum(refunds.filter((refund) => !isFailed(refund)));
  const total = newestTotal(refundTotals(reports));
  if (!total) return standing;
  const failedAfter = refunds.filter(
    (refund) =>
      isFailed(refund) && !total.without.includes(refund.id) && refund.createdAt <= total.report.occurredAt,
  );
  return larger(total.amount - sum(failedAfter), standing);
}

/**
 * The totals of all reports. A total in the report of a failed refund may or may not include that refund. An earlier
 * total is better. Without one, the total is assumed to include the refund if it is large enough.
 */
function refundTotals(reports: CountedReports) {
  const totals: { amount: bigint; report: PaymentReport; without: string[] }[] = [];
  reports.forEach((report, at) => {
    if (report.refundedTotal === null) return;
    const amount = BigInt(report.refundedTotal);
    const known = byIdAll(reports.slice(0, at + 1));
    const failedHere = known.filter(
      (refund) =>
        isFailed(refund) && report.refunds.some((stated) => stated.id === refund.id && isFailed(stated)),
    );
    if (failedHere.length > 0 && totals.length > 0) return;
    const without = known
      .filter(isFailed)
      .filter((refund) => !failedHere.includes(refund) || amount < sum(failedHere))
      .map(({ id }) => id);
    totals.push({ amount, report, without });
  });
  return totals;
}

const byIdAll = (reports: CountedReports) =>
  byId(reports, oldestFirst).map(({ id, own }) => ({
    id,
    amount: newest(own, ({ stated }) => stated.amount),
    status: newest(own, ({ stated }) => stated.status) ?? ('pending' as const),
  }));
