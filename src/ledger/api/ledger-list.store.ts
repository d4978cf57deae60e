import type { EntityManager } from 'typeorm';
import { findPaymentIdsOfOrder, lowestIdAt, type Mode, toArrayLiteral } from '../../feature.js';
import type { LedgerBalancesQuery, LedgerEntriesQuery } from './ledger.query.js';

/* The statements of the read API on `ledger_entries` and `ledger_accounts`. */

/** An entry with what its ledger account says. */
export interface ListedEntry {
  id: string;
  transaction: string;
  ledgerAccount: string;
  /** A debit is positive, a credit negative. */
  amount: string;
  currency: string;
  mode: Mode;
  merchant: string | null;
  paymentId: string;
  cause: string;
  causeId: string;
  occurredAt: Date;
  corrects: string | null;
}

/** Which entries are meant: those of these ledger accounts, payments and times. */
export interface EntryRange {
  ledgerAccountIds: readonly number[];
  /** Null: of all payments. */
  paymentIds: readonly string[] | null;
  /** The first id, and the first that is too new; null where there is no limit. */
  from: string | null;
  below: string | null;
}

/** Payments of one order id. More than these are not looked at. */
const MAX_PAYMENTS_OF_ORDER = 10_000;

/** Finds the ledger accounts and the payments of a filter: both are few, and the entries are found by them. */
export async function findRange(manager: EntityManager, query: LedgerEntriesQuery): Promise<EntryRange> {
  const { ledgerAccount, gateway, account, mode = 'live', merchant, paymentId, orderId, from, to } = query;
  const conditions: readonly (readonly [string, string | undefined])[] = [
    ['mode', mode],
    ['name', ledgerAccount],
    ['gateway', gateway],
    ['account', account],
    ['merchant', merchant],
  ];
  const given = conditions.filter(([, value]) => value !== undefined);
  const rows = await manager.query<{ id: number }[]>(
    `SELECT id FROM ledger_accounts WHERE ${given.map(([column], at) => `${column} = $${at + 1}`).join(' AND ')}`,
    given.map(([, value]) => value),
  );
  const ofOrder =
    orderId === undefined ? null : await findPaymentIdsOfOrder(manager, orderId, MAX_PAYMENTS_OF_ORDER);
  return {
    ledgerAccountIds: rows.map(({ id }) => id),
    paymentIds: bothOf(paymentId === undefined ? null : [paymentId.toLowerCase()], ofOrder),
    from: from === undefined ? null : lowestIdAt(new Date(from)),
    below: to === undefined ? null : lowestIdAt(new Date(to)),
  };
}

const bothOf = (one: readonly string[] | null, other: readonly string[] | null): readonly string[] | null =>
  one && other ? one.filter((id) => other.includes(id)) : (one ?? other);

const ENTRY = `entry.id, entry.transaction_id AS transaction, account.name AS "ledgerAccount", entry.amount,
  account.currency, account.mode, nullif(account.merchant, '') AS merchant, entry.payment_id AS "paymentId",
  entry.cause, entry.cause_id AS "causeId", entry.occurred_at AS "occurredAt", entry.corrects`;

/** `$1` are the ledger accounts, `$2` and `$3` the range of ids. */
const IN_RANGE = `($2::uuid IS NULL OR entry.id >= $2) AND ($3::uuid IS NULL OR entry.id < $3)`;
const WITH_ACCOUNT = `JOIN ledger_accounts account ON account.id = entry.ledger_account_id`;

/**
 * The newest of each ledger account, and of those the newest. The ids of the accounts stand in the text, so that the
 * planner knows which of them are rare: it would look for those among all entries.
 */
const pageByAccount = (ledgerAccountIds: readonly number[]): string => {
  const newest = ledgerAccountIds.map(
    (id) => `(SELECT * FROM ledger_entries entry WHERE entry.ledger_account_id = ${id} AND ${IN_RANGE}
      ORDER BY entry.id DESC LIMIT $4)`,
  );
  return `SELECT ${ENTRY} FROM (${newest.join(' UNION ALL ')}) AS entry ${WITH_ACCOUNT}
    WHERE account.id = ANY($1::integer[]) ORDER BY entry.id DESC LIMIT $4`;
};

