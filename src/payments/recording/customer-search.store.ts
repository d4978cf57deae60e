import type { EntityManager } from 'typeorm';
import { parseIdentifier } from '../report/customer-identifier.js';
import { isSamePhone, parsePhone, type Phone, phoneTail, phoneTailSql } from '../report/phone.js';
import { Payment } from './payment.entity.js';

/* The statements that find payments by the customer they show now. */

/**
 * The most stored spellings that one search compares. All of them share the last digits. One number has about ten
 * spellings, so the rest are other numbers.
 */
const MAX_SPELLINGS = 1_000;

/** A gateway and an account that a search is limited to; null is no limit. */
export interface PaymentScope {
  gateway: string | null;
  account: string | null;
}

/** A condition on payments: a SELECT of their ids, with its parameters by name. */
export interface CustomerCondition {
  sql: string;
  parameters: Record<string, unknown>;
}

/** The indexed expressions of the migration `indexes-of-payments`. A condition must repeat them word for word. */
export const EMAIL_SQL = `lower(btrim(customer_email))`;
export const TAIL_SQL = phoneTailSql('customer_phone');

/**
 * Selects payments whose customer, as shown now, has this identifier: the exact id, the e-mail address in any case, or
 * the phone number in any spelling. The rule is `matchesIdentifier` (report/customer-identifier.ts). UNION ALL makes
 * one index lookup for each part; with OR the planner may read all payments.
 */
export async function customerCondition(manager: EntityManager, given: string): Promise<CustomerCondition> {
  const { text, email, phone } = parseIdentifier(given);
  const lookups = [`SELECT id FROM payments WHERE customer_id IN (:given, :text)`];
  if (email !== null) lookups.push(`SELECT id FROM payments WHERE ${EMAIL_SQL} = lower(:text)`);
  if (phone !== null)
    lookups.push(`SELECT id FROM payments WHERE ${TAIL_SQL} = :tail AND customer_phone = ANY(:spellings)`);
  return {
    sql: lookups.join(' UNION ALL '),
    parameters: {
      given,
      text,
      ...(phone !== null && { tail: phoneTail(phone), spellings: await findSpellings(manager, phone) }),
    },
  };
}

/**
 * The distinct phone numbers with one tail. Each takes one index step, so a number that half of all payments have costs
 * no more than any other.
 */
const SPELLINGS = `WITH RECURSIVE spelled (phone, nth) AS (
    (SELECT customer_phone, 1 FROM payments WHERE ${TAIL_SQL} = $1 ORDER BY customer_phone LIMIT 1)
    UNION ALL
    SELECT (SELECT customer_phone FROM payments WHERE ${TAIL_SQL} = $1 AND customer_phone > spelled.phone
              ORDER BY customer_phone LIMIT 1), nth + 1
    FROM spelled WHERE phone IS NOT NULL AND nth < ${MAX_SPELLINGS})
  SELECT phone FROM spelled WHERE phone IS NOT NULL`;

/** Every stored spelling of this number, exactly as it is stored. */
async function findSpellings(manager: EntityManager, wanted: Phone): Promise<string[]> {
  const rows = await manager.query<{ phone: string }[]>(SPELLINGS, [phoneTail(wanted)]);
  return rows
    .map(({ phone }) => phone)
    .filter((phone) => {
      const stored = parsePhone(phone);
      return stored !== null && isSamePhone(wanted, stored);
    });
}

/** Those of these payments that are in the scope, in the order of their ids. */
export async function findInScope(
  manager: EntityManager,
  { gateway, account }: PaymentScope,
  ids: readonly string[],
): Promise<string[]> {
  const rows = await manager.query<{ id: string }[]>(
    `SELECT id FROM payments WHERE id = ANY($1) AND ($2::text IS NULL OR gateway = $2)
       AND ($3::text IS NULL OR account = $3) ORDER BY id`,
    [ids, gateway, account],
  );
  return rows.map(({ id }) => id);
}

/** At most `limit` other payments in the scope whose customer, as shown now, has this identifier. */
export async function findOthersSharing(
  manager: EntityManager,
  identifier: string,
  { ids, scope, limit }: { ids: readonly string[]; scope: PaymentScope; limit: number },
): Promise<string[]> {
  const { sql, parameters } = await customerCondition(manager, identifier);
  const query = manager
    .getRepository(Payment)
    .createQueryBuilder('payment')
    .select('payment.id')
    .where(`payment.id IN (${sql})`, parameters)
    .andWhere('payment.id <> ALL(:ids)', { ids })
    .limit(limit);
  const { gateway, account } = scope;
  if (gateway !== null) query.andWhere('payment.gateway = :gateway', { gateway });
  if (account !== null) query.andWhere('payment.account = :account', { account });
  return (await query.getMany()).map(({ id }) => id);
}
