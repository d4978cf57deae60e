import type { Json, TestApp } from './test-app.js';

/** The entries of one payment, oldest first. */
export async function entriesOf(app: TestApp, paymentId: string): Promise<Json[]> {
  const all: Json[] = [];
  for (const mode of ['live', 'test']) {
    const { items } = await app.get(`/ledger/entries?paymentId=${paymentId}&mode=${mode}&limit=200`);
    all.push(...items);
  }
  return all.toSorted((one, other) => (one.id < other.id ? -1 : 1));
}

/** Debits less credits of entries, by ledger account and what else separates balances. Accounts without money are left out. */
export function balancesOf(entries: readonly Json[]): Record<string, string> {
  const sums = new Map<string, bigint>();
  for (const { ledgerAccount, mode, merchant, currency, direction, amount } of entries) {
    const key = [ledgerAccount, mode, merchant ?? '-', currency].join(' ');
    sums.set(key, (sums.get(key) ?? 0n) + (direction === 'debit' ? BigInt(amount) : -BigInt(amount)));
  }
  return Object.fromEntries(
    [...sums]
      .filter(([, sum]) => sum !== 0n)
      .map(([key, sum]): [string, string] => [key, sum.toString()])
      .toSorted(),
  );
}

/** What the contract says about the books of a payment, word for word, of what `GET /payments/:id` shows. */
export function contractBalances(payment: Json): Record<string, string> {
  const { gateway, account, mode, merchant, currency, state, amount, fee } = payment;
  const captured = BigInt(payment.amountCaptured ?? (state === 'succeeded' ? amount : null) ?? 0);
  const reversed = BigInt(payment.amountReversed);
  const sum = (status: string): bigint =>
    payment.disputes
      .filter((dispute: Json) => dispute.status === status)
      .reduce((total: bigint, dispute: Json) => total + BigInt(dispute.amount ?? 0), 0n);
  const sums = new Map<string, bigint>();
  const add = (name: string, of: string, value: bigint): void => {
    const key = [name, mode, merchant ?? '-', of].join(' ');
    sums.set(key, (sums.get(key) ?? 0n) + value);
  };
  const gatewayAccount = `gateway:${gateway}:${account}`;
  if (currency !== null) {
    add('revenue', currency, -(captured + reversed));
    add('reversals', currency, reversed);
    add('refunds', currency, BigInt(payment.amountRefunded));
    add('disputes:open', currency, sum('open'));
    add('disputes:lost', currency, sum('lost'));
    add(gatewayAccount, currency, captured - BigInt(payment.amountRefunded) - BigInt(payment.amountDisputed));
  }
  if (fee !== null) {
    add(`fees:${gateway}`, fee.currency, BigInt(fee.amount));
    add(gatewayAccount, fee.currency, -BigInt(fee.amount));
  }
  return Object.fromEntries(
    [...sums]
      .filter(([, value]) => value !== 0n)
      .map(([key, value]): [string, string] => [key, value.toString()])
      .toSorted(),
  );
}

/** Whether the entries of every transaction sum to zero in each currency. */
export function isBalanced(entries: readonly Json[]): boolean {
  const sums = new Map<string, bigint>();
  for (const { transaction, currency, direction, amount } of entries) {
    const key = `${transaction} ${currency}`;
    sums.set(key, (sums.get(key) ?? 0n) + (direction === 'debit' ? BigInt(amount) : -BigInt(amount)));
  }
  return [...sums.values()].every((sum) => sum === 0n);
}
