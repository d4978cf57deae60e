import { comparePositions, type CausalPosition } from './causal-order.js';
import { withholdsMoney } from './disputes.js';
import type { Attempt } from './failed-attempts.js';
import { deriveMoneyFacts, type MoneyFacts } from './money-facts.js';
import type { Projection } from './projection.js';

/** The names of the events about payments. They are seen outside and stored, so they never change. */
export type PaymentEventName =
  | 'payment.created'
  | 'payment.authorized'
  | 'payment.succeeded'
  | 'payment.failed'
  | 'payment.canceled'
  | 'payment.recovered'
  | 'payment.refunded'
  | 'payment.disputed'
  | 'payment.reversed'
  | 'payment.amended';

/** The failed attempts that were published: by the gateway's id, or by a position inside a run without ids. */
export interface PublishedFailures {
  attemptIds: readonly string[];
  places: readonly CausalPosition[];
  /** A failure was published, and no recovery after it. */
  open: boolean;
  /** Ids of the refunds that were published. Absent while there are none. */
  refunds?: readonly string[];
}

export const NOTHING_PUBLISHED: PublishedFailures = { attemptIds: [], places: [], open: false };

/** The events that a change causes, and the money facts before and after it. */
export interface PaymentChanges {
  eventNames: PaymentEventName[];
  published: PublishedFailures;
  before: MoneyFacts;
  after: MoneyFacts;
}

/**
 * The events to publish when a payment changes from `before` to `after`, in a fixed order. Only the two projections are
 * compared, so a report that changes nothing publishes nothing.
 */
export function domainEventsFor(
  before: Projection,
  after: Projection,
  published: PublishedFailures,
  /** The money facts of `before`. A caller that has them saves deriving them again. */
  moneyBefore: MoneyFacts = deriveMoneyFacts(before),
): PaymentChanges {
  const names: PaymentEventName[] = [];
  const money = { before: moneyBefore, after: deriveMoneyFacts(after) };
  const wasReversed = hasGrown(money, 'amountReversed');
  let nowPublished = published;
  if (before.reports === 0) names.push('payment.created');
  if (after.state !== before.state) {
    if (after.state === 'authorized') names.push('payment.authorized');
    if (after.state === 'succeeded') names.push('payment.succeeded');
    if (after.state === 'canceled') names.push('payment.canceled');
  }
  if (nowPublished.open && (after.state === 'authorized' || after.state === 'succeeded')) {
    names.push('payment.recovered');
    nowPublished = { ...nowPublished, open: false };
  }
  if (wasReversed) names.push('payment.reversed');
  if (after.state === 'failed' && after.attempt !== null) {
    if (!wasPublished(after.attempt, nowPublished)) {
      if (!wasReversed) names.push('payment.failed');
      nowPublished = { ...addAttempt(after.attempt, nowPublished), open: true };
    } else nowPublished = addAttemptId(after.attempt, nowPublished);
  }
  if (hasGrown(money, 'amountRefunded') && isNewlyRefunded(money, nowPublished))
    names.push('payment.refunded');
  nowPublished = addRefundIds(money, nowPublished);
  if (hasNewDispute(money)) names.push('payment.disputed');
  if (isAmended(money, names)) names.push('payment.amended');
  return { eventNames: names, published: nowPublished, ...money };
}

/** The money facts before and after a change. */
interface BothSides {
  before: MoneyFacts;
  after: MoneyFacts;
}

const hasGrown = ({ before, after }: BothSides, amount: 'amountReversed' | 'amountRefunded'): boolean =>
  BigInt(after[amount]) > BigInt(before[amount]);

function wasPublished(attempt: Attempt, { attemptIds, places }: PublishedFailures): boolean {
  if (attempt.id !== null && attemptIds.includes(attempt.id)) return true;
  return places.some(
    (position) =>
      comparePositions(attempt.from, position) <= 0 && comparePositions(position, attempt.to) <= 0,
  );
}

