import type { EntityManager } from 'typeorm';
import { toArrayLiteral } from '../../platform/database/columns.js';
import { createBulkInsert } from '../../platform/database/bulk-insert.js';
import type { OrderedReport } from '../projection/causal-order.js';
import { completeDetails, type PaymentReportRow, type ReportDetails } from './payment-report.entity.js';
import type { PaymentReported } from '../payment.events.js';
import type { Outcome } from '../projection/state-transitions.js';

/** The columns of `payment_reports` by name, as the hot path writes them beside {@link PaymentReportRow}. */
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

/** A row to insert, by column name. */
export type NewReportRow = ReturnType<typeof toReportRow>;

export function toReportRow(
  id: string,
  paymentId: string,
  { payload }: PaymentReported,
  report: OrderedReport,
  { late, outcome }: { late: boolean; outcome: Outcome },
) {
  return {
    id,
    payment_id: paymentId,
    delivery_id: payload.deliveryId,
    key: report.key,
    event_id: report.eventId,
    type: report.type,
    kind: report.kind,
    occurred_at: report.occurredAt,
    received_at: payload.receivedAt,
    late,
    outcome,
    told: detailsOf(report),
  };
}

export function detailsOf(report: OrderedReport): ReportDetails {
  const {
    gatewayPaymentId: _id,
    kind: _kind,
    type: _type,
    occurredAt: _at,
    key: _key,
    eventId: _event,
    ...told
  } = report;
  return told;
}

/** A stored report without what only views need. */
export type StoredReport = Pick<
  PaymentReportRow,
  'id' | 'paymentId' | 'key' | 'eventId' | 'type' | 'kind' | 'occurredAt' | 'receivedAt' | 'outcome' | 'told'
>;

const STORED_REPORT = `report.id, report.payment_id AS "paymentId", report.key, report.event_id AS "eventId", report.type,
  report.kind, report.occurred_at AS "occurredAt", report.received_at AS "receivedAt", report.outcome, report.told`;

const ALL_OF_PAYMENT = `SELECT ${STORED_REPORT} FROM payment_reports report WHERE payment_id = $1`;

export const findReportsOfPayment = (manager: EntityManager, paymentId: string): Promise<StoredReport[]> =>
  manager.query<StoredReport[]>(ALL_OF_PAYMENT, [paymentId]);

/** One look in the index for each, as in `findPayments`. */
const BY_KEY = `SELECT ${STORED_REPORT} FROM unnest($1::uuid[], $2::text[]) AS given (payment_id, key)
  CROSS JOIN LATERAL (
    SELECT * FROM payment_reports WHERE payment_id = given.payment_id AND key = given.key LIMIT 1) AS report`;

/** Those of the given (payment, key) that are there already. */
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

const OUTCOMES = `UPDATE payment_reports report SET outcome = changed.outcome
   FROM unnest($1::uuid[], $2::text[]) AS changed (id, outcome) WHERE report.id = changed.id`;

export async function updateOutcomes(
  manager: EntityManager,
  changed: readonly { id: string; outcome: Outcome }[],
): Promise<void> {
  if (changed.length === 0) return;
  await manager.query(OUTCOMES, [
    toArrayLiteral(changed.map(({ id }) => id)),
    toArrayLiteral(changed.map(({ outcome }) => outcome)),
  ]);
}

type ComparableReport = Pick<PaymentReportRow, 'kind' | 'type' | 'occurredAt' | 'told'>;

/** What a report says as text that compares equal exactly when nothing in it differs. */
export const toComparableText = ({ kind, type, occurredAt, told }: ComparableReport): string =>
  toSortedJson([kind, type, occurredAt.toISOString(), completeDetails(told)]);

/** jsonb keeps no key order, so both sides are written with sorted keys. */
export function toSortedJson(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    part !== null && typeof part === 'object' && !Array.isArray(part) && !(part instanceof Date)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}