/** Where the accounts are so many that they hold most entries: the newest entries, one after the other. */
const PAGE_BY_TIME = `SELECT ${ENTRY} FROM ledger_entries entry ${WITH_ACCOUNT}
  WHERE entry.ledger_account_id = ANY($1::integer[]) AND ${IN_RANGE} ORDER BY entry.id DESC LIMIT $4`;

const OF_PAYMENTS = `SELECT ${ENTRY} FROM ledger_entries entry ${WITH_ACCOUNT}
  WHERE entry.payment_id = ANY($4::uuid[]) AND entry.ledger_account_id = ANY($1::integer[]) AND ${IN_RANGE}
  ORDER BY entry.id DESC`;

/** Each account costs one look-up and at most `limit` entries. */
const MAX_LOOK_UPS = 64;

/** At most `limit` entries of the range, newest first. */
export function findEntries(
  manager: EntityManager,
  range: EntryRange,
  limit: number,
): Promise<ListedEntry[]> {
  const parameters = [toArrayLiteral(range.ledgerAccountIds), range.from, range.below];
  if (range.paymentIds !== null)
    return manager.query<ListedEntry[]>(`${OF_PAYMENTS} LIMIT $5`, [
      ...parameters,
      toArrayLiteral(range.paymentIds),
      limit,
    ]);
  if (range.ledgerAccountIds.length === 0) return Promise.resolve([]);
  const isFew = range.ledgerAccountIds.length <= MAX_LOOK_UPS;
  return manager.query<ListedEntry[]>(isFew ? pageByAccount(range.ledgerAccountIds) : PAGE_BY_TIME, [
    ...parameters,
    limit,
  ]);
}

/** Declares the cursor {@link ENTRY_CURSOR} on all entries of the range, newest first, in the transaction of `manager`. */
export async function openEntryCursor(manager: EntityManager, range: EntryRange): Promise<void> {
  const parameters = [toArrayLiteral(range.ledgerAccountIds), range.from, range.below];
  const ofAll = `SELECT ${ENTRY} FROM ledger_entries entry ${WITH_ACCOUNT}
    WHERE entry.ledger_account_id = ANY($1::integer[]) AND ${IN_RANGE} ORDER BY entry.id DESC`;
  const isOfAll = range.paymentIds === null;
  await manager.query(
    `DECLARE ledger_export NO SCROLL CURSOR FOR ${isOfAll ? ofAll : OF_PAYMENTS}`,
    isOfAll ? parameters : [...parameters, toArrayLiteral(range.paymentIds ?? [])],
  );
}

/** The next entries of the cursor; none when it is at its end. */
export const fetchEntries = (manager: EntityManager, count: number): Promise<ListedEntry[]> =>
  manager.query<ListedEntry[]>(`FETCH ${count} FROM ledger_export`);

/** The balance of ledger accounts of one name, mode, merchant and currency. */
export interface Balance {
  ledgerAccount: string;
  mode: Mode;
  merchant: string | null;
  currency: string;
  balance: string;
}

/** Without a time: the sums that were kept. Else less what was booked since, from an index that holds the amounts. */
export function findBalances(
  manager: EntityManager,
  { at, mode, merchant, currency }: LedgerBalancesQuery,
): Promise<Balance[]> {
  const since = at === undefined ? null : lowestIdAt(new Date(new Date(at).getTime() + 1));
  return manager.query<Balance[]>(
    `SELECT name AS "ledgerAccount", mode, nullif(merchant, '') AS merchant, currency, sum(balance) AS balance
     FROM (
       SELECT name, mode, merchant, currency, CASE WHEN $1::uuid IS NULL THEN balance ELSE balance - coalesce((
           SELECT sum(amount) FROM ledger_entries WHERE ledger_account_id = account.id AND id >= $1), 0) END AS balance
       FROM ledger_accounts account
       WHERE ($2::text IS NULL OR mode = $2) AND ($3::text IS NULL OR merchant = $3)
         AND ($4::text IS NULL OR currency = $4)
         AND ($1::uuid IS NULL OR EXISTS (
           SELECT FROM ledger_entries WHERE ledger_account_id = account.id AND id < $1))) AS known
     GROUP BY name, mode, merchant, currency
     ORDER BY mode COLLATE "C", merchant COLLATE "C", currency COLLATE "C", name COLLATE "C"`,
    [since, mode ?? null, merchant ?? null, currency ?? null],
  );
}
