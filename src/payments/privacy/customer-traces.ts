import type { EntityManager } from 'typeorm';
import { customerCondition } from './customer-search.js';
import type { ReportedCustomer } from '../report/payment-report.js';
import { Payment } from '../recording/payment.entity.js';
import { parseIdentifier, type DataSubject } from './data-subject.js';

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
const MAX_SHARING_PAYMENTS = 20;
/** A person with more identifiers is none; each costs a few looks in an index. */
const MAX_IDENTIFIERS = 100;

export async function findTraces(
  manager: EntityManager,
  paymentIds: readonly string[],
  person: DataSubject,
): Promise<PaymentTraces> {
  const names = await manager.query<PaymentNames[]>(
    `SELECT gateway, account, gateway_payment_id AS "gatewayPaymentId",
       array_remove(ARRAY[gateway_order_id, order_id], NULL) AS orders FROM payments WHERE id = ANY($1)`,
    [paymentIds],
  );
  const traces: PaymentTraces = { names, identifiers: [], sharing: [] };
  for (const identifier of await findIdentifiers(manager, paymentIds)) {
    const others = await findOthersSharing(manager, identifier, paymentIds, person);
    if (others.length === 0) traces.identifiers.push(identifier);
    else if (others.length <= MAX_SHARING_PAYMENTS) traces.sharing.push(...others);
  }
  return traces;
}

/** Of all reports of these payments, also those that a later one contradicts. */
async function findIdentifiers(manager: EntityManager, paymentIds: readonly string[]): Promise<string[]> {
  const rows = await manager.query<{ customer: Partial<ReportedCustomer> }[]>(
    `SELECT DISTINCT told -> 'customer' AS customer FROM payment_reports
     WHERE payment_id = ANY($1) AND jsonb_typeof(told -> 'customer') = 'object' LIMIT ${MAX_IDENTIFIERS}`,
    [paymentIds],
  );
  const told = rows.flatMap(({ customer }) => [customer.id, customer.email, customer.phone]);
  const texts = told.filter((text) => typeof text === 'string').map((text) => parseIdentifier(text).text);
  return [...new Set(texts)].filter((text) => text !== '').slice(0, MAX_IDENTIFIERS);
}

/** Other payments, within the person's bounds, whose customer is known by this now; one more than a person has at most. */
async function findOthersSharing(
  manager: EntityManager,
  identifier: string,
  paymentIds: readonly string[],
  { gateway, account }: DataSubject,
): Promise<string[]> {
  const { sql, parameters } = await customerCondition(manager, identifier);
  const query = manager
    .getRepository(Payment)
    .createQueryBuilder('payment')
    .select('payment.id')
    .where(`payment.id IN (${sql})`, parameters)
    .andWhere('payment.id <> ALL(:paymentIds)', { paymentIds })
    .limit(MAX_SHARING_PAYMENTS + 1);
  if (gateway !== null) query.andWhere('payment.gateway = :gateway', { gateway });
  if (account !== null) query.andWhere('payment.account = :account', { account });
  return (await query.getMany()).map(({ id }) => id);
}
