import type { StoryStep, StoryEvent } from '../../src/simulator/gateway-simulator.js';

/**
 * A second model of a payment, written only from the contract. It shares no line with `src/payments`. The oracle compares
 * the service with it.
 */
export interface ExpectedPayment {
  state: string;
  status: string;
  amount: string;
  amountRefunded: string;
  currency: string;
  /** Event ids and their outcomes in causal order. */
  outcomes: readonly (readonly [eventId: string, outcome: string])[];
}

const RANKS: readonly StoryStep[] = [
  'created',
  'requires_action',
  'processing',
  'failed',
  'authorized',
  'canceled',
  'succeeded',
  'refund_created',
  'refund_succeeded',
  'refund_failed',
  'dispute_opened',
  'dispute_won',
  'dispute_lost',
];

/** Derives the payment from events in any order. Throws a RangeError without events. */
export function deriveExpectedPayment(events: readonly StoryEvent[]): ExpectedPayment {
  const causal = [...events].sort(
    (a, b) =>
      a.occurredAt.getTime() - b.occurredAt.getTime() ||
      RANKS.indexOf(a.kind) - RANKS.indexOf(b.kind) ||
      (a.eventId < b.eventId ? -1 : 1),
  );
  const [first] = causal;
  if (!first) throw new RangeError('a payment without events cannot be derived');
  let state: string | null = null;
  const outcomes: [string, string][] = [];
  for (const { kind, eventId } of causal) {
    const outcome = decideOutcome(kind, state);
    outcomes.push([eventId, outcome]);
    if (state === null || (outcome === 'applied' && !/^(refund|dispute)_/.test(kind))) {
      state = /^(refund|dispute)_/.test(kind) ? 'created' : kind;
    }
  }
  const refunded = sumRefunds(causal);
  const { amount, currency } = first;
  return {
    state: state ?? 'created',
    status: decideStatus(causal, state ?? 'created', refunded, BigInt(amount)),
    amount,
    amountRefunded: refunded.toString(),
    currency,
    outcomes,
  };
}

function decideOutcome(kind: StoryStep, state: string | null): 'applied' | 'superseded' | 'refused' {
  const stands = (...states: string[]): boolean => state !== null && states.includes(state);
  switch (kind) {
    case 'created':
      return state === null ? 'applied' : 'superseded';
    case 'requires_action':
    case 'processing':
      return stands('authorized', 'succeeded', 'canceled') ? 'superseded' : 'applied';
    case 'failed':
      return stands('succeeded', 'canceled') ? 'refused' : 'applied';
    case 'authorized':
      return stands('succeeded') ? 'superseded' : stands('canceled') ? 'refused' : 'applied';
    case 'canceled':
      return stands('succeeded') ? 'refused' : 'applied';
    default:
      return 'applied';
  }
}

/** Each refund counts once by its id, and not at all if it failed in the end. */
function sumRefunds(causal: readonly StoryEvent[]): bigint {
  const byId = new Map<string, bigint>();
  for (const { kind, refundId, refundAmount, amount } of causal) {
    if (!kind.startsWith('refund_')) continue;
    byId.set(refundId ?? '', kind === 'refund_failed' ? 0n : BigInt(refundAmount ?? amount));
  }
  return [...byId.values()].reduce((sum, one) => sum + one, 0n);
}

function decideStatus(
  causal: readonly StoryEvent[],
  state: string,
  refunded: bigint,
  amount: bigint,
): string {
  const dispute = causal.filter(({ kind }) => kind.startsWith('dispute_')).at(-1)?.kind;
  if (dispute === 'dispute_opened' || dispute === 'dispute_lost') return 'disputed';
  if (refunded === 0n) return state;
  return refunded < amount ? 'partially_refunded' : 'refunded';
}
