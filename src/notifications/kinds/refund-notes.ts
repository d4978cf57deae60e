import type { MinorUnits, RefundFacts } from '../../payments/index.js';
import type { RefundFate } from './message-rules.js';

/*
 * Which note tells of which refund. A gateway may tell the same refund twice: as the new total of its payment, and by the
 * refund's id. The attempt key of a note says by which of them it was scheduled.
 */

const TOTAL = 'total:';

/** The attempt key of the note about one refund. */
export const refundKey = (id: string): string => `refund:${id}`;
/** The attempt key of the note about the total of a payment's refunds. */
export const totalKey = (total: MinorUnits): string => `${TOTAL}${total}`;

const totalOf = (key: string): bigint | null =>
  key.startsWith(TOTAL) ? BigInt(key.slice(TOTAL.length)) : null;

/** The refunds of a payment as they are now. */
export interface RefundedPayment {
  refunds: readonly RefundFacts[];
  amountRefunded: MinorUnits;
}

/** What a note says: the amount of one refund, or of all of them. */
export function notedRefund(
  key: string,
  { refunds }: Pick<RefundedPayment, 'refunds'>,
): { amount: MinorUnits | null; isTotal: boolean } {
  const total = totalOf(key);
  if (total !== null) return { amount: total.toString(), isTotal: true };
  return { amount: refunds.find(({ id }) => refundKey(id) === key)?.amount ?? null, isTotal: false };
}

/**
 * What became of the refund of a note. `sent` are the keys of the payment's notes that were sent. A total that the refunds
 * known by id add up to is left to their notes; a refund that a total told of is not told again. Pure.
 */
export function refundFate(
  key: string,
  { refunds, amountRefunded }: RefundedPayment,
  sent: readonly string[],
): RefundFate {
  const toldTotals = sent.map(totalOf).filter((told) => told !== null);
  const isTold = (amount: bigint): boolean => toldTotals.some((told) => told >= amount);
  const total = totalOf(key);
  if (total === null) {
    const refund = refunds.find(({ id }) => refundKey(id) === key);
    if (refund?.status !== 'succeeded') return 'failed';
    return isTold(sumOf(refunds, ['succeeded'])) ? 'told' : 'stands';
  }
  if (BigInt(amountRefunded) < total) return 'failed';
  return isTold(total) || sumOf(refunds, ['succeeded', 'pending']) >= total ? 'told' : 'stands';
}

const sumOf = (refunds: readonly RefundFacts[], statuses: readonly RefundFacts['status'][]): bigint =>
  refunds
    .filter(({ status }) => statuses.includes(status))
    .reduce((sum, { amount }) => sum + BigInt(amount ?? 0), 0n);
