import type { EntityManager } from 'typeorm';
import type { PaymentReported } from '../payment.events.js';
import type { PaymentKey } from './payment-row.js';
import { toArrays, toKey } from './payment.store.js';

/*
 * Deliveries with a report that is not stored for its payment. They are kept in a temporary table of the database
 * session, because there may be as many as there are deliveries.
 */

const TABLE = 'rebuild_unreported';

/** Creates the temporary table. It belongs to the session of `manager`, as all calls here must. */
export async function createUnreported(manager: EntityManager): Promise<void> {
  await manager.query(
    `CREATE TEMPORARY TABLE ${TABLE} (gateway text, account text, gateway_payment_id text, delivery_id uuid,
       PRIMARY KEY (gateway, account, gateway_payment_id, delivery_id))`,
  );
}

/** Drops the temporary table, if there is one. */
export async function dropUnreported(manager: EntityManager): Promise<void> {
  await manager.query(`DROP TABLE IF EXISTS ${TABLE}`);
}

/** Adds the deliveries of those reports that are not stored. */
export async function insertUnreported(
  manager: EntityManager,
  reports: readonly PaymentReported[],
): Promise<void> {
  if (reports.length === 0) return;
  await manager.query(
    `INSERT INTO ${TABLE}
     SELECT DISTINCT given.gateway, given.account, given.payment, given.delivery_id
     FROM unnest($1::text[], $2::text[], $3::text[], $4::uuid[], $5::text[])
       AS given (gateway, account, payment, delivery_id, key)
     LEFT JOIN payments payment
       ON payment.gateway = given.gateway AND payment.account = given.account
       AND payment.gateway_payment_id = given.payment
     LEFT JOIN payment_reports report ON report.payment_id = payment.id AND report.key = given.key
     WHERE report.id IS NULL ON CONFLICT DO NOTHING`,
    [
      ...toArrays(reports.map(toKey)),
      reports.map(({ payload }) => payload.deliveryId),
      reports.map(({ payload }) => payload.key),
    ],
  );
}

/** The ids of the deliveries that have an unreported report about these payments. */
export async function findUnreportedDeliveries(
  manager: EntityManager,
  keys: readonly PaymentKey[],
): Promise<string[]> {
  const rows = await manager.query<{ delivery_id: string }[]>(
    `SELECT DISTINCT delivery_id FROM ${TABLE} JOIN unnest($1::text[], $2::text[], $3::text[])
       AS wanted (gateway, account, gateway_payment_id) USING (gateway, account, gateway_payment_id)`,
    toArrays(keys),
  );
  return rows.map((row) => row.delivery_id);
}

/** One page of the payments that have an unreported report and no row. `after` is the last key of the page before. */
export async function findMissingPayments(
  manager: EntityManager,
  after: PaymentKey | null,
  limit: number,
): Promise<PaymentKey[]> {
  return manager.query<PaymentKey[]>(
    `SELECT DISTINCT told.gateway, told.account, told.gateway_payment_id AS "gatewayPaymentId" FROM ${TABLE} told
     LEFT JOIN payments payment USING (gateway, account, gateway_payment_id)
     WHERE payment.id IS NULL
       AND ($1::text IS NULL OR (told.gateway, told.account, told.gateway_payment_id) > ($1, $2, $3))
     ORDER BY 1, 2, 3 LIMIT $4`,
    [after?.gateway ?? null, after?.account ?? null, after?.gatewayPaymentId ?? null, limit],
  );
}
