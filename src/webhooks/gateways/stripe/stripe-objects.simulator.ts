import type { StoryEvent, StoryStep } from '../../../simulator/gateway-simulator.js';
import type { StripeObject } from './stripe-api-lists.simulator.js';
import { toStripeAmount } from './stripe.amounts.js';
import { billingDetails, stripeObjectOf } from './stripe.simulator.js';

/** The steps of the payment itself, and of those the ones that have a charge, with the charge's status. */
const STAGES: ReadonlySet<StoryStep> = new Set<StoryStep>([
  'created',
  'requires_action',
  'processing',
  'failed',
  'authorized',
  'canceled',
  'succeeded',
]);
const CHARGES: Partial<Record<StoryStep, string>> = {
  processing: 'pending',
  failed: 'failed',
  authorized: 'succeeded',
  succeeded: 'succeeded',
};

/**
 * What Stripe's API has of a payment after these events of its story: the intent, a charge for each attempt, the refunds
 * and the disputes. As in a list, a charge stands as an id where it is not expanded.
 */
export function stripeObjectsAfter(events: readonly StoryEvent[]): StripeObject[] {
  const first = events[0];
  const stage = events.findLast(({ kind }) => STAGES.has(kind));
  if (!first || !stage) return [];
  const charges = chargesAfter(events);
  const canceled_at = stage.kind === 'canceled' ? seconds(stage.occurredAt) : null;
  const created = seconds(first.occurredAt);
  const latest_charge = charges.at(-1)?.id ?? null;
  return [
    { ...stripeObjectOf(stage), created, canceled_at, latest_charge } as StripeObject,
    ...charges,
    ...lastOfEach(events, 'refund_'),
    ...lastOfEach(events, 'dispute_'),
  ];
}

function chargesAfter(events: readonly StoryEvent[]): StripeObject[] {
  const charges = new Map<number, StripeObject>();
  for (const event of events) {
    const status = CHARGES[event.kind];
    if (status === undefined) continue;
    // An event comes after what it tells, here a second after the charge of a debit was made.
    const lag = event.kind === 'processing' ? 1 : 0;
    const created = charges.get(event.attempt)?.created ?? seconds(event.occurredAt) - lag;
    charges.delete(event.attempt);
    charges.set(event.attempt, { ...chargeAfter(event, status), created });
  }
  return [...charges.values()];
}

function chargeAfter(told: StoryEvent, status: string): StripeObject {
  const captured = told.kind === 'succeeded';
  const { amount, capturedAmount = amount, currency } = told;
  const isFailed = status === 'failed';
  const charge = {
    id: `ch_${told.paymentId}_${told.attempt}`,
    object: 'charge',
    amount: toStripeAmount(amount, currency),
    amount_captured: captured ? toStripeAmount(capturedAmount, currency) : 0,
    billing_details: { address: null, ...billingDetails(told) },
    captured,
    currency: currency.toLowerCase(),
    customer: told.customer.id ?? null,
    failure_code: isFailed ? 'card_declined' : null,
    failure_message: isFailed ? 'Your card was declined.' : null,
    livemode: true,
    metadata: { orderId: told.orderId },
    outcome: isFailed ? { type: 'issuer_declined', reason: told.failureCode ?? 'generic_decline' } : null,
    payment_intent: told.paymentId,
    receipt_email: told.customer.email,
    status,
  };
  return charge;
}

/** Each refund or dispute as its last event left it, made when its first event happened. */
function lastOfEach(events: readonly StoryEvent[], family: 'refund_' | 'dispute_'): StripeObject[] {
  const objects = new Map<string, StripeObject>();
  for (const event of events.filter(({ kind }) => kind.startsWith(family))) {
    const written = stripeObjectOf(event);
    const created = objects.get(written.id)?.created ?? written.created ?? seconds(event.occurredAt);
    objects.set(written.id, { ...written, created });
  }
  return [...objects.values()];
}

const seconds = (time: Date): number => Math.floor(time.getTime() / 1000);
