import type { EntityManager } from 'typeorm';
import {
  createBulkInsert,
  idsByNameSql,
  lockForFeature,
  newId,
  type Mode,
  toArrayLiteral,
  toNameParameters,
} from '../feature.js';
import { CustomerAccount } from './account.entity.js';

/*
 * The statements that bring customer accounts up to date. A transaction that uses them holds the locks of the customers.
 * What lists accounts is in account-list.store.ts, and what clears persons in account-person.store.ts.
 */

/** What names an account. */
export interface AccountKey {
  readonly mode: Mode;
  /** Null where the endpoint serves one merchant. */
  readonly merchant: string | null;
  readonly customerId: string;
}

/** The name by which an account is found in a map. */
export const accountNameOf = ({ mode, merchant, customerId }: AccountKey): string =>
  JSON.stringify([mode, merchant ?? '', customerId]);

/** The account that a row is. */
export const keyOfAccount = ({ mode, merchant, customerId }: CustomerAccount): AccountKey => ({
  mode,
  merchant: merchant === '' ? null : merchant,
  customerId,
});

/**
 * Locks customers until the transaction ends, in every mode and of every merchant, whether they have an account or not. A
 * transaction locks all its customers by one call, after the orders if it locks any.
 */
export const lockCustomers = (manager: EntityManager, customerIds: readonly string[]): Promise<void> =>
  lockForFeature(
    manager,
    'accounts',
    customerIds.map((id) => `customer ${id}`),
  );

/** An account of which nothing is known yet but its name. */
export const createAccount = ({ mode, merchant, customerId }: AccountKey, now: Date): CustomerAccount => ({
  id: newId(),
  mode,
  merchant: merchant ?? '',
  customerId,
  status: null,
  derived: null,
  since: null,
  graceEndsAt: null,
  lastPaymentId: null,
  heldAt: null,
  toldStatus: null,
  updatedAt: now,
});

/** The accounts that exist, by {@link accountNameOf}. */
export async function findAccounts(
  manager: EntityManager,
  keys: readonly AccountKey[],
): Promise<Map<string, CustomerAccount>> {
  if (keys.length === 0) return new Map();
  const found = await manager
    .getRepository(CustomerAccount)
    .createQueryBuilder('accounts')
    .where(
      `accounts.id = ANY (ARRAY(${idsByNameSql('accounts', 'customer_id')}))`,
      toNameParameters(keys.map((key) => ({ ...key, name: key.customerId }))),
    )
    .getMany();
  return new Map(found.map((account) => [accountNameOf(keyOfAccount(account)), account]));
}

/** The names of the accounts with these ids. */
export async function findAccountKeys(
  manager: EntityManager,
  ids: readonly string[],
): Promise<Map<string, AccountKey>> {
  if (ids.length === 0) return new Map();
  const rows = await manager.query<(AccountKey & { id: string })[]>(
    `SELECT id, mode, nullif(merchant, '') AS merchant, customer_id AS "customerId" FROM accounts
     WHERE id = ANY ($1)`,
    [toArrayLiteral(ids)],
  );
  return new Map(rows.map(({ id, mode, merchant, customerId }) => [id, { mode, merchant, customerId }]));
}

const COLUMNS = {
  id: 'uuid',
  mode: 'text',
  merchant: 'text',
  customer_id: 'text',
  status: 'text',
  derived: 'text',
  since: 'timestamptz',
  grace_ends_at: 'timestamptz',
  last_payment_id: 'uuid',
  held_at: 'timestamptz',
  told_status: 'text',
  updated_at: 'timestamptz',
} as const;

const NAMING = ['id', 'mode', 'merchant', 'customer_id'];

const write = createBulkInsert('accounts', COLUMNS, {
  updateConflictOn: 'uq_accounts_customer',
  updateColumns: Object.keys(COLUMNS).filter((column) => !NAMING.includes(column)),
});

/** Writes accounts, new ones whole. */
export async function saveAccounts(
  manager: EntityManager,
  accounts: readonly CustomerAccount[],
): Promise<void> {
  await write(
    manager,
    accounts
      .toSorted((one, other) => (one.id < other.id ? -1 : 1))
      .map((account) => ({
        id: account.id,
        mode: account.mode,
        merchant: account.merchant,
        customer_id: account.customerId,
        status: account.status,
        derived: account.derived,
        since: account.since,
        grace_ends_at: account.graceEndsAt,
        last_payment_id: account.lastPaymentId,
        held_at: account.heldAt,
        told_status: account.toldStatus,
        updated_at: account.updatedAt,
      })),
  );
}

/** Removes accounts from which every payment moved away. */
export async function deleteAccounts(manager: EntityManager, ids: readonly string[]): Promise<void> {
  if (ids.length > 0) await manager.query('DELETE FROM accounts WHERE id = ANY ($1)', [toArrayLiteral(ids)]);
}

/** At most `limit` accounts whose grace is over, with the time of the database by which it is. */
export async function findAccountsWithoutGrace(
  manager: EntityManager,
  limit: number,
): Promise<{ items: AccountKey[]; now: Date }> {
  const rows = await manager.query<(AccountKey & { now: Date })[]>(
    `SELECT mode, nullif(merchant, '') AS merchant, customer_id AS "customerId", now() AS now FROM accounts
     WHERE grace_ends_at <= now() ORDER BY grace_ends_at LIMIT $1`,
    [limit],
  );
  return {
    items: rows.map(({ mode, merchant, customerId }) => ({ mode, merchant, customerId })),
    now: rows[0]?.now ?? new Date(),
  };
}
