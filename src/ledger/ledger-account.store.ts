import type { EntityManager } from 'typeorm';
import { type Mode, toArrayLiteral } from '../feature.js';

/* The statements on `ledger_accounts`. Those of the read API are in api/ledger-list.store.ts. */

/** What names a ledger account. */
export interface LedgerAccountKey {
  name: string;
  gateway: string;
  account: string;
  mode: Mode;
  merchant: string | null;
  currency: string;
}

export const accountKey = ({ name, gateway, account, mode, merchant, currency }: LedgerAccountKey): string =>
  JSON.stringify([name, gateway, account, mode, merchant, currency]);

const WANTED = `unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[])
  AS wanted (name, gateway, account, mode, merchant, currency)`;

const FIND = `SELECT account.id, account.name, account.gateway, account.account, account.mode,
    nullif(account.merchant, '') AS merchant, account.currency
  FROM ${WANTED} JOIN ledger_accounts account USING (name, gateway, account, mode, merchant, currency)`;

// Sorted, so that two transactions that open the same accounts never wait for each other in a circle.
const OPEN = `INSERT INTO ledger_accounts (name, gateway, account, mode, merchant, currency, balance)
  SELECT *, 0 FROM ${WANTED} ORDER BY 1, 2, 3, 4, 5, 6 ON CONFLICT DO NOTHING`;

/** The ids of ledger accounts, by {@link accountKey}. Those that do not exist yet are opened. */
export async function openLedgerAccounts(
  manager: EntityManager,
  wanted: readonly LedgerAccountKey[],
): Promise<ReadonlyMap<string, number>> {
  const keys = new Map(wanted.map((key) => [accountKey(key), key]));
  const known = await findIds(manager, [...keys.values()]);
  const missing = [...keys].filter(([name]) => !known.has(name)).map(([, key]) => key);
  if (missing.length === 0) return known;
  await manager.query(OPEN, toArrays(missing));
  return findIds(manager, [...keys.values()]);
}

async function findIds(
  manager: EntityManager,
  keys: readonly LedgerAccountKey[],
): Promise<ReadonlyMap<string, number>> {
  const rows = await manager.query<(LedgerAccountKey & { id: number })[]>(FIND, toArrays(keys));
  return new Map(rows.map((row) => [accountKey(row), row.id]));
}

const toArrays = (keys: readonly LedgerAccountKey[]): string[] => [
  toArrayLiteral(keys.map(({ name }) => name)),
  toArrayLiteral(keys.map(({ gateway }) => gateway)),
  toArrayLiteral(keys.map(({ account }) => account)),
  toArrayLiteral(keys.map(({ mode }) => mode)),
  toArrayLiteral(keys.map(({ merchant }) => merchant ?? '')),
  toArrayLiteral(keys.map(({ currency }) => currency)),
];

/**
 * Adds to the balances of these accounts. The rows are locked in the order of their ids and until the transaction ends, so
 * it is the last that a transaction does.
 */
export async function addToBalances(
  manager: EntityManager,
  amounts: ReadonlyMap<number, bigint>,
): Promise<void> {
  const ids = toArrayLiteral([...amounts.keys()]);
  await manager.query(
    `SELECT id FROM ledger_accounts WHERE id = ANY($1::integer[]) ORDER BY id FOR NO KEY UPDATE`,
    [ids],
  );
  await manager.query(
    `UPDATE ledger_accounts account SET balance = account.balance + given.amount
     FROM unnest($1::integer[], $2::numeric[]) AS given (id, amount) WHERE account.id = given.id`,
    [ids, toArrayLiteral([...amounts.values()])],
  );
}
