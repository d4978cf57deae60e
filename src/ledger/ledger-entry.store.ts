import type { EntityManager } from 'typeorm';
import { createBulkInsert, type Mode, toArrayLiteral } from '../feature.js';

/* The statements on `ledger_entries` that book and compare. Those of the read API are in api/ledger-list.store.ts. */

/** Writes many entries in one statement. */
export const insertEntries = createBulkInsert('ledger_entries', {
  id: 'uuid',
  transaction_id: 'uuid',
  ledger_account_id: 'integer',
  payment_id: 'uuid',
  amount: 'numeric',
  cause: 'text',
  cause_id: 'uuid',
  occurred_at: 'timestamptz',
  corrects: 'uuid',
});

const SCOPE = `account.name, account.mode, nullif(account.merchant, '') AS merchant, account.currency`;

/** What one ledger account says about one payment. */
export interface AccountSum {
  paymentId: string;
  name: string;
  mode: Mode;
  merchant: string | null;
  currency: string;
  /** Debits less credits. */
  balance: string;
}

/** What is booked of these payments. LATERAL looks each payment up by the index, whatever the statistics say. */
export const findBooked = (manager: EntityManager, paymentIds: readonly string[]): Promise<AccountSum[]> =>
  manager.query<AccountSum[]>(
    `SELECT wanted.id AS "paymentId", ${SCOPE}, sum(entry.amount) AS balance
     FROM unnest($1::uuid[]) AS wanted (id)
     CROSS JOIN LATERAL (SELECT * FROM ledger_entries WHERE payment_id = wanted.id OFFSET 0) AS entry
     JOIN ledger_accounts account ON account.id = entry.ledger_account_id
     GROUP BY wanted.id, account.name, account.mode, account.merchant, account.currency`,
    [toArrayLiteral(paymentIds)],
  );

/** One entry of a payment, as far as its transaction may have to be undone. */
export interface BookedEntry extends Omit<AccountSum, 'balance'> {
  transaction: string;
  amount: string;
}

/** All entries of these payments, in the order in which they were booked. */
export const findBookedEntries = (
  manager: EntityManager,
  paymentIds: readonly string[],
): Promise<BookedEntry[]> =>
  manager.query<BookedEntry[]>(
    `SELECT entry.payment_id AS "paymentId", entry.transaction_id AS transaction, entry.amount, ${SCOPE}
     FROM ledger_entries entry JOIN ledger_accounts account ON account.id = entry.ledger_account_id
     WHERE entry.payment_id = ANY($1) ORDER BY entry.id`,
    [toArrayLiteral(paymentIds)],
  );
