import { formatTable } from '../table.js';

interface Balance {
  ledgerAccount: string;
  mode: string;
  currency: string;
  balance: string;
}

/** The balances of the ledger as a table. They are right where those of each mode and currency sum to zero. */
export function showBalances(balances: readonly Balance[]): { text: string; right: boolean } {
  const sums = new Map<string, bigint>();
  for (const { mode, currency, balance } of balances) {
    const key = `${mode} ${currency}`;
    sums.set(key, (sums.get(key) ?? 0n) + BigInt(balance));
  }
  const rows = balances.map(({ ledgerAccount, mode, currency, balance }) => [
    ledgerAccount,
    mode,
    currency,
    balance,
    sums.get(`${mode} ${currency}`) === 0n ? '✓' : '✗',
  ]);
  return {
    text: formatTable(['ledger account', 'mode', 'currency', 'balance', ''], rows),
    right: balances.length > 0 && [...sums.values()].every((sum) => sum === 0n),
  };
}
