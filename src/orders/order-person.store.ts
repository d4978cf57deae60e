import type { EntityManager } from 'typeorm';
import { matchesIdentifier, parseIdentifier, phoneTail, phoneTailSql } from '../feature.js';
import { Order } from './order.entity.js';

/* The statements that find and clear the persons of orders. */

/** The most stored spellings of phone numbers with the same last digits that one search compares. */
const MAX_SPELLINGS = 1_000;

/** The indexed expressions of the migration. A condition must repeat them word for word. */
const EMAIL_SQL = `lower(btrim(customer_email))`;
const TAIL_SQL = phoneTailSql('customer_phone');

/** A SELECT of the ids of orders, with its parameters by name. */
export interface PersonCondition {
  sql: string;
  parameters: Record<string, unknown>;
}

/**
 * Selects orders whose customer has this identifier: the exact id, the e-mail address in any case, or the phone number in
 * any spelling, as payments are searched. UNION ALL makes one index lookup for each part.
 */
export async function personCondition(manager: EntityManager, given: string): Promise<PersonCondition> {
  const identifier = parseIdentifier(given);
  const { text, email, phone } = identifier;
  const lookups = [`SELECT id FROM orders WHERE customer_id IN (:given, :text)`];
  if (email !== null) lookups.push(`SELECT id FROM orders WHERE ${EMAIL_SQL} = lower(:text)`);
  if (phone === null) return { sql: lookups.join(' UNION ALL '), parameters: { given, text } };
  lookups.push(`SELECT id FROM orders WHERE ${TAIL_SQL} = :tail AND customer_phone = ANY(:spellings)`);
  const tail = phoneTail(phone);
  const stored = await manager.query<{ phone: string }[]>(
    `SELECT DISTINCT customer_phone AS phone FROM orders WHERE ${TAIL_SQL} = $1 LIMIT ${MAX_SPELLINGS}`,
    [tail],
  );
  const spellings = stored
    .map((row) => row.phone)
    .filter((one) => matchesIdentifier({ phone: one }, identifier));
  return { sql: lookups.join(' UNION ALL '), parameters: { given, text, tail, spellings } };
}

/** The orders whose customer has one of the identifiers. */
export async function findOrdersOfPerson(
  manager: EntityManager,
  identifiers: readonly string[],
): Promise<Order[]> {
  const found = new Map<string, Order>();
  for (const identifier of identifiers) {
    const { sql, parameters } = await personCondition(manager, identifier);
    const orders = await manager
      .getRepository(Order)
      .createQueryBuilder('orders')
      .where(`orders.id IN (${sql})`, parameters)
      .getMany();
    for (const order of orders) found.set(order.id, order);
  }
  return [...found.values()];
}

const CLEARED = `customer_id = NULL, customer_email = NULL, customer_phone = NULL, customer_name = NULL,
  customer_locale = NULL, metadata = NULL, personal = false`;

/** Clears the customer and the metadata of these orders for good. Returns how many had one. Locks them in the order of ids. */
export async function eraseOrders(manager: EntityManager, ids: readonly string[]): Promise<number> {
  const rows = await manager.query<{ id: string; personal: boolean }[]>(
    'SELECT id, personal FROM orders WHERE id = ANY ($1) ORDER BY id FOR UPDATE',
    [ids],
  );
  await manager.query(
    `UPDATE orders SET ${CLEARED}, erased_at = coalesce(erased_at, now()) WHERE id = ANY ($1)`,
    [ids],
  );
  return rows.filter(({ personal }) => personal).length;
}

/** Clears the customer and the metadata of at most `limit` orders that did not change since `before`. */
export async function expireOrders(manager: EntityManager, before: Date, limit: number): Promise<number> {
  const [, expired] = await manager.query<[unknown, number]>(
    `UPDATE orders SET ${CLEARED}, cleared_at = now() WHERE id IN (
       SELECT id FROM orders WHERE personal AND updated_at < $1
       ORDER BY updated_at LIMIT $2 FOR UPDATE SKIP LOCKED)`,
    [before, limit],
  );
  return expired;
}
