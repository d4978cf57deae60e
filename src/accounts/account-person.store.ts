import type { EntityManager } from 'typeorm';
import { toArrayLiteral } from '../feature.js';
import { deleteWordsOfAccounts } from './account-word.store.js';
import { lockCustomers } from './account.store.js';

/* The statements that find and remove the accounts of persons. An account is known by its customer, so it goes whole. */

export interface AccountOfPerson {
  id: string;
  customerId: string;
}

/** The accounts of customers with one of these ids, in every mode and of every merchant. */
export const findAccountsOfCustomers = (
  manager: EntityManager,
  customerIds: readonly string[],
): Promise<AccountOfPerson[]> =>
  manager.query(`SELECT id, customer_id AS "customerId" FROM accounts WHERE customer_id = ANY ($1)`, [
    toArrayLiteral(customerIds),
  ]);

/** Removes accounts with their words. The caller holds the locks of their customers. */
export async function removeAccounts(manager: EntityManager, ids: readonly string[]): Promise<void> {
  await deleteWordsOfAccounts(manager, ids);
  await manager.query('DELETE FROM accounts WHERE id = ANY ($1)', [toArrayLiteral(ids)]);
}

/** Removes at most `limit` accounts that did not change since `before`. Returns how many. */
export async function expireAccounts(manager: EntityManager, before: Date, limit: number): Promise<number> {
  const found = await manager.query<AccountOfPerson[]>(
    `SELECT id, customer_id AS "customerId" FROM accounts WHERE updated_at < $1 ORDER BY updated_at LIMIT $2`,
    [before, limit],
  );
  if (found.length === 0) return 0;
  await lockCustomers(
    manager,
    found.map(({ customerId }) => customerId),
  );
  const rows = await manager.query<{ id: string }[]>(
    `SELECT id FROM accounts WHERE id = ANY ($1) AND updated_at < $2`,
    [toArrayLiteral(found.map(({ id }) => id)), before],
  );
  await removeAccounts(
    manager,
    rows.map(({ id }) => id),
  );
  return rows.length;
}
