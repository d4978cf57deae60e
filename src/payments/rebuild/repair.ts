import type { EntityManager } from 'typeorm';
import { newId } from '../../platform/database/new-id.js';
import { comparePlaces, placeOf } from '../projection/causal-order.js';
import { changesOf, NO_FAILURES } from '../projection/payment-changes.js';
import { upsertPayments } from '../recording/payment-aggregate.js';
import { PaymentReportRow } from '../recording/payment-report.entity.js';
import { NOTHING_REPORTED } from '../projection/projection.js';
import { insertReports, reportRow, toldOf, type NewReportRow } from '../recording/payment-report.store.js';
import type { PaymentAmended } from '../payment.events.js';
import { rowOf } from '../recording/stored-projection.js';
import { amendmentOf } from './amendment.js';
import type { DerivedPayment, DerivedReport, StoredPayment } from './derived-payment.js';

/**
 * Writes a payment as it was derived, in a transaction that holds its lock. Which failures were published stays as it
 * is, and a payment that comes back counts as told, as it was before it was lost. Answers what its followers have to
 * hear of it, if anything.
 */
export async function repair(
  manager: EntityManager,
  payment: StoredPayment,
  { projection, reports, extra }: DerivedPayment,
): Promise<PaymentAmended | null> {
  const { key, row } = payment;
  const id = row?.id ?? newId();
  const published = row?.published_failures ?? changesOf(NOTHING_REPORTED, projection, NO_FAILURES).published;
  // What has expired stays so: a repair tells nothing new of anybody.
  const expired_at = row?.expired_at ?? null;
  await upsertPayments(manager, [{ ...rowOf(id, key, projection, published, new Date()), expired_at }]);
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
      { kind, type, occurredAt, eventId, outcome, told: toldOf(report) },
    );
  }
  await insertReports(
    manager,
    reports.flatMap((one) => missingRow(one, id, reports)),
  );
  return amendmentOf(id, payment, projection);
}

function missingRow(
  { stored, source, report, outcome }: DerivedReport,
  paymentId: string,
  all: readonly DerivedReport[],
): NewReportRow[] {
  if (stored || !source) return [];
  const late = all.some(
    (other) =>
      other.stored !== null &&
      other.stored.receivedAt < source.payload.receivedAt &&
      comparePlaces(placeOf(other.report), placeOf(report)) > 0,
  );
  return [reportRow(newId(), paymentId, source, report, { late, outcome })];
}
