import type { EntityManager } from 'typeorm';
import type { PaymentReported } from '../payment.events.js';

/** Ids of those of the reported payments that were written in this very transaction. */
export async function findPaymentsChangedInTransaction(
  manager: EntityManager,
  reports: readonly PaymentReported[],
): Promise<string[]> {
  const rows = await manager.query<{ id: string }[]>(
    `SELECT DISTINCT payment.id FROM payments payment
     JOIN unnest($1::text[], $2::text[], $3::text[]) AS told (gateway, account, id)
       ON payment.gateway = told.gateway AND payment.account = told.account AND payment.gateway_payment_id = told.id
     WHERE payment.xmin = pg_current_xact_id()::xid`,
    [
      reports.map(({ payload }) => payload.gateway),
      reports.map(({ payload }) => payload.account),
      reports.map(({ payload }) => payload.report.gatewayPaymentId),
    ],
  );
  return rows.map(({ id }) => id);
}
