import { Injectable } from '@nestjs/common';
import { DataSource, In, type EntityManager, type QueryRunner } from 'typeorm';
import { EventPublisher } from '../../platform/events/index.js';
import { PaymentReportRow } from '../recording/payment-report.entity.js';
import { findPayments, lockPayments, toLockName } from '../recording/payments.service.js';
import type { PaymentKey } from '../recording/stored-projection.js';
import { derivePayment, type StoredPayment } from './derived-payment.js';
import { findDifferences, type Difference } from './differences.js';
import { repairPayment } from './repair.js';
import type { ReportSource } from './report-sources.js';
import {
  findUnreported,
  dropUnreported,
  findMissingPayments,
  findUnreportedDeliveries,
} from './unreported.js';

const PAYMENTS_PER_BATCH = 100;

export interface RebuildSummary {
  payments: number;
  /** Payments that differ, and how much of that is still so at the end. */
  differing: number;
  differences: number;
  remaining: number;
  /** Deliveries whose bytes cannot be decrypted, by the reason. Their reports are taken as stored, and not compared. */
  unreadable: ReadonlyMap<string, number>;
}

/**
 * Derives every payment again from its sources and compares it with what is stored. Runs beside the service: reading
 * takes no lock, writing takes those of one batch. Publishes `payment.amended` alone, and silently: orders and books
 * follow, and nobody is mailed. In batches by id: its memory does not grow with the number of payments.
 */
@Injectable()
export class PaymentsRebuild {
  constructor(
    private readonly db: DataSource,
    private readonly publisher: EventPublisher,
  ) {}

  /** `tell` is called for each difference as it is found; with `repairing`, what can be repaired is. */
  async run(
    sources: ReportSource,
    repairing: boolean,
    tell: (difference: Difference) => void,
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
      summary.unreadable = await findUnreported(session.manager, sources);
      for await (const keys of readBatches(session.manager))
        await this.batch(session, keys, { sources, repairing, tell, summary });
      return summary;
    } finally {
      await dropUnreported(session.manager);
      await session.release();
    }
  }

  private async batch(session: QueryRunner, keys: readonly PaymentKey[], work: RebuildTask): Promise<void> {
    const differing: PaymentKey[] = [];
    await inTransaction(session, 'REPEATABLE READ', async () => {
      for (const stored of await loadStoredPayments(session.manager, keys, work.sources)) {
        const differences = findDifferences(stored, derivePayment(stored));
        if (differences.length > 0) differing.push(stored.key);
        differences.forEach(work.tell);
        work.summary.differences += differences.length;
      }
    });
    work.summary.payments += keys.length;
    work.summary.differing += differing.length;
    if (differing.length === 0) return;
    work.summary.remaining += work.repairing
      ? await this.repairAll(session, differing, work)
      : differing.length;
  }

  /** Looks again under the locks: what was right by then stays as it is. Answers how many payments still differ. */
  private async repairAll(
    session: QueryRunner,
    keys: readonly PaymentKey[],
    work: RebuildTask,
  ): Promise<number> {
    return inTransaction(session, 'READ COMMITTED', async () => {
      await lockPayments(session.manager, keys);
      let left = 0;
      for (const stored of await loadStoredPayments(session.manager, keys, work.sources)) {
        const derived = derivePayment(stored);
        if (findDifferences(stored, derived).length === 0) continue;
        const amended = derived.reports.length > 0 && (await repairPayment(session.manager, stored, derived));
        if (amended) await this.publisher.publish(session.manager, [amended]);
        if (derived.reports.length === 0 || derived.reports.some((report) => report.unreadable)) left++;
      }
      return left;
    });
  }
}

interface RebuildTask {
  sources: ReportSource;
  repairing: boolean;
  tell: (difference: Difference) => void;
  summary: RebuildSummary;
}

/** All payments there are, and then those that should be. */
async function* readBatches(manager: EntityManager): AsyncGenerator<PaymentKey[]> {
  for (let last: string | null = null; ;) {
    const rows: (PaymentKey & { id: string })[] = await manager.query(
      `SELECT id, gateway, account, gateway_payment_id AS "gatewayPaymentId" FROM payments
       WHERE $1::uuid IS NULL OR id > $1 ORDER BY id LIMIT ${PAYMENTS_PER_BATCH}`,
      [last],
    );
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
  sources: ReportSource,
): Promise<StoredPayment[]> {
  const rows = await findPayments(manager, keys);
  const ids = [...rows.values()].map((row) => row.id);
  const reports = await manager.find(PaymentReportRow, {
    where: { paymentId: In(ids) },
    order: { occurredAt: 'ASC', id: 'ASC' },
  });
  const deliveries = [
    ...reports.map((report) => report.deliveryId),
    ...(await findUnreportedDeliveries(manager, keys)),
  ];
  const readings = await sources.readDeliveries(manager, [...new Set(deliveries)]);
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
