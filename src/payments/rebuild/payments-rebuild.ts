import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager, type QueryRunner } from 'typeorm';
import { EventPublisher } from '../../platform/events/index.js';
import { findReportsOfPayments } from '../recording/payment-report.store.js';
import type { PaymentKey } from '../recording/payment-row.js';
import { findPayments, findPaymentsAfter, lockPayments, toLockName } from '../recording/payment.store.js';
import {
  dropUnreported,
  findMissingPayments,
  findUnreportedDeliveries,
} from '../recording/unreported.store.js';
import { derivePayment, type DerivedPayment, type StoredPayment } from './derived-payment.js';
import { findDifferences, type Difference } from './differences.js';
import { repairPayment } from './repair.js';
import type { ReportSource } from './report-sources.js';
import { findUnreported } from './unreported.js';

const PAYMENTS_PER_BATCH = 100;

/** The result of a rebuild, as counts. */
export interface RebuildSummary {
  payments: number;
  /** Payments with at least one difference. */
  differing: number;
  differences: number;
  /** Payments that still differ at the end. */
  remaining: number;
  /** Deliveries that cannot be decrypted, by the reason. Their reports are used as stored and not compared. */
  unreadable: ReadonlyMap<string, number>;
}

/**
 * Derives every payment again from its sources and compares it with the stored payment. Runs beside the service:
 * reading takes no lock, and a repair locks the payments of one batch. The only event is `payment.amended`, and it is
 * silent, so orders and books follow and no message is sent. Works in batches of 100 payments, so its memory does not
 * grow with the number of payments. A second run finds what the first one left.
 */
@Injectable()
export class PaymentsRebuild {
  constructor(
    private readonly db: DataSource,
    private readonly publisher: EventPublisher,
  ) {}

  /**
   * Compares all payments, and calls `onDifference` for each difference. With `repairing`, every difference is written
   * that can be.
   */
  async run(
    source: ReportSource,
    repairing: boolean,
    onDifference: (difference: Difference) => void,
  ): Promise<RebuildSummary> {
    const session = this.db.createQueryRunner();
    const summary: RebuildSummary = {
      payments: 0,
      differing: 0,
      differences: 0,
      remaining: 0,
      unreadable: new Map(),
    };
    try {
      summary.unreadable = await findUnreported(session.manager, source);
      for await (const keys of readBatches(session.manager))
        await this.compareBatch(session, keys, { source, repairing, onDifference, summary });
      return summary;
    } finally {
      await dropUnreported(session.manager);
      await session.release();
    }
  }

  private async compareBatch(
    session: QueryRunner,
    keys: readonly PaymentKey[],
    task: RebuildTask,
  ): Promise<void> {
    const differing: PaymentKey[] = [];
    await inTransaction(session, 'REPEATABLE READ', async () => {
      for (const stored of await loadStoredPayments(session.manager, keys, task.source)) {
        const differences = findDifferences(stored, derivePayment(stored));
        if (differences.length > 0) differing.push(stored.key);
        differences.forEach(task.onDifference);
        task.summary.differences += differences.length;
      }
    });
    task.summary.payments += keys.length;
    task.summary.differing += differing.length;
    if (differing.length === 0) return;
    task.summary.remaining += task.repairing
      ? await this.repairBatch(session, differing, task)
      : differing.length;
  }

  /** Compares again under the locks and writes what still differs. Returns how many payments cannot be repaired. */
  private async repairBatch(
    session: QueryRunner,
    keys: readonly PaymentKey[],
    task: RebuildTask,
  ): Promise<number> {
    return inTransaction(session, 'READ COMMITTED', async () => {
      await lockPayments(session.manager, keys);
      let remaining = 0;
      for (const stored of await loadStoredPayments(session.manager, keys, task.source)) {
        const derived = derivePayment(stored);
        if (findDifferences(stored, derived).length === 0) continue;
        if (derived.reports.length > 0) await this.repair(session.manager, stored, derived);
        if (derived.reports.length === 0 || derived.reports.some((report) => report.unreadable)) remaining++;
      }
      return remaining;
    });
  }

  private async repair(
    manager: EntityManager,
    stored: StoredPayment,
    derived: DerivedPayment,
  ): Promise<void> {
    const { amended, changed } = await repairPayment(manager, stored, derived);
    if (amended) await this.publisher.publish(manager, [amended]);
    await this.publisher.applyInTransaction(manager, [changed]);
  }
}

interface RebuildTask {
  source: ReportSource;
  repairing: boolean;
  onDifference: (difference: Difference) => void;
  summary: RebuildSummary;
}

/** All stored payments, and then the payments that are reported and not stored. */
async function* readBatches(manager: EntityManager): AsyncGenerator<PaymentKey[]> {
  for (let last: string | null = null; ;) {
    const rows: (PaymentKey & { id: string })[] = await findPaymentsAfter(manager, last, PAYMENTS_PER_BATCH);
    if (rows.length === 0) break;
    last = rows.at(-1)?.id ?? null;
    yield rows.map(({ gateway, account, gatewayPaymentId }) => ({ gateway, account, gatewayPaymentId }));
  }
  for (let last: PaymentKey | null = null; ;) {
    const keys: PaymentKey[] = await findMissingPayments(manager, last, PAYMENTS_PER_BATCH);
    if (keys.length === 0) return;
    last = keys.at(-1) ?? null;
    yield keys;
  }
}

async function loadStoredPayments(
  manager: EntityManager,
  keys: readonly PaymentKey[],
  source: ReportSource,
): Promise<StoredPayment[]> {
  const rows = await findPayments(manager, keys);
  const ids = [...rows.values()].map((row) => row.id);
  const reports = await findReportsOfPayments(manager, ids);
  const deliveries = [
    ...reports.map((report) => report.deliveryId),
    ...(await findUnreportedDeliveries(manager, keys)),
  ];
  const readings = await source.readDeliveries(manager, [...new Set(deliveries)]);
  return keys.map((key) => {
    const row = rows.get(toLockName(key));
    return { key, row, reports: reports.filter((report) => report.paymentId === row?.id), readings };
  });
}

async function inTransaction<T>(
  session: QueryRunner,
  isolation: 'REPEATABLE READ' | 'READ COMMITTED',
  work: () => Promise<T>,
): Promise<T> {
  await session.startTransaction(isolation);
  try {
    const result = await work();
    await session.commitTransaction();
    return result;
  } catch (error) {
    await session.rollbackTransaction();
    throw error;
  }
}
