import type { EntityManager } from 'typeorm';
import { type Erasure, findCustomerIds, findPaymentFacts, noteWork, orderOfPayment } from '../../feature.js';
import { findAccountsOfCustomers, removeAccounts } from '../account-person.store.js';
import { findNewestWords, findWordsOfPayments } from '../account-word.store.js';
import { findAccountKeys, lockCustomers } from '../account.store.js';
import { lockOrders } from '../processing/payment-accounts.js';

/**
 * Removes the accounts of the person: those of these customer ids, and those that only these payments have made. An account
 * that payments of somebody else share stays, without these payments: the job `follow` takes their words out of it.
 */
export async function erasePerson(
  manager: EntityManager,
  { paymentIds, identifiers }: Erasure,
): Promise<number> {
  const payments = await findPaymentFacts(manager, paymentIds);
  await lockOrders(manager, payments.map(orderOfPayment));
  const words = await findWordsOfPayments(manager, paymentIds);
  const ofPayments = await findAccountKeys(manager, [...new Set(words.map(({ accountId }) => accountId))]);
  await lockCustomers(manager, [
    ...identifiers,
    ...[...ofPayments.values()].map(({ customerId }) => customerId),
  ]);
  const ofPerson = await findAccountsOfCustomers(manager, identifiers);
  const removed = await findOwnedAlone(manager, {
    paymentIds,
    named: new Map(ofPerson.map(({ id, customerId }) => [id, customerId])),
    others: [...ofPayments.keys()],
  });
  await removeAccounts(manager, removed);
  const items = words
    .filter(({ accountId }) => !removed.includes(accountId))
    .map(({ paymentId }) => ({ paymentId, silent: true, previousOrder: null }));
  await noteWork(manager, [{ feature: 'accounts', items }]);
  return removed.length;
}

/** Those accounts that no other payment has a word in, or none that still names the customer of the account. */
async function findOwnedAlone(
  manager: EntityManager,
  accounts: { paymentIds: readonly string[]; named: ReadonlyMap<string, string>; others: readonly string[] },
): Promise<string[]> {
  const ids = [...new Set([...accounts.named.keys(), ...accounts.others])];
  const words = await findNewestWords(manager, ids);
  const erased = new Set(accounts.paymentIds);
  const sharing = new Map(
    ids.map((id) => {
      const others = (words.get(id)?.words ?? []).filter(({ paymentId }) => !erased.has(paymentId));
      return [id, [...new Set(others.map(({ paymentId }) => paymentId))]];
    }),
  );
  const customers = await findCustomerIds(manager, [...sharing.values()].flat());
  return ids.filter((id) => {
    const others = sharing.get(id) ?? [];
    const named = accounts.named.get(id);
    return (
      others.length === 0 || (named !== undefined && others.every((one) => customers.get(one) !== named))
    );
  });
}
