import type { OrderFacts, OrderPayment, OrderTerms } from './order-facts.js';

/*
 * The money of an order as a story: what came and went, one after the other, by the times that the gateways tell. So an
 * order was paid once even where the payment and its refund are told at the same moment, or the refund first.
 */

/** Money that came (`captured`) or went back (`refunded`). Money that was reversed came and is taken off again. */
interface Movement {
  at: number;
  captured: bigint;
  refunded: bigint;
  foreign: boolean;
}

/** How often the money of the order became exactly what is due. */
export function countPaidMoments(terms: OrderTerms, { counting }: OrderFacts): number {
  const movements = counting.flatMap(movementsOf).sort((one, other) => one.at - other.at);
  let [captured, refunded, foreign] = [0n, 0n, 0n];
  let moments = 0;
  let wasPaid = false;
  for (const movement of movements) {
    if (movement.foreign) foreign += movement.captured - movement.refunded;
    else [captured, refunded] = [captured + movement.captured, refunded + movement.refunded];
    const due = terms.amount === null ? captured : BigInt(terms.amount);
    const isPaid = foreign <= 0n && captured > 0n && captured !== refunded && captured - refunded === due;
    if (isPaid && !wasPaid) moments++;
    wasPaid = isPaid;
  }
  return moments;
}

/** Later than every time that a gateway tells. */
const AT_THE_END = Number.POSITIVE_INFINITY;

function movementsOf({ payment, captured, refunded, foreign, paidAt }: OrderPayment): Movement[] {
  const reversed = BigInt(payment.amountReversed);
  const move = (at: number, came: bigint, back: bigint): Movement => ({
    at,
    captured: came,
    refunded: back,
    foreign,
  });
  const cameAgain = captured > 0n && captured + reversed > BigInt(payment.amount ?? captured + reversed);
  const movements = cameAgain
    ? [move(paidAt, reversed, 0n), move(paidAt, -reversed, 0n), move(paidAt, captured, 0n)]
    : [move(paidAt, captured + reversed, 0n), move(AT_THE_END, -reversed, 0n)];
  let left = captured > 0n ? refunded : 0n;
  for (const refund of standingRefunds(payment)) {
    const amount = smaller(BigInt(refund.amount ?? 0), left);
    movements.push(move(Math.max(refund.createdAt, paidAt), 0n, amount));
    left -= amount;
  }
  return [...movements, move(AT_THE_END, 0n, left)].filter(
    (one) => one.captured !== 0n || one.refunded !== 0n,
  );
}

const smaller = (one: bigint, other: bigint): bigint => (one < other ? one : other);

/** The refunds by id that count, oldest first. */
export const standingRefunds = ({
  refunds,
}: OrderPayment['payment']): readonly OrderPayment['payment']['refunds'][number][] =>
  refunds
    .filter(({ status }) => status === 'pending' || status === 'succeeded')
    .toSorted((one, other) => one.createdAt - other.createdAt);
