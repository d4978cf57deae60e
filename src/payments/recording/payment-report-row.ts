import type { OrderedReport } from '../projection/causal-order.js';
import type { Outcome } from '../projection/state-transitions.js';
import type { PaymentReported } from '../payment.events.js';
import type { PaymentReportRow } from './payment-report.entity.js';
import { completeDetails, packDetails, type ReportDetails } from './report-details.js';

/** A row of `payment_reports` to insert, by column name. */
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
    told: packDetails(report),
  };
}

/** The part of a report that is stored in the column `told`, with all fields. */
export function detailsOf(report: OrderedReport): ReportDetails {
  const {
    gatewayPaymentId: _id,
    kind: _kind,
    type: _type,
    occurredAt: _at,
    key: _key,
    eventId: _event,
    ...details
  } = report;
  return details;
}

type ComparableReport = Pick<PaymentReportRow, 'kind' | 'type' | 'occurredAt' | 'details'>;

/** The content of a report as text. Two texts are equal exactly when the reports say the same. */
export const toComparableText = ({ kind, type, occurredAt, details }: ComparableReport): string =>
  toSortedJson([kind, type, occurredAt.toISOString(), completeDetails(details)]);

/** JSON with sorted keys. PostgreSQL's jsonb does not keep the order of keys, so unsorted texts cannot be compared. */
export function toSortedJson(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    part !== null && typeof part === 'object' && !Array.isArray(part) && !(part instanceof Date)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}
