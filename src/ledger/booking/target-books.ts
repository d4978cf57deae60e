import { effectiveCaptured, type PaymentFacts } from '../../feature.js';
import { type Amounts, type Books, NOTHING, type Scope, scopeKey } from './positions.js';

/** What the books of a payment are to say: nothing of it depends on what was booked before. */
export function targetBooks(payment: PaymentFacts): Books {
  const { mode, merchant, currency, fee } = payment;
  const books = new Map<string, { scope: Scope; amounts: Amounts }>();
  const add = (ofCurrency: string, amounts: Partial<Amounts>): void => {
    const scope = { mode, merchant, currency: ofCurrency };
    const key = scopeKey(scope);
    books.set(key, { scope, amounts: { ...(books.get(key)?.amounts ?? NOTHING), ...amounts } });
  };
  // Without a currency an amount says nothing.
  if (currency !== null) add(currency, ownAmounts(payment));
  // A gateway may take its fee in a currency of its own: it then leaves the gateway's account in that currency.
  if (fee !== null) add(fee.currency, { fee: BigInt(fee.amount) });
  return books;
}

const ownAmounts = (payment: PaymentFacts): Omit<Amounts, 'fee'> => {
  const reversed = BigInt(payment.amountReversed);
  return {
    captured: BigInt(effectiveCaptured(payment)) + reversed,
    reversed,
    refunded: BigInt(payment.amountRefunded),
    disputesOpen: sumOf(payment, 'open'),
    disputesLost: sumOf(payment, 'lost'),
  };
};

const sumOf = ({ disputes }: PaymentFacts, wanted: 'open' | 'lost'): bigint =>
  disputes.reduce((sum, { status, amount }) => (status === wanted ? sum + BigInt(amount ?? 0) : sum), 0n);
