import type { EntityManager } from 'typeorm';
import { namedNow } from './customer-search.js';
import type { ReportedCustomer } from '../report/payment-report.js';
import { Payment } from '../recording/payment.entity.js';
import { identifierOf, type Person } from './data-subject.js';

/** What messages may call one payment. */
export interface PaymentNames {
  gateway: string;
  account: string;
  gatewayPaymentId: string;
  /** The gateway's own order, and the merchant's. */
  orders: string[];
}

/** Where payments that are being erased may be named, beside what their reports say. */
export interface PaymentTraces {
  names: PaymentNames[];
  /** Ids, addresses and phones of their customers that no other payment shares: these are one person's. */
  identifiers: string[];
  /** Other payments that share one of these: they may be the same person's, known by something else. */
  sharing: string[];
}

/** Shared by more payments than this, something is no person's: a placeholder, or the shop's own. */
const SHARED_BY_A_PERSON = 20;
/** A person with more identifiers is none; each costs a few looks in an index. */
const MOST_IDENTIFIERS = 100;

export async function tracesOf(
  manager: EntityManager,
  paymentIds: readonly string[],
  person: Person,
): Promise<PaymentTraces> {
  const names = await manager.query<PaymentNames[]>(
    `SELECT gateway, account, gateway_payment_id AS "gatewayPaymentId",
       array_remove(ARRAY[gateway_order_id, order_id], NULL) AS orders FROM payments WHERE id = ANY($1)`,
    [paymentIds],
  );
  const traces: PaymentTraces = { names, identifiers: [], sharing: [] };
  for (const identifier of await identifiersOf(manager, paymentIds)) {
    const others = await othersNamed(manager, identifier, paymentIds, person);
    if (others.length === 0) traces.identifiers.push(identifier);
    else if (others.length <= SHARED_BY_A_PERSON) traces.sharing.push(...others);
  }
  return traces;
}

/** Of all reports of these payments, also those that a later one contradicts. */
async function identifiersOf(manager: EntityManager, paymentIds: readonly string[]): Promise<string[]> {
  const rows = await manager.query<{ customer: Partial<ReportedCustomer> }[]>(
    `SELECT DISTINCT told -> 'customer' AS customer FROM payment_reports
     WHERE payment_id = ANY($1) AND jsonb_typeof(told -> 'customer') = 'object' LIMIT ${MOST_IDENTIFIERS}`,
    [paymentIds],
  );
  const told = rows.flatMap(({ customer }) => [customer.id, customer.email, customer.phone]);
  const texts = told.filter((text) => typeof text === 'string').map((text) => identifierOf(text).text);
  return [...new Set(texts)].filter((text) => text !== '').slice(0, MOST_IDENTIFIERS);
}

/** Other payments, within the person's bounds, whose customer is known by this now; one more than a person has at most. */
async function othersNamed(
  manager: EntityManager,
  identifier: string,
  paymentIds: readonly string[],
  { gateway, account }: Person,
): Promise<string[]> {
  const { sql, parameters } = await namedNow(manager, identifier);
  const query = manager
    .getRepository(Payment)
    .createQueryBuilder('payment')
    .select('payment.id')
    .where(`payment.id IN (${sql})`, parameters)
    .andWhere('payment.id <> ALL(:paymentIds)', { paymentIds })
    .limit(SHARED_BY_A_PERSON + 1);
  if (gateway !== null) query.andWhere('payment.gateway = :gateway', { gateway });
  if (account !== null) query.andWhere('payment.account = :account', { account });
  return (await query.getMany()).map(({ id }) => id);
}
