import { In, type EntityManager } from 'typeorm';
import { createBulkInsert } from '../../platform/database/bulk-insert.js';
import { toArrayLiteral } from '../../platform/database/columns.js';
import { timeOfId } from '../../platform/database/new-id.js';
import type { Outcome } from '../projection/state-transitions.js';
import type { ReportedCustomer } from '../report/payment-report.js';
import { PaymentReportRow } from './payment-report.entity.js';
import { packDetails, type ReportDetails } from './report-details.js';

/* Every statement on `payment_reports`, except the comparison with unreported deliveries (unreported.store.ts). */

/** Writes many reports in one statement. The rows are made by `toReportRow`. */
export const insertReports = createBulkInsert('payment_reports', {
  id: 'uuid',
  payment_id: 'uuid',
  delivery_id: 'uuid',
  key: 'text',
  event_id: 'text',
  type: 'text',
  kind: 'text',
  occurred_at: 'timestamptz',
  received_at: 'timestamptz',
  late: 'boolean',
  outcome: 'text',
  told: 'jsonb',
});

/** A stored report without the columns that only views need. */
export type StoredReport = Pick<
  PaymentReportRow,
  | 'id'
  | 'deliveryId'
  | 'paymentId'
  | 'key'
  | 'eventId'
  | 'type'
  | 'kind'
  | 'occurredAt'
  | 'receivedAt'
  | 'outcome'
  | 'details'
>;

/** What identifies a report. */
export type ReportId = Pick<PaymentReportRow, 'deliveryId' | 'id'>;

const STORED_REPORT = `report.id, report.delivery_id AS "deliveryId", report.payment_id AS "paymentId", report.key, report.event_id AS "eventId", report.type,
  report.kind, report.occurred_at AS "occurredAt", report.received_at AS "receivedAt", report.outcome,
  report.told AS details`;

const ALL_OF_PAYMENT = `SELECT ${STORED_REPORT} FROM payment_reports report WHERE payment_id = $1`;

/** All stored reports of one payment, in no order. */
export const findReportsOfPayment = (manager: EntityManager, paymentId: string): Promise<StoredReport[]> =>
  manager.query<StoredReport[]>(ALL_OF_PAYMENT, [paymentId]);

const NEWEST_OF_EACH = `SELECT ${STORED_REPORT} FROM unnest($1::uuid[]) AS given (id)
  CROSS JOIN LATERAL (
    SELECT * FROM payment_reports WHERE payment_id = given.id ORDER BY occurred_at DESC LIMIT $2) AS report`;

/** The stored reports of these payments, in no order; of each payment at most the newest `limit`. */
export const findNewestOfEach = (
  manager: EntityManager,
  paymentIds: readonly string[],
  limit: number,
): Promise<StoredReport[]> =>
  manager.query<StoredReport[]>(NEWEST_OF_EACH, [toArrayLiteral(paymentIds), limit]);

/** One index lookup for each key, as in `findPayments` (payment.store.ts). */
const BY_KEY = `SELECT ${STORED_REPORT} FROM unnest($1::uuid[], $2::text[]) AS given (payment_id, key)
  CROSS JOIN LATERAL (
    SELECT * FROM payment_reports WHERE payment_id = given.payment_id AND key = given.key LIMIT 1) AS report`;

/** The reports that are stored already, among these pairs of payment and key. */
export async function findReportsByKey(
  manager: EntityManager,
  keys: readonly { paymentId: string; key: string }[],
): Promise<StoredReport[]> {
  if (keys.length === 0) return [];
  return manager.query<StoredReport[]>(BY_KEY, [
    toArrayLiteral(keys.map(({ paymentId }) => paymentId)),
    toArrayLiteral(keys.map(({ key }) => key)),
  ]);
}

/** Whole reports of several payments, oldest first. */
export const findReportsOfPayments = (
  manager: EntityManager,
  paymentIds: readonly string[],
): Promise<PaymentReportRow[]> =>
  manager.find(PaymentReportRow, {
    where: { paymentId: In([...paymentIds]) },
    order: { occurredAt: 'ASC', id: 'ASC' },
  });

/** At most `limit` whole reports of one payment, newest first. */
export const findNewestReports = (
  manager: EntityManager,
  paymentId: string,
  limit: number,
): Promise<PaymentReportRow[]> =>
  manager.find(PaymentReportRow, { where: { paymentId }, order: { occurredAt: 'DESC' }, take: limit });

const OUTCOMES = `UPDATE payment_reports report SET outcome = changed.outcome
   FROM unnest($1::uuid[], $2::uuid[], $3::text[]) AS changed (delivery_id, id, outcome)
   WHERE report.delivery_id = changed.delivery_id AND report.id = changed.id`;

