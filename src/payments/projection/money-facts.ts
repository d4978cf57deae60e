import { capturedAmounts, type CapturedAmounts } from './captures.js';
import { disputedAmount, isDisputed } from './disputes.js';
import type { MoneyFacts } from '../payment.events.js';
import type { Projection } from './projection.js';
import { refundedAmount, refundExcess, withoutReleases, toSettlement } from './refunds.js';
import type { PaymentStatus } from './state-transitions.js';

/** Everything a payment shows of money. */
export function deriveMoneyFacts(projection: Projection): MoneyFacts {
  const amounts = capturedAmounts(projection.captures, projection.amount);
  const settlement = toSettlement(projection, amounts.everCaptured);
  const told = refundedAmount(projection.refunds, settlement);
  const refunded = told - refundExcess(told, amounts.refundable);
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
