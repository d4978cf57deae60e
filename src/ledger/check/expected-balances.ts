import type { PaymentFacts } from '../../feature.js';
import { isCreditSide, ledgerAccountName, PAIRS, POSITIONS, type Scope } from '../booking/positions.js';
import { targetBooks } from '../booking/target-books.js';

/** What one ledger account says, or is to say, about one payment. */
export interface AccountBalance extends Scope {
  name: string;
  /** Debits less credits. */
  balance: bigint;
}

/** The balances that the entries of a payment are to have. An account without money is left out. */
export function expectedBalances(payment: PaymentFacts): AccountBalance[] {
  return [...targetBooks(payment).values()].flatMap(({ scope, amounts }) => {
    let gateway = 0n;
    const balances = POSITIONS.map((position) => {
      const isCredit = isCreditSide(position);
      gateway += PAIRS[position].debit === 'gateway' ? amounts[position] : -amounts[position];
      return { position, balance: isCredit ? -amounts[position] : amounts[position] };
    });
    return [...balances, { position: 'gateway' as const, balance: gateway }]
      .filter(({ balance }) => balance !== 0n)
      .map(({ position, balance }) => ({ ...scope, name: ledgerAccountName(position, payment), balance }));
  });
}
