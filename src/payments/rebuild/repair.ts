import type { EntityManager } from 'typeorm';
import { newId } from '../../platform/database/new-id.js';
import type { PaymentAmended, PaymentChanged } from '../payment.events.js';
import { comparePositions, positionOf } from '../projection/causal-order.js';
import { domainEventsFor, NOTHING_PUBLISHED } from '../projection/payment-changes.js';
import { INITIAL_STATE } from '../projection/projection.js';
import { createPaymentChange } from '../recording/payment-change.js';
import { detailsOf, toReportRow, type NewReportRow } from '../recording/payment-report-row.js';
import { deleteReports, insertReports, updateReport } from '../recording/payment-report.store.js';
import { upsertPayments } from '../recording/payment.store.js';
import { completePublished } from '../recording/stored-fold.js';
import { toPaymentRow } from '../recording/stored-projection.js';
import { createAmendment } from './amendment.js';
import type { DerivedPayment, DerivedReport, StoredPayment } from './derived-payment.js';

/** What follows from a repair. Both are silent. */
export interface Repair {
  amended: PaymentAmended | null;
  changed: PaymentChanged;
}

/**
 * Writes a payment as it was derived, in a transaction that holds its lock. The record of published failures stays as
 * it is. A payment that was missing counts as published, because its events were published before it was lost. Returns
 * the event to publish, or null, and what handlers of the transaction are told.
 */
export async function repairPayment(
  manager: EntityManager,
  payment: StoredPayment,
  { projection, reports, extra }: DerivedPayment,
): Promise<Repair> {
  const { key, row } = payment;
  const id = row?.id ?? newId();
  const published = row
    ? completePublished(row.published_failures)
    : domainEventsFor(INITIAL_STATE, projection, NOTHING_PUBLISHED).published;
  // Expired data stays expired: a repair brings no new data about anybody.
  const expired_at = row?.expired_at ?? null;
  await upsertPayments(manager, [
    { ...toPaymentRow(id, key, projection, published, new Date()), expired_at },
  ]);
  await deleteReports(manager, extra);
  for (const { stored, report, outcome } of reports) {
    if (!stored) continue;
    const { kind, type, occurredAt, eventId } = report;
    await updateReport(manager, stored, {
      kind,
      type,
      occurredAt,
      eventId,
      outcome,
      details: detailsOf(report),
    });
  }
  await insertReports(
    manager,
    reports.flatMap((report) => toMissingReportRows(report, id, reports)),
  );
  return {
    amended: createAmendment(id, payment, projection),
    changed: createPaymentChange(id, key.gatewayPaymentId, { before: row, after: projection }, true),
  };
}

/** The row of a report that is not stored; empty for a report that is. */
function toMissingReportRows(
  { stored, source, report, outcome }: DerivedReport,
  paymentId: string,
  all: readonly DerivedReport[],
): NewReportRow[] {
  if (stored || !source) return [];
  const late = all.some(
    (other) =>
      other.stored !== null &&
      other.stored.receivedAt < source.payload.receivedAt &&
      comparePositions(positionOf(other.report), positionOf(report)) > 0,
  );
  return [toReportRow(newId(), paymentId, source, report, { late, outcome })];
}
