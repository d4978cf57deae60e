import type { OrderFacts, OrderTerms, Settlement } from './order-facts.js';

export const ORDER_STATUSES = [
  ...(['open', 'overdue', 'paid', 'partially_paid', 'partially_refunded'] as const),
  ...(['refunded', 'canceled', 'disputed', 'flagged'] as const),
] as const;
export type OrderStatus = (typeof ORDER_STATUSES)[number];

/** What is wrong with the money of an order. The first four are the reason of the status `flagged`. */
export const ORDER_FLAGS = [
  ...(['currency', 'paid_after_cancel', 'paid_twice', 'amount_over'] as const),
  ...(['reversed', 'gateway', 'account'] as const),
] as const;
export type OrderFlag = (typeof ORDER_FLAGS)[number];

export interface OrderOutcome {
  status: OrderStatus;
  /** In the order of {@link ORDER_FLAGS}. */
  flags: readonly OrderFlag[];
  /** The status is the one that an operator settled on. */
  isSettled: boolean;
}

/** What a line of the table looks at. */
interface Situation {
  terms: OrderTerms;
  facts: OrderFacts;
  isDisputed: boolean;
  isSettled: boolean;
  /** `expiresAt` has passed, and no payment is under way. */
  isExpired: boolean;
}

type Line = readonly [
  result: OrderStatus | { flag: OrderFlag } | 'as settled',
  holds: (situation: Situation) => boolean,
];

/**
 * The status of an order, as a table: the first line that holds decides. C is what was captured, R what was refunded and
 * E what is due.
 */
export const STATUS_TABLE: readonly Line[] = [
  ['disputed', ({ isDisputed }) => isDisputed],
  ['as settled', ({ isSettled }) => isSettled],
  [{ flag: 'currency' }, ({ facts }) => facts.foreign.length > 0],
  [
    { flag: 'paid_after_cancel' },
    ({ terms, facts: { captured: C, refunded: R } }) => terms.canceled && C > R,
  ],
  [{ flag: 'paid_twice' }, ({ facts }) => isOverpaid(facts) && facts.holding.length >= 2],
  [{ flag: 'amount_over' }, ({ facts }) => isOverpaid(facts)],
  ['canceled', ({ terms, facts: { captured: C } }) => C === 0n && terms.canceled],
  ['overdue', ({ facts: { captured: C }, isExpired }) => C === 0n && isExpired],
  ['open', ({ facts: { captured: C } }) => C === 0n],
  ['canceled', ({ terms, facts: { captured: C, refunded: R } }) => C === R && terms.canceled],
  ['refunded', ({ facts: { captured: C, refunded: R } }) => C === R],
  ['partially_paid', ({ facts: { captured: C, due: E } }) => C < E],
  ['partially_refunded', ({ facts: { captured: C, refunded: R, due: E } }) => C - R < E],
  ['paid', () => true],
];

const isOverpaid = ({ captured, refunded, due }: OrderFacts): boolean => captured - refunded > due;

/** The status of an order at `now`. Pure: the order in which its payments were told does not matter. */
export function deriveStatus(terms: OrderTerms, facts: OrderFacts, now: Date): OrderOutcome {
  const situation: Situation = {
    terms,
    facts,
    isDisputed: facts.counting.some(({ payment }) => payment.disputes.some(withholdsMoney)),
    isSettled: terms.settlement !== null && isSameMoney(terms.settlement, facts),
    isExpired: terms.expiresAt !== null && terms.expiresAt <= now && !isUnderWay(facts),
  };
  const [result] = STATUS_TABLE.find(([, holds]) => holds(situation)) ?? ['paid' as const];
  const flag = typeof result === 'object' ? result.flag : null;
  const settledAs = result === 'as settled' ? (terms.settlement?.as ?? 'paid') : null;
  const flags = new Set<OrderFlag | null>([flag, ...flagsOfPayments(facts)]);
  return {
    status: settledAs ?? (typeof result === 'object' || result === 'as settled' ? 'flagged' : result),
    flags: ORDER_FLAGS.filter((one) => flags.has(one)),
    isSettled: settledAs !== null,
  };
}

const withholdsMoney = ({ status }: { status: string }): boolean => status === 'open' || status === 'lost';

const isUnderWay = ({ counting }: OrderFacts): boolean =>
  counting.some(({ payment: { state } }) => state === 'processing' || state === 'authorized');

const isSameMoney = (settlement: Settlement, { captured, refunded, paying }: OrderFacts): boolean =>
  BigInt(settlement.captured) === captured &&
  BigInt(settlement.refunded) === refunded &&
  settlement.paying.length === paying.length &&
  settlement.paying.every((id, at) => id === paying[at]);

/** The flags that a payment adds, whatever the status is. */
const flagsOfPayments = ({ payments }: OrderFacts): OrderFlag[] =>
  payments.flatMap(({ mismatch, payment }) => {
    if (mismatch !== null) return [mismatch];
    return BigInt(payment.amountReversed) > 0n ? ['reversed' as const] : [];
  });

/**
 * When the time alone changes the status; null where it does not. While a payment is under way, its end changes the status
 * and not the time.
 */
export function nextChangeAt(
  { expiresAt }: OrderTerms,
  facts: OrderFacts,
  { status }: OrderOutcome,
  now: Date,
): Date | null {
  return status === 'open' && expiresAt !== null && expiresAt > now && !isUnderWay(facts) ? expiresAt : null;
}
