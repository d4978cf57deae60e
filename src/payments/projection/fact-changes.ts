import { deriveMoneyFacts } from './money-facts.js';
import type { Projection } from './projection.js';

/** One fact of a payment that differs between two projections. Has no personal data. */
export interface FactChange {
  /** The name of the field in the API. */
  readonly field: string;
  readonly before: string;
  readonly after: string;
}

/** What the two projections show, field by field: the order, the state, the status, the amounts, captures, refunds and disputes. */
function shownFacts(projection: Projection): Readonly<Record<string, string>> {
  const money = deriveMoneyFacts(projection);
  return {
    merchant: projection.merchant ?? 'none',
    orderId: projection.orderId ?? 'none',
    gatewayOrderId: projection.gatewayOrderId ?? 'none',
    state: projection.state ?? 'none',
    status: money.status,
    amount: money.amount ?? 'none',
    amountCaptured: money.amountCaptured ?? 'none',
    amountRefunded: money.amountRefunded,
    amountDisputed: money.amountDisputed,
    amountReversed: money.amountReversed,
    captures: listed(money.captures),
    refunds: listed(money.refunds),
    disputes: listed(money.disputes),
  };
}

/** Without times and reasons, and in the order of the ids: a gateway may tell them differently in another message. */
function listed(
  parts: readonly { readonly id: string; readonly amount: string | null; readonly status: string }[],
): string {
  const texts = parts.map(({ id, amount, status }) => `${id} ${amount ?? 'none'} ${status}`);
  return texts.length === 0 ? 'none' : texts.sort().join(', ');
}

/** The facts that differ, in a fixed order; empty where both show the same. Pure. */
export function changedFacts(before: Projection, after: Projection): FactChange[] {
  const [old, now] = [shownFacts(before), shownFacts(after)];
  return Object.keys(now)
    .map((field) => ({ field, before: old[field] ?? 'none', after: now[field] ?? 'none' }))
    .filter((change) => change.before !== change.after);
}

/**
 * Whether nothing more is expected of the payment: it is neither under way nor failed (a failed payment may be paid yet),
 * no refund is pending and no dispute is open.
 */
export function isFinal(projection: Projection): boolean {
  const { refunds, disputes } = deriveMoneyFacts(projection);
  const isSettled = projection.state === 'succeeded' || projection.state === 'canceled';
  return (
    isSettled &&
    refunds.every(({ status }) => status !== 'pending') &&
    disputes.every(({ status }) => status !== 'open')
  );
}
