import type { EntityManager } from 'typeorm';
import {
  findNewestReportOfEachKind,
  findPaymentFacts,
  lockForFeature,
  newId,
  type PaymentFacts,
} from '../../feature.js';
import {
  accountKey,
  addToBalances,
  type LedgerAccountKey,
  openLedgerAccounts,
} from '../ledger-account.store.js';
import { findBooked, findBookedEntries, insertEntries } from '../ledger-entry.store.js';
import { transactionsBooked } from '../ledger.metrics.js';
import { bookDifference, type Booking, hasFall } from './book-difference.js';
import { explain } from './explanations.js';
import { type Books, ledgerAccountName, type Side } from './positions.js';
import { restoreBooks, standingOfPayment } from './stored-books.js';
import { targetBooks } from './target-books.js';

/** A payment with what its books say and what they are to say. */
interface Comparison {
  payment: PaymentFacts;
  booked: Books;
  target: Books;
}

/** A transaction with all that its two entries hold. */
interface Transaction {
  payment: PaymentFacts;
  booking: Booking;
  cause: string;
  causeId: string;
  occurredAt: Date;
}

/**
 * Makes the books of these payments equal to the payments, in the transaction of `manager`. The payments are read under the
 * lock of all books, so that of two processes the second one sees what the first one booked. Returns how many
 * transactions were booked.
 */
export async function bookPayments(manager: EntityManager, paymentIds: readonly string[]): Promise<number> {
  // Two bookings would wait for the balances of their ledger accounts anyway.
  await lockForFeature(manager, 'ledger', ['books']);
  const compared = await compare(manager, paymentIds);
  const transactions = await transactionsFor(manager, compared);
  if (transactions.length === 0) return 0;
  await write(manager, transactions);
  for (const { cause } of transactions) transactionsBooked.inc({ cause });
  return transactions.length;
}

async function compare(manager: EntityManager, paymentIds: readonly string[]): Promise<Comparison[]> {
  const payments = await findPaymentFacts(manager, paymentIds);
  const books = restoreBooks(await findBooked(manager, paymentIds));
  return payments.map((payment) => ({
    payment,
    booked: books.get(payment.paymentId) ?? new Map<string, never>(),
    target: targetBooks(payment),
  }));
}

async function transactionsFor(
  manager: EntityManager,
  compared: readonly Comparison[],
): Promise<Transaction[]> {
  const falling = compared.filter(({ booked, target }) => hasFall(booked, target)).map(idOf);
  const entries = falling.length === 0 ? [] : await findBookedEntries(manager, falling);
  const different = compared
    .map((one) => {
      const own = entries.filter(({ paymentId }) => paymentId === idOf(one));
      return {
        payment: one.payment,
        bookings: bookDifference(one.booked, one.target, standingOfPayment(own)),
      };
    })
    .filter(({ bookings }) => bookings.length > 0);
  if (different.length === 0) return [];
  const reports = await findNewestReportOfEachKind(manager, different.map(idOf));
  return different.flatMap(({ payment, bookings }) => {
    const own = reports.filter(({ paymentId }) => paymentId === payment.paymentId);
    return bookings.map((booking) => ({ payment, booking, ...explain(booking.change, own) }));
  });
}

const idOf = ({ payment }: { payment: PaymentFacts }): string => payment.paymentId;

async function write(manager: EntityManager, transactions: readonly Transaction[]): Promise<void> {
  const ids = await openLedgerAccounts(manager, transactions.flatMap(accountsOf));
  const balances = new Map<number, bigint>();
  const rows = transactions.flatMap((transaction) => {
    const { payment, booking, cause, causeId, occurredAt } = transaction;
    const id = newId();
    const [debit, credit] = accountsOf(transaction);
    return [
      { key: debit, amount: booking.amount },
      { key: credit, amount: -booking.amount },
    ].map(({ key, amount }) => {
      const account = ids.get(accountKey(key));
      if (account === undefined) throw new Error('a ledger account was not opened');
      balances.set(account, (balances.get(account) ?? 0n) + amount);
      return {
        id: newId(),
        transaction_id: id,
        ledger_account_id: account,
        payment_id: payment.paymentId,
        amount,
        cause,
        cause_id: causeId,
        occurred_at: occurredAt,
        corrects: booking.corrects,
      };
    });
  });
  await insertEntries(manager, rows);
  await addToBalances(manager, balances);
}

/** The ledger accounts of a transaction: that of the debit, then that of the credit. */
function accountsOf({ payment, booking }: Transaction): [LedgerAccountKey, LedgerAccountKey] {
  const { gateway, account } = payment;
  const of = (side: Side): LedgerAccountKey => ({
    name: ledgerAccountName(side, payment),
    gateway,
    account,
    ...booking.scope,
  });
  return [of(booking.debit), of(booking.credit)];
}
