import type { EntityManager } from 'typeorm';

/* The statements that compare the books with themselves. Each reads all entries once. */

/** More are not listed. */
const MAX_LISTED = 1_000;

/** Transactions whose entries do not sum to zero. A trigger refuses them: it was switched off while they were written. */
export const findUnbalanced = (manager: EntityManager): Promise<{ transaction: string; sum: string }[]> =>
  manager.query(
    `SELECT entry.transaction_id AS transaction, sum(entry.amount) AS sum
     FROM ledger_entries entry JOIN ledger_accounts account ON account.id = entry.ledger_account_id
     GROUP BY entry.transaction_id, account.mode, account.merchant, account.currency
     HAVING sum(entry.amount) <> 0 LIMIT ${MAX_LISTED}`,
  );

/** The ids of at most `limit` payments that have entries, in order; after this id, where one is given. */
export const findBookedPaymentIds = (
  manager: EntityManager,
  after: string | null,
  limit: number,
): Promise<string[]> =>
  manager
    .query<{ id: string }[]>(
      `SELECT DISTINCT payment_id AS id FROM ledger_entries WHERE $1::uuid IS NULL OR payment_id > $1
       ORDER BY payment_id LIMIT $2`,
      [after, limit],
    )
    .then((rows) => rows.map(({ id }) => id));

/** Ledger accounts whose balance is not the sum of their entries. */
export const findWrongBalances = (
  manager: EntityManager,
): Promise<{ id: number; name: string; balance: string; sum: string }[]> =>
  manager.query(
    `SELECT account.id, account.name, account.balance, coalesce(booked.sum, 0) AS sum
     FROM ledger_accounts account LEFT JOIN (
       SELECT ledger_account_id, sum(amount) AS sum FROM ledger_entries GROUP BY ledger_account_id) AS booked
       ON booked.ledger_account_id = account.id
     WHERE account.balance <> coalesce(booked.sum, 0) ORDER BY account.id LIMIT ${MAX_LISTED}`,
  );
