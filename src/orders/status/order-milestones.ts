import { isStanding, tellMoney, type MoneyStory } from './money-story.js';
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

/** The name of a milestone within its order. */
export const nameOfMilestone = ({ name, key }: Pick<Milestone, 'name' | 'key'>): string =>
  `${name} ${key}`.trimEnd();

/**
 * What happened to an order and was not `told` yet, as far as its facts tell. It is derived from the facts alone, so the
 * order of arrival and the size of batches do not matter; what was told before is left out by its name.
 */
export function milestonesOf(
  terms: OrderTerms,
  facts: OrderFacts,
  outcome: OrderOutcome,
  told: readonly string[],
): Milestone[] {
  const known = new Set(told);
  return [
    ...paid(terms, facts, outcome),
    ...flagged(facts, outcome),
    ...(outcome.status === 'overdue' && terms.expiresAt
      ? [milestone('order.overdue', String(terms.expiresAt.getTime()))]
      : []),
    ...facts.counting.flatMap((one) => refunded(one, told)),
    ...facts.counting.flatMap(disputed),
    ...canceled(terms, outcome),
  ].filter((one) => !known.has(nameOfMilestone(one)));
}

const milestone = (
  name: OrderEventName,
  key: string,
  { paymentId = null, flag = null }: Partial<Pick<Milestone, 'paymentId' | 'flag'>> = {},
): Milestone => ({ name, key, paymentId, flag });

/** The key names what was due, because an order may be registered with another amount later. */
function paid(terms: OrderTerms, facts: OrderFacts, { status, isSettled }: OrderOutcome): Milestone[] {
  if (isSettled)
    return status === 'paid' ? [milestone('order.paid', `settled ${terms.settlement?.id ?? ''}`)] : [];
  if (terms.canceled) return [];
  const story = tellMoney(terms, facts);
  const due = terms.amount === null ? '' : ` of ${terms.amount}`;
  const moments = Array.from({ length: story.paidMoments }, (_, nth) => `${nth + 1}${due}`);
  const won = status === 'disputed' ? [] : facts.counting.flatMap((one) => wonDisputes(one, story));
  return [...moments, ...won].map((key) => milestone('order.paid', key));
}

/** A dispute that was won makes an order paid again that was paid when the dispute was opened, and still is. */
function wonDisputes({ payment }: OrderPayment, { wasPaidAt }: MoneyStory): string[] {
  const { openedAt, wonAt } = payment.disputed ?? { openedAt: null, wonAt: null };
  if (!wasPaidAt(openedAt) || !wasPaidAt(wonAt)) return [];
  return payment.disputes
    .filter(({ status }) => status === 'won')
    .map(({ id }) => `dispute ${payment.paymentId} ${id}`);
}

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

/**
 * One for each refund by id, whatever became of it, and one more while the total is above those that stand. A total that is
 * larger than every one before is told as well, so that a gateway without ids tells each of its refunds. The numbers are
 * compared with those that were told: a refund that is told by its total and then by its id is one.
 */
function refunded(
  { payment, captured, refunded: total, foreign }: OrderPayment,
  told: readonly string[],
): Milestone[] {
  const ever = captured + BigInt(payment.amountReversed);
  if (foreign || ever === 0n) return [];
  const { paymentId, refunds } = payment;
  const prefix = `order.refunded ${paymentId} `;
  const before = told.filter((name) => name.startsWith(prefix));
  const most = before.map((name) => BigInt(name.slice(name.lastIndexOf(' ') + 1))).reduce(larger, 0n);
  const standing = refunds.filter(isStanding).reduce((sum, { amount }) => sum + BigInt(amount ?? 0), 0n);
  const wanted = refunds.length + (total > standing ? 1 : 0);
  const fresh = Math.max(wanted - before.length, total > most ? 1 : 0);
  return Array.from({ length: fresh }, (_, nth) =>
    milestone('order.refunded', `${paymentId} ${before.length + nth + 1} to ${total}`, { paymentId }),
  );
}

const larger = (one: bigint, other: bigint): bigint => (one > other ? one : other);

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