const addAttempt = (attempt: Attempt, published: PublishedFailures): PublishedFailures =>
  attempt.id !== null
    ? { ...published, attemptIds: [...published.attemptIds, attempt.id] }
    : { ...published, places: [...published.places, attempt.to] };

/** Adds the id of an attempt that was published by its position before a report named it. */
const addAttemptId = ({ id }: Attempt, published: PublishedFailures): PublishedFailures =>
  id === null || published.attemptIds.includes(id)
    ? published
    : { ...published, attemptIds: [...published.attemptIds, id] };

const standingRefundIds = ({ refunds }: MoneyFacts): string[] =>
  refunds.filter(({ status }) => status === 'pending' || status === 'succeeded').map(({ id }) => id);

/** Whether a refund counts that was not published. A refund that failed and then succeeded was published before. */
function isNewlyRefunded(
  { before, after }: BothSides,
  { refunds: published = [] }: PublishedFailures,
): boolean {
  const stoodBefore = standingRefundIds(before);
  const added = standingRefundIds(after).filter((id) => !stoodBefore.includes(id));
  return added.length === 0 || added.some((id) => !published.includes(id));
}

function addRefundIds({ before, after }: BothSides, published: PublishedFailures): PublishedFailures {
  const { refunds: known = [] } = published;
  const added = [...standingRefundIds(before), ...standingRefundIds(after)].filter(
    (id) => !known.includes(id),
  );
  return added.length === 0 ? published : { ...published, refunds: [...new Set([...known, ...added])] };
}

function hasNewDispute({ before, after }: BothSides): boolean {
  const known = new Set(before.disputes.filter(withholdsMoney).map(({ id }) => id));
  return after.disputes.some((dispute) => withholdsMoney(dispute) && !known.has(dispute.id));
}

type Fact = Exclude<keyof MoneyFacts, 'status'>;

const FACTS: readonly Fact[] = [
  'currency',
  'amount',
  'amountCaptured',
  'amountRefunded',
  'amountDisputed',
  'amountReversed',
  'fee',
  'captures',
  'refunds',
  'disputes',
];

/** The facts whose change an event announces. A change of any other fact also publishes `payment.amended`. */
const FACTS_BY_EVENT: Readonly<Record<PaymentEventName, readonly Fact[]>> = {
  'payment.created': FACTS,
  'payment.authorized': ['currency', 'amount'],
  'payment.succeeded': ['currency', 'amount', 'amountCaptured', 'captures', 'fee'],
  'payment.failed': ['currency', 'amount'],
  'payment.canceled': ['currency', 'amount'],
  'payment.recovered': [],
  'payment.refunded': ['amountRefunded', 'refunds'],
  'payment.disputed': ['amountDisputed', 'disputes'],
  'payment.reversed': ['amountCaptured', 'amountReversed', 'captures'],
  'payment.amended': FACTS,
};

function isAmended({ before, after }: BothSides, names: readonly PaymentEventName[]): boolean {
  return FACTS.some(
    (fact) =>
      !isSameFact(before[fact], after[fact]) && !names.some((name) => FACTS_BY_EVENT[name].includes(fact)),
  );
}

/** Whether the money facts of two payments are equal. */
export const isSameMoney = (one: MoneyFacts, other: MoneyFacts): boolean =>
  one.status === other.status && FACTS.every((fact) => isSameFact(one[fact], other[fact]));

/** Facts are built field by field in one order, so equal facts have equal JSON. */
const isSameFact = (one: MoneyFacts[Fact], other: MoneyFacts[Fact]): boolean =>
  one === other ||
  (isEmptyFact(one) && isEmptyFact(other)) ||
  (typeof one === 'object' && JSON.stringify(one) === JSON.stringify(other));

const isEmptyFact = (fact: MoneyFacts[Fact]): boolean => Array.isArray(fact) && fact.length === 0;
