import type { EntityManager } from 'typeorm';
import type { PaymentReported } from '../payment.events.js';
import type { PaymentKey } from '../recording/stored-projection.js';
import type { ReportSource } from './report-sources.js';

/**
 * Deliveries that say something of a payment which is not among its reports. Kept in a temporary table of the session,
 * as there may be as many as there are deliveries.
 */
const UNREPORTED_TABLE = 'rebuild_unreported';

/** Answers how many deliveries cannot be decrypted, by the reason: what they say can be neither found nor compared. */
export async function findUnreported(
  manager: EntityManager,
  sources: ReportSource,
): Promise<ReadonlyMap<string, number>> {
  const sealed = new Map<string, number>();
  await manager.query(
    `CREATE TEMPORARY TABLE ${UNREPORTED_TABLE} (gateway text, account text, gateway_payment_id text, delivery_id uuid,
       PRIMARY KEY (gateway, account, gateway_payment_id, delivery_id))`,
  );
  for (let after: string | null = null; ;) {
    const { next, readings } = await sources.readPage(manager, after);
    const told = [...readings.values()].flatMap((reading) =>
      reading.kind === 'told' ? reading.reports : [],
    );
    if (told.length > 0) await insertUnreported(manager, told);
    for (const reading of readings.values())
      if (reading.kind === 'sealed') sealed.set(reading.why, (sealed.get(reading.why) ?? 0) + 1);
    if (next === null) return sealed;
    after = next;
  }
}

export async function dropUnreported(manager: EntityManager): Promise<void> {
  await manager.query(`DROP TABLE IF EXISTS ${UNREPORTED_TABLE}`);
}

async function insertUnreported(manager: EntityManager, told: readonly PaymentReported[]): Promise<void> {
  await manager.query(
    `INSERT INTO ${UNREPORTED_TABLE}
     SELECT DISTINCT told.gateway, told.account, told.payment, told.delivery_id
     FROM unnest($1::text[], $2::text[], $3::text[], $4::uuid[], $5::text[])
       AS told (gateway, account, payment, delivery_id, key)
     LEFT JOIN payments payment
       ON payment.gateway = told.gateway AND payment.account = told.account
       AND payment.gateway_payment_id = told.payment
     LEFT JOIN payment_reports report ON report.payment_id = payment.id AND report.key = told.key
     WHERE report.id IS NULL ON CONFLICT DO NOTHING`,
    [
      told.map(({ payload }) => payload.gateway),
      told.map(({ payload }) => payload.account),
      told.map(({ payload }) => payload.report.gatewayPaymentId),
      told.map(({ payload }) => payload.deliveryId),
      told.map(({ payload }) => payload.key),
    ],
  );
}

/** Ids of deliveries with something unreported about these payments. */
export async function findUnreportedDeliveries(
  manager: EntityManager,
  keys: readonly PaymentKey[],
): Promise<string[]> {
  const rows = await manager.query<{ delivery_id: string }[]>(
    `SELECT DISTINCT delivery_id FROM ${UNREPORTED_TABLE} JOIN unnest($1::text[], $2::text[], $3::text[])
       AS wanted (gateway, account, gateway_payment_id) USING (gateway, account, gateway_payment_id)`,
    [keys.map((key) => key.gateway), keys.map((key) => key.account), keys.map((key) => key.gatewayPaymentId)],
  );
  return rows.map((row) => row.delivery_id);
}

/** Payments that were told of and are not there, in pages. */
export async function findMissingPayments(
  manager: EntityManager,
  after: PaymentKey | null,
  limit: number,
): Promise<PaymentKey[]> {
  return manager.query<PaymentKey[]>(
    `SELECT DISTINCT told.gateway, told.account, told.gateway_payment_id AS "gatewayPaymentId" FROM ${UNREPORTED_TABLE} told
     LEFT JOIN payments payment USING (gateway, account, gateway_payment_id)
     WHERE payment.id IS NULL
       AND ($1::text IS NULL OR (told.gateway, told.account, told.gateway_payment_id) > ($1, $2, $3))
     ORDER BY 1, 2, 3 LIMIT $4`,
    [after?.gateway ?? null, after?.account ?? null, after?.gatewayPaymentId ?? null, limit],
  );
}
