import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { toArrayLiteral } from '../../platform/database/columns.js';
import { acquireAdvisoryLocks } from '../../platform/database/advisory-locks.js';
import { EventPublisher } from '../../platform/events/index.js';
import { PaymentAggregate, upsertPayments } from './payment-aggregate.js';
import type { PaymentReported } from '../payment.events.js';
import {
  insertReports,
  findReportsByKey,
  updateOutcomes,
  type StoredReport,
} from './payment-report.store.js';
import type { PaymentKey, PaymentRow } from './stored-projection.js';

/** Brings payments up to date with what gateways reported, a batch at a time, in the caller's transaction. */
@Injectable()
export class PaymentsService {
  constructor(private readonly publisher: EventPublisher) {}

  /**
   * Stores the reports, projects their payments and publishes what changed. Taking the same report again changes
   * nothing. Payments are locked in one fixed order, so two batches never wait for each other in a circle.
   */
  async record(reports: readonly PaymentReported[], manager: EntityManager): Promise<void> {
    const ledgers = await this.openAggregates(reports, manager);
    for (const report of reports) await ledgers.get(toLockName(keyOf(report)))?.applyReport(report, manager);

    const changed = [...ledgers.values()].filter((ledger) => ledger.isDirty);
    if (changed.length === 0) return;
    const now = new Date();
    await upsertPayments(
      manager,
      changed.map((ledger) => ledger.row(now)),
    );
    await insertReports(
      manager,
      changed.flatMap((ledger) => ledger.newReportRows()),
    );
    await updateOutcomes(
      manager,
      changed.flatMap((ledger) => ledger.changedOutcomes()),
    );
    await this.publisher.publish(
      manager,
      changed.flatMap((ledger) => ledger.events),
    );
  }

  private async openAggregates(
    reports: readonly PaymentReported[],
    manager: EntityManager,
  ): Promise<Map<string, PaymentAggregate>> {
    const keys = new Map(reports.map((report) => [toLockName(keyOf(report)), keyOf(report)]));
    await lockPayments(manager, [...keys.values()]);
    const stored = await findPayments(manager, [...keys.values()]);
    const known = await findReports(manager, stored, reports);
    return new Map(
      [...keys].map(([name, key]) => {
        const row = stored.get(name);
        return [name, new PaymentAggregate(key, row, row ? (known.get(row.id) ?? []) : [])];
      }),
    );
  }
}

const keyOf = ({ payload }: PaymentReported): PaymentKey => ({
  gateway: payload.gateway,
  account: payload.account,
  gatewayPaymentId: payload.report.gatewayPaymentId,
});

export const toLockName = (key: PaymentKey): string =>
  JSON.stringify([key.gateway, key.account, key.gatewayPaymentId]);

/** Held until the transaction ends. Locks by name rather than by row, as a new payment has no row to lock yet. */
export async function lockPayments(manager: EntityManager, keys: readonly PaymentKey[]): Promise<void> {
  await acquireAdvisoryLocks(manager, 'payment', keys.map(toLockName));
}

/** One look in the index for each: joined, the planner would rather read all payments than make some hundred looks. */
const FIND = `SELECT payment.* FROM unnest($1::text[], $2::text[], $3::text[]) AS wanted (gateway, account, id)
  CROSS JOIN LATERAL (
    SELECT * FROM payments
    WHERE gateway = wanted.gateway AND account = wanted.account AND gateway_payment_id = wanted.id LIMIT 1) AS payment`;

export async function findPayments(
  manager: EntityManager,
  keys: readonly PaymentKey[],
): Promise<Map<string, PaymentRow>> {
  const rows = await manager.query<
    (PaymentRow & Record<'gateway' | 'account' | 'gateway_payment_id', string>)[]
  >(FIND, [
    toArrayLiteral(keys.map((key) => key.gateway)),
    toArrayLiteral(keys.map((key) => key.account)),
    toArrayLiteral(keys.map((key) => key.gatewayPaymentId)),
  ]);
  return new Map(
    rows.map((row) => [
      toLockName({ gateway: row.gateway, account: row.account, gatewayPaymentId: row.gateway_payment_id }),
      row,
    ]),
  );
}

/** Those of these reports that are there already. */
async function findReports(
  manager: EntityManager,
  stored: ReadonlyMap<string, PaymentRow>,
  reports: readonly PaymentReported[],
): Promise<ReadonlyMap<string, readonly StoredReport[]>> {
  const rows = await findReportsByKey(
    manager,
    reports.flatMap((report) => {
      const paymentId = stored.get(toLockName(keyOf(report)))?.id;
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
