import { capturedAmounts, type CapturedAmounts } from './captures.js';
import { disputedAmount, isDisputed } from './disputes.js';
import type {
  MinorUnits,
  ReportedCapture,
  ReportedDispute,
  ReportedFee,
  ReportedRefund,
} from '../report/payment-report.js';
import type { Projection } from './projection.js';
import { refundedAmount, refundExcess, withoutReleases, toSettlement } from './refunds.js';
import type { PaymentStatus } from './state-transitions.js';

/** What a payment shows of a refund. */
export type RefundFacts = Pick<ReportedRefund, 'id' | 'amount' | 'status'>;

/** Everything about money that a payment shows. The columns of `payments` have the same values. */
export interface MoneyFacts {
  status: PaymentStatus;
  currency: string | null;
  amount: MinorUnits | null;
  amountCaptured: MinorUnits | null;
  amountRefunded: MinorUnits;
  amountDisputed: MinorUnits;
  amountReversed: MinorUnits;
  fee: ReportedFee | null;
  captures: readonly ReportedCapture[];
  /** `createdAt` is in milliseconds since 1970. */
  refunds: readonly (RefundFacts & { createdAt: number })[];
  disputes: readonly Pick<ReportedDispute, 'id' | 'amount' | 'status' | 'reason'>[];
}

/** Derives the money facts from a projection. A refund that turns out to be a release is left out. */
export function deriveMoneyFacts(projection: Projection): MoneyFacts {
  const amounts = capturedAmounts(projection.captures, projection.amount);
  const settlement = toSettlement(projection, amounts.everCaptured);
  const reported = refundedAmount(projection.refunds, settlement);
  const refunded = reported - refundExcess(reported, amounts.refundable);
  return {
    status: deriveStatus(projection, refunded, amounts),
    currency: projection.currency,
    amount: projection.amount,
    amountCaptured: amounts.captured?.toString() ?? null,
    amountRefunded: refunded.toString(),
    amountDisputed: disputedAmount(projection.disputes).toString(),
    amountReversed: amounts.reversed.toString(),
    fee: projection.fee && { amount: projection.fee.amount, currency: projection.fee.currency },
    captures: projection.captures.byId.map(({ id, amount, status }) => ({ id, amount, status })),
    refunds: withoutReleases(projection.refunds, settlement).map(({ id, amount, status, createdAt }) => ({
      id,
      amount,
      status,
      createdAt,
    })),
    disputes: projection.disputes.map(({ id, amount, status, reason }) => ({ id, amount, status, reason })),
  };
}

function deriveStatus(
  projection: Projection,
  refunded: bigint,
  { captured }: CapturedAmounts,
): PaymentStatus {
  if (isDisputed(projection.disputes)) return 'disputed';
  if (refunded === 0n) return projection.state ?? 'created';
  const isKnown = captured !== null && captured > 0n;
  const all = isKnown ? captured : projection.amount === null ? null : BigInt(projection.amount);
  return all !== null && refunded < all ? 'partially_refunded' : 'refunded';
}

/** The refunds that a change added or gave another status. */
export function changedRefunds(before: MoneyFacts, after: MoneyFacts): RefundFacts[] {
  const known = new Map(before.refunds.map(({ id, status }) => [id, status]));
  return after.refunds
    .filter(({ id, status }) => known.get(id) !== status)
    .map(({ id, amount, status }) => ({ id, amount, status }));
}