/** Writes new outcomes of stored reports, in one statement. */
export async function updateOutcomes(
  manager: EntityManager,
  changed: readonly (ReportId & { outcome: Outcome })[],
): Promise<void> {
  if (changed.length === 0) return;
  await manager.query(OUTCOMES, [
    toArrayLiteral(changed.map(({ deliveryId }) => deliveryId)),
    toArrayLiteral(changed.map(({ id }) => id)),
    toArrayLiteral(changed.map(({ outcome }) => outcome)),
  ]);
}

/** Overwrites the content of one stored report: a replay or a rebuild read its message differently. */
export async function updateReport(
  manager: EntityManager,
  { deliveryId, id }: ReportId,
  content: Partial<Pick<PaymentReportRow, 'kind' | 'type' | 'occurredAt' | 'eventId' | 'outcome'>> & {
    details?: ReportDetails;
  },
): Promise<void> {
  const { details, ...columns } = content;
  const told = details && { details: packDetails(details) };
  await manager.update(PaymentReportRow, { deliveryId, id }, { ...columns, ...told });
}

/** Deletes reports that their deliveries do not contain. */
export async function deleteReports(manager: EntityManager, reports: readonly ReportId[]): Promise<void> {
  for (const { deliveryId, id } of reports) await manager.delete(PaymentReportRow, { deliveryId, id });
}

/** The ids of the deliveries that contained the reports of these payments. */
export async function findDeliveriesOf(
  manager: EntityManager,
  paymentIds: readonly string[],
): Promise<string[]> {
  const rows = await manager.query<{ id: string }[]>(
    `SELECT DISTINCT delivery_id AS id FROM payment_reports WHERE payment_id = ANY($1)`,
    [paymentIds],
  );
  return rows.map(({ id }) => id);
}

const FIRST_REPORTS = `SELECT given.id AS "deliveryId", report.id FROM unnest($1::uuid[]) AS given (id)
  CROSS JOIN LATERAL (
    SELECT id FROM payment_reports WHERE delivery_id = given.id ORDER BY id LIMIT 1) AS report`;

/**
 * When each of these deliveries was processed first: the time in the UUIDv7 of its first report. A delivery without a
 * report is left out. One index lookup for each delivery.
 */
export async function findProcessedTimes(
  manager: EntityManager,
  deliveryIds: readonly string[],
): Promise<ReadonlyMap<string, Date>> {
  const first = await manager.query<ReportId[]>(FIRST_REPORTS, [toArrayLiteral(deliveryIds)]);
  return new Map(first.map(({ deliveryId, id }) => [deliveryId, timeOfId(id)]));
}

/** The customer of one report; null where the report names none. */
export interface CustomerOfReport extends ReportId {
  paymentId: string;
  customer: Partial<ReportedCustomer> | null;
}

const CUSTOMER = `delivery_id AS "deliveryId", id, payment_id AS "paymentId", told -> 'customer' AS customer`;

/** Which customers a page has: those of reports after `after`, and stored since the moment of the UUIDv7 `since`. */
export interface CustomerPage {
  after: ReportId;
  since: string;
  limit: number;
}

/** One page of the customers of all reports, in the order of their deliveries. */
export function findCustomersAfter(
  manager: EntityManager,
  { after, since, limit }: CustomerPage,
): Promise<CustomerOfReport[]> {
  return manager.query(
    `SELECT ${CUSTOMER} FROM payment_reports
     WHERE (delivery_id, id) > ($1, $2) AND id >= $3 ORDER BY delivery_id, id LIMIT $4`,
    [after.deliveryId, after.id, since, limit],
  );
}

/** At most `limit` different customers of all reports of these payments, also of reports that a later one contradicts. */
export async function findCustomersOf(
  manager: EntityManager,
  paymentIds: readonly string[],
  limit: number,
): Promise<Partial<ReportedCustomer>[]> {
  const rows = await manager.query<{ customer: Partial<ReportedCustomer> }[]>(
    `SELECT DISTINCT told -> 'customer' AS customer FROM payment_reports
     WHERE payment_id = ANY($1) AND jsonb_typeof(told -> 'customer') = 'object' LIMIT $2`,
    [paymentIds, limit],
  );
  return rows.map(({ customer }) => customer);
}

/** Clears the customers and the failure messages of all reports of these payments. Returns how many reports changed. */
export async function clearReports(manager: EntityManager, paymentIds: readonly string[]): Promise<number> {
  const [, cleared] = await manager.query<[unknown, number]>(
    `UPDATE payment_reports SET told = CASE jsonb_typeof(told -> 'failure')
         WHEN 'object' THEN jsonb_set(told || '{"customer": null}', '{failure,message}', 'null')
         ELSE told || '{"customer": null}' END
     WHERE payment_id = ANY($1)
       AND (jsonb_typeof(told -> 'customer') = 'object' OR told #>> '{failure,message}' IS NOT NULL)`,
    [paymentIds],
  );
  return cleared;
}
