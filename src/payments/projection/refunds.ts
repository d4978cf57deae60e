import type { MinorUnits, PaymentReport, ReportedRefund } from '../report/payment-report.js';
import { replacesTotal, type RunningTotal } from './running-total.js';

/** One refund as it was last reported. `createdAt` is in milliseconds since 1970. */
export interface Refund {
  id: string;
  amount: MinorUnits | null;
  status: ReportedRefund['status'];
  createdAt: number;
  /** See {@link ReportedRefund}. */
  mayBeRelease?: true;
}

/** Refunds by id, and the newest running total. A gateway reports refunds by id, or the total, or both. */
export interface Refunds {
  byId: readonly Refund[];
  total:
    | (RunningTotal & {
        /** Ids of refunds that had failed before the total was reported. The total does not include them. */
        without: readonly string[];
      })
    | null;
}

export const NO_REFUNDS: Refunds = { byId: [], total: null };

/** The facts that decide whether a refund is the release of an uncaptured amount. Times are in milliseconds. */
export interface Settlement {
  amount: MinorUnits | null;
  /** The largest amount that was ever captured; null while no report told one. */
  everCaptured: bigint | null;
  capturedAt: number | null;
  canceledAt: number | null;
}

export const toSettlement = (
  { amount, capturedAt, canceledAt }: Omit<Settlement, 'everCaptured'>,
  everCaptured: bigint | null,
): Settlement => ({ amount, everCaptured, capturedAt, canceledAt });

/** A release happens with the request that captures or cancels. A refund of the same amount after 60 s is a refund. */
const RELEASE_WINDOW_MS = 60_000;

/** True for most payments, so the hot path returns early. */
export const hasNoRefunds = ({ byId, total }: Refunds): boolean => byId.length === 0 && total === null;

/** A refund that is pending or succeeded counts; one that failed or was canceled does not. */
const isStanding = (refund: Pick<Refund, 'status'>): boolean =>
  refund.status === 'pending' || refund.status === 'succeeded';

/** Adds what a report tells about refunds. `at` is the time of the report in milliseconds. */
export function applyRefunds(refunds: Refunds, report: PaymentReport, at: number): Refunds {
  if (report.refunds.length === 0 && report.refundedTotal === null) return refunds;
  const byId = oldestFirst(report.refunds, at).reduce(
    (merged, refund) => mergeRefund(merged, refund, at),
    refunds.byId,
  );
  const total = toRunningTotal(byId, report, at, refunds.total !== null);
  if (total !== null && replacesTotal(total, refunds.total)) return { byId, total };
  return byId === refunds.byId ? refunds : { byId, total: refunds.total };
}

/** Gateways list refunds in either order. */
const oldestFirst = (reported: readonly ReportedRefund[], at: number): readonly ReportedRefund[] =>
  reported.length < 2
    ? reported
    : reported.toSorted((a, b) => (a.createdAt?.getTime() ?? at) - (b.createdAt?.getTime() ?? at));

/**
 * The running total of a report; null where the report has none, or where an earlier one is better. A total that is
 * reported together with a failed refund may or may not include that refund, because gateways differ. An earlier total
 * is then better. Without an earlier one, the total is assumed to include the failed refund if it is large enough.
 */
function toRunningTotal(
  byId: readonly Refund[],
  { refunds, refundedTotal: amount }: PaymentReport,
  at: number,
  hasEarlier: boolean,
): Refunds['total'] {
  if (amount === null) return null;
  const failed = byId.filter((refund) => !isStanding(refund));
  const failedHere = failed.filter(({ id }) =>
    refunds.some((refund) => refund.id === id && !isStanding(refund)),
  );
  if (failedHere.length > 0 && hasEarlier) return null;
  const mayInclude = BigInt(amount) >= sumOf(failedHere);
  const without = failed.filter((refund) => !(mayInclude && failedHere.includes(refund)));
  return { amount, at, without: without.map(({ id }) => id) };
}

/** Adds a refund, or updates the known one. A null in the report keeps the known value. */
function mergeRefund(byId: readonly Refund[], reported: ReportedRefund, at: number): readonly Refund[] {
  const known = byId.find((refund) => refund.id === reported.id);
  const merged: Refund = {
    id: reported.id,
    amount: reported.amount ?? known?.amount ?? null,
    status: reported.status,
    createdAt: reported.createdAt?.getTime() ?? known?.createdAt ?? at,
    ...((reported.mayBeRelease ?? known?.mayBeRelease) && { mayBeRelease: true }),
  };
  return known ? byId.map((refund) => (refund === known ? merged : refund)) : [...byId, merged];
}

/** The refunds by id, without those that are releases. */
export function withoutReleases({ byId }: Refunds, settlement: Settlement): readonly Refund[] {
  if (!byId.some((refund) => refund.mayBeRelease)) return byId;
  return byId.filter((refund) => !(refund.mayBeRelease && isRelease(refund, settlement)));
}

/**
 * Whether a refund is the release of an uncaptured amount. Where nothing was captured, every refund is a release. A
 * cancellation or a captured amount of zero shows that nothing was captured; the lack of a report does not. Otherwise a
 * release has exactly the uncaptured amount and happens within 60 s of the capture or the cancellation.
 */
function isRelease(refund: Refund, { amount, everCaptured, capturedAt, canceledAt }: Settlement): boolean {
  if (capturedAt === null && (everCaptured ?? (canceledAt === null ? null : 0n)) === 0n) return true;
  if (amount === null || refund.amount === null) return false;
  const captured = everCaptured ?? (capturedAt === null ? 0n : BigInt(amount));
  const rest = BigInt(amount) - captured;
  const isNear = (moment: number | null): boolean =>
    moment !== null && Math.abs(refund.createdAt - moment) <= RELEASE_WINDOW_MS;
  return rest > 0n && BigInt(refund.amount) === rest && (isNear(capturedAt) || isNear(canceledAt));
}

/**
 * The refunded amount in minor units: the larger of two figures. One is the sum of all standing refunds. The other is
 * the running total, less the refunds in it that failed after it was reported.
 */
export function refundedAmount(refunds: Refunds, settlement: Settlement): bigint {
  if (hasNoRefunds(refunds)) return 0n;
  const byId = withoutReleases(refunds, settlement);
  const { total } = refunds;
  const sum = sumOf(byId.filter(isStanding));
  if (total === null) return sum;
  const failedLater = byId.filter(
    (refund) => !isStanding(refund) && refund.createdAt <= total.at && !total.without.includes(refund.id),
  );
  const left = BigInt(total.amount) - sumOf(failedLater);
  return left > sum ? left : sum;
}

/** By how much `refunded` exceeds the refundable amount. Zero while that amount is unknown. */
export function refundExcess(refunded: bigint, refundable: bigint | null): bigint {
  const excess = refundable === null ? 0n : refunded - refundable;
  return excess > 0n ? excess : 0n;
}

const sumOf = (refunds: readonly Refund[]): bigint =>
  refunds.reduce((sum, refund) => sum + BigInt(refund.amount ?? 0), 0n);
