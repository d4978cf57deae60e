import type { DataSource, EntityManager } from 'typeorm';
import {
  findNotedPayments,
  findPaymentFacts,
  findPaymentFactsAfter,
  type PaymentFacts,
} from '../../feature.js';
import { bookPayments } from '../booking/book-payments.js';
import { findBookedPaymentIds, findUnbalanced, findWrongBalances } from '../ledger-check.store.js';
import { type AccountSum, findBooked } from '../ledger-entry.store.js';
import { type AccountBalance, expectedBalances } from './expected-balances.js';

/** Payments that are in memory at a time. */
const PAGE_SIZE = 500;

/** Something that the books say and ought not to say. */
export interface LedgerDifference {
  /** A payment, a transaction, or the name of a ledger account. */
  what: string;
  ledgerAccount: string;
  booked: bigint;
  expected: bigint;
}

export interface LedgerSummary {
  payments: number;
  /** Payments that differ. */
  differing: string[];
  /** Payments that changed and are not booked yet: they are not compared. */
  waiting: number;
  differences: number;
  /** Those of the differences that booking again does not remove. */
  lasting: number;
}

/**
 * Compares the books with every payment, and the books with themselves, all at one moment. Each difference is given to
 * `found`; the ids of at most `keep` payments that differ are kept.
 */
export async function checkLedger(
  db: DataSource,
  found: (difference: LedgerDifference) => void,
  keep: number,
): Promise<LedgerSummary> {
  const summary: LedgerSummary = { payments: 0, differing: [], waiting: 0, differences: 0, lasting: 0 };
  const report = (difference: LedgerDifference): void => {
    summary.differences++;
    found(difference);
  };
  await db.transaction('REPEATABLE READ', async (manager) => {
    await manager.query('SET TRANSACTION READ ONLY');
    await comparePayments(manager, summary, report, keep);
    const ofPayments = summary.differences;
    await findStrays(manager, report);
    for (const { transaction, sum } of await findUnbalanced(manager))
      report({ what: `transaction ${transaction}`, ledgerAccount: 'sum', booked: BigInt(sum), expected: 0n });
    for (const { id, name, balance, sum } of await findWrongBalances(manager))
      report({
        what: `ledger account ${id}`,
        ledgerAccount: name,
        booked: BigInt(balance),
        expected: BigInt(sum),
      });
    summary.lasting = summary.differences - ofPayments;
  });
  return summary;
}

async function comparePayments(
  manager: EntityManager,
  summary: LedgerSummary,
  report: (difference: LedgerDifference) => void,
  keep: number,
): Promise<void> {
  let after: string | null = null;
  for (;;) {
    const page: PaymentFacts[] = await findPaymentFactsAfter(manager, after, PAGE_SIZE);
    const ids = page.map(({ paymentId }) => paymentId);
    const waiting = await findNotedPayments(manager, 'ledger', ids);
    const booked = groupByPayment(await findBooked(manager, ids));
    for (const payment of page) {
      if (waiting.has(payment.paymentId)) continue;
      const differences = compare(payment, booked.get(payment.paymentId) ?? []);
      differences.forEach(report);
      if (differences.length > 0 && summary.differing.length < keep)
        summary.differing.push(payment.paymentId);
    }
    summary.payments += page.length;
    summary.waiting += waiting.size;
    after = ids.at(-1) ?? null;
    if (page.length < PAGE_SIZE) return;
  }
}

/** Reports the entries of payments that are not stored: nothing says what they are to be. */
async function findStrays(
  manager: EntityManager,
  report: (difference: LedgerDifference) => void,
): Promise<void> {
  let after: string | null = null;
  for (;;) {
    const ids: string[] = await findBookedPaymentIds(manager, after, PAGE_SIZE);
    const stored = new Set((await findPaymentFacts(manager, ids)).map(({ paymentId }) => paymentId));
    const strays = ids.filter((id) => !stored.has(id));
    for (const sum of strays.length === 0 ? [] : await findBooked(manager, strays))
      report({
        what: `payment ${sum.paymentId} (not stored)`,
        ledgerAccount: keyOf(sum),
        booked: BigInt(sum.balance),
        expected: 0n,
      });
    after = ids.at(-1) ?? null;
    if (ids.length < PAGE_SIZE) return;
  }
}

function groupByPayment(sums: readonly AccountSum[]): ReadonlyMap<string, AccountSum[]> {
  const groups = new Map<string, AccountSum[]>();
  for (const sum of sums) {
    const group = groups.get(sum.paymentId);
    if (group) group.push(sum);
    else groups.set(sum.paymentId, [sum]);
  }
  return groups;
}

function compare(payment: PaymentFacts, sums: readonly AccountSum[]): LedgerDifference[] {
  const booked = new Map(sums.map((sum) => [keyOf(sum), BigInt(sum.balance)]));
  const expected = new Map(expectedBalances(payment).map((one) => [keyOf(one), one.balance]));
  return [...new Set([...booked.keys(), ...expected.keys()])].sort().flatMap((key) => {
    const [is, should] = [booked.get(key) ?? 0n, expected.get(key) ?? 0n];
    return is === should
      ? []
      : [{ what: `payment ${payment.paymentId}`, ledgerAccount: key, booked: is, expected: should }];
  });
}

const keyOf = ({
  name,
  mode,
  merchant,
  currency,
}: Pick<AccountBalance, 'name' | 'mode' | 'merchant' | 'currency'>): string =>
  [name, mode, ...(merchant === null ? [] : [merchant]), currency].join(' ');

/** Books these payments anew, some at a time. */
export async function bookAgain(db: DataSource, paymentIds: readonly string[]): Promise<void> {
  for (let at = 0; at < paymentIds.length; at += PAGE_SIZE)
    await db.transaction((manager) => bookPayments(manager, paymentIds.slice(at, at + PAGE_SIZE)));
}
