import type { OrderFacts, OrderPayment, OrderTerms } from './order-facts.js';

/*
 * The money of an order as a story: what came and went, one after the other, by the times that the gateways tell. So an
 * order was paid once even where the payment and its refund are told at the same moment, or the refund first. Where no
 * gateway tells a time, the rule stands at the function; every rule is one of the facts alone.
 */

/** Money that came (`captured`) or went back (`refunded`). Money that was reversed came and is taken off again. */
interface Movement {
  at: number;
  captured: bigint;
  refunded: bigint;
  foreign: boolean;
}

export interface MoneyStory {
  /** How often the money became exactly what is due. */
  paidMoments: number;
  /** Whether the money was exactly what is due at a time; at the end where the time is null. */
  readonly wasPaidAt: (time: number | null) => boolean;
}

export function tellMoney(terms: OrderTerms, { counting }: OrderFacts): MoneyStory {
  const movements = counting.flatMap(movementsOf).sort((one, other) => one.at - other.at);
  const states: { at: number; isPaid: boolean }[] = [];
  let [captured, refunded, foreign] = [0n, 0n, 0n];
  for (const movement of movements) {
    if (movement.foreign) foreign += movement.captured - movement.refunded;
    else [captured, refunded] = [captured + movement.captured, refunded + movement.refunded];
    const due = terms.amount === null ? captured : BigInt(terms.amount);
    const isPaid = foreign <= 0n && captured > 0n && captured !== refunded && captured - refunded === due;
    states.push({ at: movement.at, isPaid });
  }
  return {
    paidMoments: states.filter(({ isPaid }, nth) => isPaid && states[nth - 1]?.isPaid !== true).length,
    wasPaidAt: (time) => states.findLast(({ at }) => at <= (time ?? AT_THE_END))?.isPaid ?? false,
  };
}

/** Later than every time that a gateway tells. */
const AT_THE_END = Number.POSITIVE_INFINITY;

function movementsOf(one: OrderPayment): Movement[] {
  const { foreign } = one;
  return [...capturesOf(one), ...refundsOf(one)]
    .filter(({ came = 0n, back = 0n }) => came !== 0n || back !== 0n)
    .map(({ at, came = 0n, back = 0n }) => ({ at, captured: came, refunded: back, foreign }));
}

interface Step {
  at: number;
  came?: bigint;
  back?: bigint;
}

/** Money that came, and how much of it was reversed since. */
interface Capture {
  amount: bigint;
  gone: bigint;
}

/**
 * No gateway tells when a capture came or was reversed, so all of them stand at the time of the payment, in the order in
 * which they happened. A reversal comes last, unless a later capture shows that it was earlier: together they would be
 * more than the amount of the payment.
 */
function capturesOf({ payment, captured, paidAt }: OrderPayment): Step[] {
  const reversed = BigInt(payment.amountReversed);
  const limit = payment.amount === null ? null : BigInt(payment.amount);
  const steps: Step[] = [];
  const gone: bigint[] = [];
  let standing = 0n;
  for (const one of capturesById(payment, captured, reversed) ?? inTotal(captured, reversed, limit)) {
    while (limit !== null && standing + one.amount > limit && gone.length > 0) {
      const back = gone.shift() ?? 0n;
      steps.push({ at: paidAt, came: -back });
      standing -= back;
    }
    steps.push({ at: paidAt, came: one.amount });
    standing += one.amount;
    if (one.gone > 0n) gone.push(one.gone);
  }
  return [...steps, ...gone.map((amount) => ({ at: AT_THE_END, came: -amount }))];
}

/** The captures that came, oldest first; null where they do not explain the totals. */
function capturesById(
  { captures }: OrderPayment['payment'],
  captured: bigint,
  reversed: bigint,
): Capture[] | null {
  // A capture that failed may have come before, or never.
  for (const lost of [['reversed'], ['reversed', 'failed']]) {
    const known = captures
      .filter(({ status }) => status === 'succeeded' || lost.includes(status))
      .map(({ amount, status }) => [BigInt(amount ?? 0), status !== 'succeeded'] as const)
      .map(([amount, isGone]) => ({ amount, gone: isGone ? amount : 0n }));
    const gone = known.reduce((sum, one) => sum + one.gone, 0n);
    const came = known.reduce((sum, one) => sum + one.amount, 0n);
    if (gone === reversed && came - gone === captured) return known;
  }
  return null;
}

const inTotal = (captured: bigint, reversed: bigint, limit: bigint | null): Capture[] =>
  limit !== null && captured + reversed > limit
    ? [
        { amount: reversed, gone: reversed },
        { amount: captured, gone: 0n },
      ]
    : [{ amount: captured + reversed, gone: reversed }];

/**
 * A refund that failed or was canceled stood from its creation on, and gave its money back before the next movement: no
 * gateway tells when it failed. What a running total tells beyond the refunds by id comes last.
 */
function refundsOf({ payment, captured, refunded, paidAt }: OrderPayment): Step[] {
  const ever = captured + BigInt(payment.amountReversed);
  const steps: Step[] = [];
  let left = captured > 0n ? refunded : 0n;
  for (const refund of payment.refunds.toSorted((one, other) => one.createdAt - other.createdAt)) {
    const at = Math.max(refund.createdAt, paidAt);
    const amount = BigInt(refund.amount ?? 0);
    if (isStanding(refund)) {
      const back = smaller(amount, left);
      steps.push({ at, back });
      left -= back;
    } else if (ever > 0n) steps.push({ at, back: amount }, { at, back: -amount });
  }
  return [...steps, { at: AT_THE_END, back: left }];
}

const smaller = (one: bigint, other: bigint): bigint => (one < other ? one : other);

/** A refund that is pending or succeeded counts. */
export const isStanding = ({ status }: OrderPayment['payment']['refunds'][number]): boolean =>
  status === 'pending' || status === 'succeeded';
