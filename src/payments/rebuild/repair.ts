import type { EntityManager } from 'typeorm';
import { newId } from '../../platform/database/new-id.js';
import { comparePositions, positionOf } from '../projection/causal-order.js';
import { domainEventsFor, NOTHING_PUBLISHED } from '../projection/payment-changes.js';
import { upsertPayments } from '../recording/payment-aggregate.js';
import { PaymentReportRow } from '../recording/payment-report.entity.js';
import { INITIAL_STATE } from '../projection/projection.js';
import {
  insertReports,
  toReportRow,
  detailsOf,
  type NewReportRow,
} from '../recording/payment-report.store.js';
import type { PaymentAmended } from '../payment.events.js';
import { toPaymentRow } from '../recording/stored-projection.js';
import { createAmendment } from './amendment.js';
import type { DerivedPayment, DerivedReport, StoredPayment } from './derived-payment.js';

/**
 * Writes a payment as it was derived, in a transaction that holds its lock. Which failures were published stays as it
 * is, and a payment that comes back counts as told, as it was before it was lost. Answers what its followers have to
 * hear of it, if anything.
 */
export async function repairPayment(
  manager: EntityManager,
  payment: StoredPayment,
  { projection, reports, extra }: DerivedPayment,
): Promise<PaymentAmended | null> {
  const { key, row } = payment;
  const id = row?.id ?? newId();
  const published =
    row?.published_failures ?? domainEventsFor(INITIAL_STATE, projection, NOTHING_PUBLISHED).published;
  // What has expired stays so: a repair tells nothing new of anybody.
  const expired_at = row?.expired_at ?? null;
  await upsertPayments(manager, [
    { ...toPaymentRow(id, key, projection, published, new Date()), expired_at },
  ]);
  if (extra.length > 0)
    await manager.delete(
      PaymentReportRow,
      extra.map((report) => report.id),
    );
  for (const { stored, report, outcome } of reports) {
    if (!stored) continue;
    const { kind, type, occurredAt, eventId } = report;
    await manager.update(
      PaymentReportRow,
      { id: stored.id },
      { kind, type, occurredAt, eventId, outcome, told: detailsOf(report) },
    );
  }
  await insertReports(
    manager,
    reports.flatMap((one) => toMissingReportRows(one, id, reports)),
  );
  return createAmendment(id, payment, projection);
}

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
