import { comparePlaces, type Place } from './causal-order.js';
import { moneyBack, type Attempt, type Projection } from './projection.js';
import type { PaymentEventName } from './payment.events.js';

/** Which failed attempts were published: by the gateway's id, or by a place inside an unnamed run. */
export interface PublishedFailures {
  attemptIds: readonly string[];
  places: readonly Place[];
  /** A failure was published, and no recovery since. */
  open: boolean;
}

export const NO_FAILURES: PublishedFailures = { attemptIds: [], places: [], open: false };

/**
 * What the rest of the business has to hear when a payment changes from `before` to `after`.
 * Compares stored truths only, so a report that changes nothing tells nothing.
 */
export function changesOf(
  before: Projection,
  after: Projection,
  published: PublishedFailures,
): { names: PaymentEventName[]; published: PublishedFailures } {
  const names: PaymentEventName[] = [];
  let failures = published;
  if (before.reports === 0) names.push('payment.created');
  if (after.state !== before.state) {
    if (after.state === 'authorized') names.push('payment.authorized');
    if (after.state === 'succeeded') names.push('payment.succeeded');
    if (after.state === 'canceled') names.push('payment.canceled');
  }
  if (failures.open && (after.state === 'authorized' || after.state === 'succeeded')) {
    names.push('payment.recovered');
    failures = { ...failures, open: false };
  }
  if (after.state === 'failed' && after.attempt !== null && !wasPublished(after.attempt, failures)) {
    names.push('payment.failed');
    failures = remember(after.attempt, failures);
  }
  if (BigInt(moneyBack(after).amountRefunded) > BigInt(moneyBack(before).amountRefunded))
    names.push('payment.refunded');
  if (hasNewDispute(before, after)) names.push('payment.disputed');
  return { names, published: failures };
}

function wasPublished(attempt: Attempt, failures: PublishedFailures): boolean {
  if (attempt.id !== null) return failures.attemptIds.includes(attempt.id);
  return failures.places.some(
    (place) => comparePlaces(attempt.from, place) <= 0 && comparePlaces(place, attempt.to) <= 0,
  );
}

function remember(attempt: Attempt, failures: PublishedFailures): PublishedFailures {
  return attempt.id !== null
    ? { ...failures, attemptIds: [...failures.attemptIds, attempt.id], open: true }
    : { ...failures, places: [...failures.places, attempt.to], open: true };
}

function hasNewDispute(before: Projection, after: Projection): boolean {
  const known = new Set(
    before.disputes.filter((dispute) => dispute.status !== 'won').map((dispute) => dispute.id),
  );
  return after.disputes.some((dispute) => dispute.status !== 'won' && !known.has(dispute.id));
}
