import type { MinorUnits, RefundFacts } from '../../payments/index.js';
import type { RefundFate } from './message-rules.js';

/*
 * Which note tells of which refund. A gateway may tell the same refund twice: as the new total of its payment, and by the
 * refund's id. The attempt key of a note says by which of them it was scheduled. A note that was taken back has a key that
 * is neither: it is not sent any more, and tells of nothing.
 */

const TOTAL = 'total:';

/** The attempt key of the note about one refund. */
export const refundKey = (id: string): string => `refund:${id}`;
/** The attempt key of the note about the total of a payment's refunds. */
export const totalKey = (total: MinorUnits): string => `${TOTAL}${total}`;

const totalOf = (key: string): bigint | null =>
  key.startsWith(TOTAL) ? BigInt(key.slice(TOTAL.length)) : null;

/** What a change of a payment took back of what notes say. */
export interface TakenBack {
  /** The refunds that no longer count as succeeded. */
  readonly refundIds: readonly string[];
  /** What is refunded in all; null where that did not fall. */
  readonly total: MinorUnits | null;
}

/**
 * Whether what the note says is true no longer. Its attempt key is then free, so that the same is told again when it becomes
 * true again. Pure.
 */
export function isTakenBack(key: string, { refundIds, total }: TakenBack): boolean {
  const noted = totalOf(key);
  if (noted === null) return refundIds.some((id) => refundKey(id) === key);
  return total !== null && noted > BigInt(total);
}

/** The refunds of a payment as they are now. */
export interface RefundedPayment {
  /** `createdAt` is in milliseconds since 1970. */
  refunds: readonly DatedRefund[];
  amountRefunded: MinorUnits;
}

type DatedRefund = RefundFacts & { createdAt: number };

/** The notes of a payment that were sent. */
export interface SentRefundNotes {
  /** `occurredAt` is when the gateway told what the note says, in milliseconds since 1970. */
  notes: readonly { key: string; occurredAt: number }[];
  /** The ids of refunds whose `createdAt` the gateway told. That of any other refund is when its id was first reported. */
  dated: readonly string[];
}

export const NO_NOTES: SentRefundNotes = { notes: [], dated: [] };

/** What a note says: the amount of one refund, or of all of them. */
export function notedRefund(
  key: string,
  { refunds }: { refunds: readonly RefundFacts[] },
): { amount: MinorUnits | null; isTotal: boolean } {
  const total = totalOf(key);
  if (total !== null) return { amount: total.toString(), isTotal: true };
  return { amount: refunds.find(({ id }) => refundKey(id) === key)?.amount ?? null, isTotal: false };
}

/**
 * What became of the refund of a note. A total that the refunds known by id add up to is left to their notes; a refund that
 * a total told of is not told again. Pure.
 */
export function refundFate(
  key: string,
  { refunds, amountRefunded }: RefundedPayment,
  sent: SentRefundNotes,
): RefundFate {
  const total = totalOf(key);
  if (total === null) {
    const refund = refunds.find(({ id }) => refundKey(id) === key);
    if (refund?.status !== 'succeeded') return 'failed';
    return isInTotal(refund, refunds, sent) ? 'told' : 'stands';
  }
  if (BigInt(amountRefunded) < total) return 'failed';
  return isTotalTold(sent, total) || sumOf(refunds, ['succeeded', 'pending']) >= total ? 'told' : 'stands';
}

/**
 * Whether a total that was sent may include the refund. A total includes no refund that was made after it. Where the gateway
 * did not tell when the refund was made, every total that is large enough may include it: rather not told than told twice.
 */
function isInTotal(refund: DatedRefund, refunds: readonly DatedRefund[], sent: SentRefundNotes): boolean {
  if (!sent.dated.includes(refund.id)) return isTotalTold(sent, BigInt(refund.amount ?? 0));
  const { createdAt } = refund;
  const until = refunds.filter((other) => other.createdAt <= createdAt);
  return isTotalTold(sent, sumOf(until, ['succeeded']), createdAt);
}

/** Whether a total of at least `amount` was sent that the gateway told at `since` or later. */
const isTotalTold = ({ notes }: SentRefundNotes, amount: bigint, since = -Infinity): boolean =>
  notes.some(({ key, occurredAt }) => occurredAt >= since && (totalOf(key) ?? -1n) >= amount);

const sumOf = (refunds: readonly RefundFacts[], statuses: readonly RefundFacts['status'][]): bigint =>
  refunds
    .filter(({ status }) => statuses.includes(status))
    .reduce((sum, { amount }) => sum + BigInt(amount ?? 0), 0n);
