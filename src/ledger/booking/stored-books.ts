import type { AccountSum, BookedEntry } from '../ledger-entry.store.js';
import type { StandingOf } from './book-difference.js';
import {
  type Amounts,
  type Books,
  isCreditSide,
  NOTHING,
  positionOf,
  type Scope,
  scopeKey,
} from './positions.js';
import { type Movement, standingAfter } from './standing.js';

/** The books of each payment, of the sums of its ledger accounts. A payment without entries has none. */
export function restoreBooks(sums: readonly AccountSum[]): ReadonlyMap<string, Books> {
  const all = new Map<string, Map<string, { scope: Scope; amounts: Amounts }>>();
  for (const { paymentId, name, balance, mode, merchant, currency } of sums) {
    const position = positionOf(name);
    if (position === null) continue;
    const scope = { mode, merchant, currency };
    const books = all.get(paymentId) ?? new Map<string, { scope: Scope; amounts: Amounts }>();
    const known = books.get(scopeKey(scope))?.amounts ?? NOTHING;
    const amount = isCreditSide(position) ? -BigInt(balance) : BigInt(balance);
    books.set(scopeKey(scope), { scope, amounts: { ...known, [position]: amount } });
    all.set(paymentId, books);
  }
  return all;
}

/** The transactions of one payment that still stand, of all its entries. */
export function standingOfPayment(entries: readonly BookedEntry[]): StandingOf {
  return (scope, position) => {
    const movements = entries.flatMap(({ name, transaction, amount, ...entry }): Movement[] => {
      if (positionOf(name) !== position || scopeKey(entry) !== scopeKey(scope)) return [];
      return [{ transaction, growth: isCreditSide(position) ? -BigInt(amount) : BigInt(amount) }];
    });
    return standingAfter(movements);
  };
}
