import { newId } from '../../platform/database/new-id.js';
import { deriveMoneyFacts } from '../projection/money-facts.js';
import { isSameMoney } from '../projection/payment-changes.js';
import { PaymentAmended, type MoneyFacts } from '../payment.events.js';
import { createSnapshot } from '../recording/payment-snapshot.js';
import { INITIAL_STATE, type Projection } from '../projection/projection.js';
import type { PaymentRow } from '../recording/stored-projection.js';
import type { StoredPayment } from './derived-payment.js';

/**
 * What orders, books and accounts have to hear when a payment is repaired; null where no money fact and no status
 * changes. Silent: nobody is mailed. Each repair is a cause of its own.
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

/** As the columns say, which may be otherwise than any fold would make them. */
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
