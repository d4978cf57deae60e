import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { EventPublisher } from '../../platform/events/index.js';
import type { PaymentReported } from '../payment.events.js';
import { PaymentAggregate } from './payment-aggregate.js';
import {
  findReportsByKey,
  insertReports,
  updateOutcomes,
  type StoredReport,
} from './payment-report.store.js';
import type { PaymentRow } from './payment-row.js';
import {
  findPayments,
  insertPayments,
  lockPayments,
  toKey,
  toLockName,
  updatePayments,
} from './payment.store.js';

/** Brings payments up to date with what gateways reported, one batch at a time, in the caller's transaction. */
@Injectable()
export class PaymentsService {
  constructor(private readonly publisher: EventPublisher) {}

  /**
   * Stores the reports, folds them into their payments and publishes what changed. Recording the same report again
   * changes nothing. Payments are locked in one fixed order, so two batches never deadlock.
   */
  async record(reports: readonly PaymentReported[], manager: EntityManager): Promise<void> {
    const payments = await this.openAggregates(reports, manager);
    for (const report of reports) await payments.get(toLockName(toKey(report)))?.applyReport(report, manager);

    const changed = [...payments.values()].filter((payment) => payment.isDirty);
    if (changed.length === 0) return;
    const now = new Date();
    const rows = (areNew: boolean): PaymentRow[] =>
      changed.filter(({ isNew }) => isNew === areNew).map((payment) => payment.row(now));
    await insertPayments(manager, rows(true));
    await updatePayments(manager, rows(false));
    await insertReports(
      manager,
      changed.flatMap((payment) => payment.newReportRows()),
    );
    await updateOutcomes(
      manager,
      changed.flatMap((payment) => payment.changedOutcomes()),
    );
    await this.publisher.publish(
      manager,
      changed.flatMap((payment) => payment.events),
      { haveNewCauses: changed.every((payment) => payment.haveEventsNewCauses) },
    );
    await this.publisher.applyInTransaction(
      manager,
      changed.map((payment) => payment.change()),
    );
  }

  /** Locks the payments of the reports and loads them, by lock name. */
  private async openAggregates(
    reports: readonly PaymentReported[],
    manager: EntityManager,
  ): Promise<Map<string, PaymentAggregate>> {
    const keys = new Map(reports.map((report) => [toLockName(toKey(report)), toKey(report)]));
    await lockPayments(manager, [...keys.values()]);
    const stored = await findPayments(manager, [...keys.values()]);
    const duplicates = await findStoredDuplicates(manager, stored, reports);
    return new Map(
      [...keys].map(([name, key]) => {
        const row = stored.get(name);
        return [name, new PaymentAggregate(key, row, row ? (duplicates.get(row.id) ?? []) : [])];
      }),
    );
  }
}

/** Those of the given reports that are stored already, by payment id. */
async function findStoredDuplicates(
  manager: EntityManager,
  stored: ReadonlyMap<string, PaymentRow>,
  reports: readonly PaymentReported[],
): Promise<ReadonlyMap<string, readonly StoredReport[]>> {
  const rows = await findReportsByKey(
    manager,
    reports.flatMap((report) => {
      const paymentId = stored.get(toLockName(toKey(report)))?.id;
      return paymentId === undefined ? [] : [{ paymentId, key: report.payload.key }];
    }),
  );
  const byPayment = new Map<string, StoredReport[]>();
  for (const row of rows) {
    const others = byPayment.get(row.paymentId);
    if (others) others.push(row);
    else byPayment.set(row.paymentId, [row]);
  }
  return byPayment;
}
