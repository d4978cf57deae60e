import { countPaidMoments, standingRefunds } from './money-story.js';
import type { OrderFacts, OrderPayment, OrderTerms } from './order-facts.js';
import type { OrderFlag, OrderOutcome } from './order-status.js';

export type OrderEventName =
  'order.paid' | 'order.flagged' | 'order.overdue' | 'order.refunded' | 'order.canceled' | 'order.disputed';

/** Something that happened to an order and is told once. */
export interface Milestone {
  name: OrderEventName;
  /** Unique within the order and the name. Made of what the gateways told, never of the moment at which it was told. */
  key: string;
  /** The payment that it is about. */
  paymentId: string | null;
  flag: OrderFlag | null;
}

/**
 * Everything that happened to an order, as far as its facts tell. It is derived from the facts alone, so the order of
 * arrival and the size of batches do not matter; what was told before is left out by its key.
 */
export function milestonesOf(terms: OrderTerms, facts: OrderFacts, outcome: OrderOutcome): Milestone[] {
  return [
    ...paid(terms, facts, outcome),
    ...flagged(facts, outcome),
    ...(outcome.status === 'overdue' && terms.expiresAt
      ? [milestone('order.overdue', String(terms.expiresAt.getTime()))]
      : []),
    ...facts.counting.flatMap(refunded),
    ...facts.counting.flatMap(disputed),
    ...canceled(terms, outcome),
  ];
}

const milestone = (
  name: OrderEventName,
  key: string,
  { paymentId = null, flag = null }: Partial<Pick<Milestone, 'paymentId' | 'flag'>> = {},
): Milestone => ({ name, key, paymentId, flag });

/** A dispute that was won gives the money back, so the order becomes paid again. */
function paid(terms: OrderTerms, facts: OrderFacts, { status, isSettled }: OrderOutcome): Milestone[] {
  if (isSettled)
    return status === 'paid' ? [milestone('order.paid', `settled ${terms.settlement?.id ?? ''}`)] : [];
  if (terms.canceled) return [];
  const moments = Array.from({ length: countPaidMoments(terms, facts) }, (_, nth) => `${nth + 1}`);
  const won = status === 'paid' ? facts.counting.flatMap(wonDisputes) : [];
  return [...moments, ...won].map((key) => milestone('order.paid', key));
}

const wonDisputes = ({ payment }: OrderPayment): string[] =>
  payment.disputes
    .filter(({ status }) => status === 'won')
    .map(({ id }) => `dispute ${payment.paymentId} ${id}`);

/** Whose money a flag is about. Of several payments that paid an order, the first one did so rightly. */
const PAYMENTS_OF_FLAG: Readonly<Record<OrderFlag, (facts: OrderFacts) => readonly OrderPayment[]>> = {
  currency: ({ foreign }) => foreign,
  paid_after_cancel: ({ holding }) => holding,
  paid_twice: ({ holding }) => holding.slice(1),
  amount_over: ({ holding }) => holding,
  reversed: ({ counting }) => counting.filter(({ payment }) => BigInt(payment.amountReversed) > 0n),
  gateway: ({ payments }) => payments.filter(({ mismatch }) => mismatch === 'gateway'),
  account: ({ payments }) => payments.filter(({ mismatch }) => mismatch === 'account'),
};

const flagged = (facts: OrderFacts, { flags }: OrderOutcome): Milestone[] =>
  flags.flatMap((flag) =>
    PAYMENTS_OF_FLAG[flag](facts).map(({ payment: { paymentId } }) =>
      milestone('order.flagged', `${flag} ${paymentId}`, { flag, paymentId }),
    ),
  );

/** One for each refund; what a running total tells beyond them is one more. */
function refunded({ payment, captured, refunded: total, foreign }: OrderPayment): Milestone[] {
  const ever = captured + BigInt(payment.amountReversed);
  if (foreign || total === 0n || ever === 0n) return [];
  const { paymentId } = payment;
  const byId = standingRefunds(payment);
  const sum = byId.reduce((all, { amount }) => all + BigInt(amount ?? 0), 0n);
  const keys = byId.map(({ id }) => id);
  return [...keys, ...(sum < total ? [`in total ${total}`] : [])].map((key) =>
    milestone('order.refunded', `${paymentId} ${key}`, { paymentId }),
  );
}

/** Also of a dispute that was won: it had been open. */
const disputed = ({ payment: { paymentId, disputes } }: OrderPayment): Milestone[] =>
  disputes
    .filter(({ status }) => status === 'open' || status === 'lost' || status === 'won')
    .map(({ id }) => milestone('order.disputed', `${paymentId} ${id}`, { paymentId }));

function canceled(terms: OrderTerms, { status, isSettled }: OrderOutcome): Milestone[] {
  if (isSettled)
    return status === 'canceled'
      ? [milestone('order.canceled', `settled ${terms.settlement?.id ?? ''}`)]
      : [];
  return terms.canceled ? [milestone('order.canceled', '')] : [];
}
