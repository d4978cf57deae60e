import { newId } from '../../platform/database/new-id.js';
import { PaymentAmended } from '../payment.events.js';
import { deriveMoneyFacts, type MoneyFacts } from '../projection/money-facts.js';
import { isSameMoney } from '../projection/payment-changes.js';
import { createSnapshot } from '../recording/payment-snapshot.js';
import { INITIAL_STATE, type Projection } from '../projection/projection.js';
import type { PaymentRow } from '../recording/payment-row.js';
import type { StoredPayment } from './derived-payment.js';

/**
 * The event to publish when a payment is repaired; null where no money fact changes. The event is silent, so handlers
 * that send messages skip it. Each repair has a new cause id, so a second repair publishes again.
 */
export function createAmendment(
  id: string,
  { key, row }: Pick<StoredPayment, 'key' | 'row'>,
  projection: Projection,
): PaymentAmended | null {
  const before = row ? toStoredMoneyFacts(row) : deriveMoneyFacts(INITIAL_STATE);
  const after = deriveMoneyFacts(projection);
  if (isSameMoney(before, after)) return null;
  const at = new Date(projection.last?.at ?? 0).toISOString();
  const snapshot = createSnapshot({ id, ...key }, projection, after, at);
  return new PaymentAmended(id, newId(), { ...snapshot, before, after }, true);
}

/** The money facts in the stored columns. They may differ from what any fold derives. */
function toStoredMoneyFacts(row: PaymentRow): MoneyFacts {
  const fee = row.fee as MoneyFacts['fee'];
  return {
    status: row.status as MoneyFacts['status'],
    currency: row.currency as string | null,
    amount: row.amount as string | null,
    amountCaptured: row.amount_captured as string | null,
    amountRefunded: row.amount_refunded as string,
    amountDisputed: row.amount_disputed as string,
    amountReversed: row.amount_reversed as string,
    fee: fee && { amount: fee.amount, currency: fee.currency },
    captures: (row.captures as MoneyFacts['captures']).map(({ id, amount, status }) => ({
      id,
      amount,
      status,
    })),
    refunds: (row.refunds as MoneyFacts['refunds']).map(({ id, amount, status, createdAt }) => ({
      id,
      amount,
      status,
      createdAt,
    })),
    disputes: (row.disputes as MoneyFacts['disputes']).map(({ id, amount, status, reason }) => ({
      id,
      amount,
      status,
      reason,
    })),
  };
}
