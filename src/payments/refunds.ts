import type { MinorUnits, PaymentReport, ReportedRefund } from './payment-report.js';

/** One refund as last told. `createdAt` in milliseconds. */
export interface Refund {
  id: string;
  amount: MinorUnits | null;
  status: ReportedRefund['status'];
  createdAt: number;
}

/** Refunds by id beside the newest running total: gateways tell one, the other, or both. */
export interface Refunds {
  byId: readonly Refund[];
  total: {
    amount: MinorUnits;
    at: number;
    /** Refunds known to have failed by then: not part of it. */ without: readonly string[];
  } | null;
}

export const NO_REFUNDS: Refunds = { byId: [], total: null };

const stands = (refund: Refund): boolean => refund.status === 'pending' || refund.status === 'succeeded';

export function applyRefund(refunds: Refunds, report: PaymentReport, at: number): Refunds {
  const byId = report.refunds.reduce((merged, refund) => mergeRefund(merged, refund, at), refunds.byId);
  if (report.refundedTotal === null) return byId === refunds.byId ? refunds : { ...refunds, byId };
  const without = byId.filter((refund) => !stands(refund)).map((refund) => refund.id);
  return { byId, total: { amount: report.refundedTotal, at, without } };
}

function mergeRefund(byId: readonly Refund[], told: ReportedRefund, at: number): readonly Refund[] {
  const known = byId.find((refund) => refund.id === told.id);
  const merged: Refund = {
    id: told.id,
    amount: told.amount ?? known?.amount ?? null,
    status: told.status,
    createdAt: told.createdAt?.getTime() ?? known?.createdAt ?? at,
  };
  return known ? byId.map((refund) => (refund === known ? merged : refund)) : [...byId, merged];
}

/** The larger of the refunds that stand, and the running total less those in it that failed afterwards. */
export function refundedAmount({ byId, total }: Refunds): bigint {
  const sum = sumOf(byId.filter(stands));
  if (total === null) return sum;
  const failedLater = byId.filter(
    (refund) => !stands(refund) && refund.createdAt <= total.at && !total.without.includes(refund.id),
  );
  const left = BigInt(total.amount) - sumOf(failedLater);
  return left > sum ? left : sum;
}

/** By how much the refunds exceed what can be given back; zero while that is not known. */
export function refundOverrun(refunds: Refunds, most: bigint | null): bigint {
  const over = most === null ? 0n : refundedAmount(refunds) - most;
  return over > 0n ? over : 0n;
}

export const cappedRefunds = (refunds: Refunds, most: bigint | null): bigint =>
  refundedAmount(refunds) - refundOverrun(refunds, most);

const sumOf = (refunds: readonly Refund[]): bigint =>
  refunds.reduce((sum, refund) => sum + BigInt(refund.amount ?? 0), 0n);
