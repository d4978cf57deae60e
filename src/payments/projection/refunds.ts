import type { MinorUnits, PaymentReport, ReportedRefund } from '../report/payment-report.js';
import { replacesTotal, type RunningTotal } from './running-total.js';

/** One refund as last told. `createdAt` in milliseconds. */
export interface Refund {
  id: string;
  amount: MinorUnits | null;
  status: ReportedRefund['status'];
  createdAt: number;
  /** See {@link ReportedRefund}. */
  mayBeRelease?: true;
}

/** Refunds by id beside the newest running total: gateways tell one, the other, or both. */
export interface Refunds {
  byId: readonly Refund[];
  total:
    | (RunningTotal & {
        /** Refunds known to have failed by then: not part of it. */ without: readonly string[];
      })
    | null;
}

export const NO_REFUNDS: Refunds = { byId: [], total: null };

/** What of the payment decides whether a refund is the release of what was never captured. Times in milliseconds. */
export interface Settlement {
  amount: MinorUnits | null;
  /** The most that was ever captured; null while nothing was told. */
  came: bigint | null;
  capturedAt: number | null;
  canceledAt: number | null;
}

export const toSettlement = (
  { amount, capturedAt, canceledAt }: Omit<Settlement, 'came'>,
  came: bigint | null,
): Settlement => ({ amount, came, capturedAt, canceledAt });

/** A release goes with the request that captured or canceled: a refund of the same amount later is a refund. */
const RELEASE_WINDOW_MS = 60_000;

export const hasNoRefunds = ({ byId, total }: Refunds): boolean => byId.length === 0 && total === null;

const isStanding = (refund: Pick<Refund, 'status'>): boolean =>
  refund.status === 'pending' || refund.status === 'succeeded';

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

/** Lists come newest first or oldest first, as the gateway likes. */
const oldestFirst = (told: readonly ReportedRefund[], at: number): readonly ReportedRefund[] =>
  told.length < 2
    ? told
    : told.toSorted((a, b) => (a.createdAt?.getTime() ?? at) - (b.createdAt?.getTime() ?? at));

/**
 * A total that comes with a refund's failure may or may not hold the failed one: gateways differ. A total from before
 * is better. Without one, it is taken to hold the failed refund if it is large enough to.
 */
function toRunningTotal(
  byId: readonly Refund[],
  { refunds, refundedTotal: amount }: PaymentReport,
  at: number,
  isKnown: boolean,
): Refunds['total'] {
  if (amount === null) return null;
  const failed = byId.filter((refund) => !isStanding(refund));
  const failedHere = failed.filter(({ id }) => refunds.some((told) => told.id === id && !isStanding(told)));
  if (failedHere.length > 0 && isKnown) return null;
  const mayHold = BigInt(amount) >= sumOf(failedHere);
  const without = failed.filter((refund) => !(mayHold && failedHere.includes(refund)));
  return { amount, at, without: without.map(({ id }) => id) };
}

function mergeRefund(byId: readonly Refund[], told: ReportedRefund, at: number): readonly Refund[] {
  const known = byId.find((refund) => refund.id === told.id);
  const merged: Refund = {
    id: told.id,
    amount: told.amount ?? known?.amount ?? null,
    status: told.status,
    createdAt: told.createdAt?.getTime() ?? known?.createdAt ?? at,
    ...((told.mayBeRelease ?? known?.mayBeRelease) && { mayBeRelease: true }),
  };
  return known ? byId.map((refund) => (refund === known ? merged : refund)) : [...byId, merged];
}

/** Refunds by id without the releases among what may be one. */
export function withoutReleases({ byId }: Refunds, settlement: Settlement): readonly Refund[] {
  if (!byId.some((refund) => refund.mayBeRelease)) return byId;
  return byId.filter((refund) => !(refund.mayBeRelease && isRelease(refund, settlement)));
}

/**
 * What was never captured can't be refunded: it was let go. "Not told yet" is not "nothing captured", which a
 * cancellation tells, or a figure of zero.
 */
function isRelease(refund: Refund, { amount, came, capturedAt, canceledAt }: Settlement): boolean {
  if (capturedAt === null && (came ?? (canceledAt === null ? null : 0n)) === 0n) return true;
  if (amount === null || refund.amount === null) return false;
  const captured = came ?? (capturedAt === null ? 0n : BigInt(amount));
  const rest = BigInt(amount) - captured;
  const isNear = (moment: number | null): boolean =>
    moment !== null && Math.abs(refund.createdAt - moment) <= RELEASE_WINDOW_MS;
  return rest > 0n && BigInt(refund.amount) === rest && (isNear(capturedAt) || isNear(canceledAt));
}

/** The larger of the refunds that stand, and the running total less those in it that failed afterwards. */
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

/** By how much the refunds exceed what can be given back; zero while that is not known. */
export function refundExcess(refunded: bigint, most: bigint | null): bigint {
  const over = most === null ? 0n : refunded - most;
  return over > 0n ? over : 0n;
}

const sumOf = (refunds: readonly Refund[]): bigint =>
  refunds.reduce((sum, refund) => sum + BigInt(refund.amount ?? 0), 0n);
