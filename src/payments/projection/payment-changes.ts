import { comparePositions, type CausalPosition } from './causal-order.js';
import { withholdsMoney } from './disputes.js';
import type { Attempt } from './failed-attempts.js';
import { deriveMoneyFacts } from './money-facts.js';
import type { MoneyFacts, PaymentEventName } from '../payment.events.js';
import type { Projection } from './projection.js';

/** Which failed attempts were published: by the gateway's id, or by a place inside an unnamed run. */
export interface PublishedFailures {
  attemptIds: readonly string[];
  places: readonly CausalPosition[];
  /** A failure was published, and no recovery since. */
  open: boolean;
  /** Ids of refunds that were told already; left out while there are none. */
  refunds?: readonly string[];
}

export const NOTHING_PUBLISHED: PublishedFailures = { attemptIds: [], places: [], open: false };

export interface PaymentChanges {
  eventNames: PaymentEventName[];
  published: PublishedFailures;
  before: MoneyFacts;
  after: MoneyFacts;
}

/**
 * What the rest of the business has to hear when a payment changes from `before` to `after`.
 * Compares stored truths only, so a report that changes nothing tells nothing.
 */
export function domainEventsFor(
  before: Projection,
  after: Projection,
  published: PublishedFailures,
  /** Of `before`, where the caller has them. */
  known: MoneyFacts = deriveMoneyFacts(before),
): PaymentChanges {
  const names: PaymentEventName[] = [];
  const money = { before: known, after: deriveMoneyFacts(after) };
  const wasReversed = hasGrown(money, 'amountReversed');
  let told = published;
  if (before.reports === 0) names.push('payment.created');
  if (after.state !== before.state) {
    if (after.state === 'authorized') names.push('payment.authorized');
    if (after.state === 'succeeded') names.push('payment.succeeded');
    if (after.state === 'canceled') names.push('payment.canceled');
  }
  if (told.open && (after.state === 'authorized' || after.state === 'succeeded')) {
    names.push('payment.recovered');
    told = { ...told, open: false };
  }
  if (wasReversed) names.push('payment.reversed');
  if (after.state === 'failed' && after.attempt !== null) {
    if (!wasPublished(after.attempt, told)) {
      if (!wasReversed) names.push('payment.failed');
      told = { ...addAttempt(after.attempt, told), open: true };
    } else told = addAttemptId(after.attempt, told);
  }
  if (hasGrown(money, 'amountRefunded') && isNewlyRefunded(money, told)) names.push('payment.refunded');
  told = addRefundIds(money, told);
  if (hasNewDispute(money)) names.push('payment.disputed');
  if (isAmended(money, names)) names.push('payment.amended');
  return { eventNames: names, published: told, ...money };
}

interface BothSides {
  before: MoneyFacts;
  after: MoneyFacts;
}

const hasGrown = ({ before, after }: BothSides, amount: 'amountReversed' | 'amountRefunded'): boolean =>
  BigInt(after[amount]) > BigInt(before[amount]);

function wasPublished(attempt: Attempt, { attemptIds, places }: PublishedFailures): boolean {
  if (attempt.id !== null && attemptIds.includes(attempt.id)) return true;
  return places.some(
    (place) => comparePositions(attempt.from, place) <= 0 && comparePositions(place, attempt.to) <= 0,
  );
}

const addAttempt = (attempt: Attempt, published: PublishedFailures): PublishedFailures =>
  attempt.id !== null
    ? { ...published, attemptIds: [...published.attemptIds, attempt.id] }
    : { ...published, places: [...published.places, attempt.to] };

/** An attempt that was published by its place may be named later: it is the same. */
const addAttemptId = ({ id }: Attempt, published: PublishedFailures): PublishedFailures =>
  id === null || published.attemptIds.includes(id)
    ? published
    : { ...published, attemptIds: [...published.attemptIds, id] };

const standingRefundIds = ({ refunds }: MoneyFacts): string[] =>
  refunds.filter(({ status }) => status === 'pending' || status === 'succeeded').map(({ id }) => id);

/** Once a refund: one that failed and stands again after all was told before. */
function isNewlyRefunded({ before, after }: BothSides, { refunds: told = [] }: PublishedFailures): boolean {
  const stoodBefore = standingRefundIds(before);
  const added = standingRefundIds(after).filter((id) => !stoodBefore.includes(id));
  return added.length === 0 || added.some((id) => !told.includes(id));
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

/** The facts that are news with each name. What changes beside them is told by `payment.amended`. */
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

/** Whether two payments show the same of money. */
export const isSameMoney = (one: MoneyFacts, other: MoneyFacts): boolean =>
  one.status === other.status && FACTS.every((fact) => isSameFact(one[fact], other[fact]));

/** Facts are built field by field, so equal ones are written equally. */
const isSameFact = (one: MoneyFacts[Fact], other: MoneyFacts[Fact]): boolean =>
  one === other ||
  (isEmptyFact(one) && isEmptyFact(other)) ||
  (typeof one === 'object' && JSON.stringify(one) === JSON.stringify(other));

const isEmptyFact = (fact: MoneyFacts[Fact]): boolean => Array.isArray(fact) && fact.length === 0;
