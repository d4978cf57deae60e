import type { EntityManager } from 'typeorm';
import { findPaymentNames, type PaymentNames } from '../recording/customer-data.store.js';
import { findOthersSharing } from '../recording/customer-search.store.js';
import { findCustomersOf } from '../recording/payment-report.store.js';
import { parseIdentifier } from '../report/customer-identifier.js';
import type { DataSubject } from './data-subject.js';

/** Where payments that will be erased may be mentioned, beside their own reports. */
export interface PaymentTraces {
  names: PaymentNames[];
  /** Ids, addresses and phones of the customers that no other payment shares. They belong to one person. */
  identifiers: string[];
  /** Other payments that share an identifier. They may be the same person's, known by another identifier. */
  sharing: string[];
}

/** An identifier that more payments share belongs to no person: it is a placeholder, or the shop's own. */
const MAX_SHARING_PAYMENTS = 20;
/** Bounds the index lookups. Customers with more identifiers are no single person. */
const MAX_IDENTIFIERS = 100;

/** Reads the traces of these payments. `person` limits the search for other payments to its gateway and account. */
export async function findTraces(
  manager: EntityManager,
  paymentIds: readonly string[],
  person: DataSubject,
): Promise<PaymentTraces> {
  const names = await findPaymentNames(manager, paymentIds);
  const traces: PaymentTraces = { names, identifiers: [], sharing: [] };
  for (const identifier of await findIdentifiers(manager, paymentIds)) {
    const others = await findOthersSharing(manager, identifier, {
      ids: paymentIds,
      scope: person,
      // One more than a person shares at most shows that the identifier belongs to no person.
      limit: MAX_SHARING_PAYMENTS + 1,
    });
    if (others.length === 0) traces.identifiers.push(identifier);
    else if (others.length <= MAX_SHARING_PAYMENTS) traces.sharing.push(...others);
  }
  return traces;
}

/** The identifiers in all reports of these payments, also in reports that a later one contradicts. */
async function findIdentifiers(manager: EntityManager, paymentIds: readonly string[]): Promise<string[]> {
  const customers = await findCustomersOf(manager, paymentIds, MAX_IDENTIFIERS);
  const reported = customers.flatMap(({ id, email, phone }) => [id, email, phone]);
  const texts = reported.filter((text) => typeof text === 'string').map((text) => parseIdentifier(text).text);
  return [...new Set(texts)].filter((text) => text !== '').slice(0, MAX_IDENTIFIERS);
}
