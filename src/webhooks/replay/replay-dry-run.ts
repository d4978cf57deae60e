import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { EventPublisher, EventDryRun } from '../../platform/events/index.js';
import { findPaymentsChangedInTransaction, type PaymentReported } from '../../payments/index.js';
import type { DeliveryFilter } from '../inbox/delivery-filter.js';
import {
  StoredDeliveryReader,
  toPaymentReports,
  STORED_DELIVERY_COLUMNS,
  type StoredDelivery,
} from '../inbox/stored-delivery.reader.js';
import type { InterpretedMessage } from '../message/interpret-message.js';
import { REPLAY_FLAG, silentFlag, ReplayService } from './replay.service.js';

/** More than this many deliveries are not previewed: what they touch is locked while it is counted. */
const MAX_DELIVERIES = 1_000;
const BATCH = 50;

/** What a replay would do, told beforehand. */
export interface ReplayDryRunResult {
  deliveries: number;
  /** Payments whose row or timeline would change. */
  payments: number;
  /** Messages that would go out to people. */
  alerts: number;
  /** Orders that a gateway would be asked about: its answers cannot be known. */
  questions: number;
  /** Deliveries that would stay as they are or end parked or dead: they cannot be read or worked on. */
  unreadable: number;
  /** There are more than were looked at: the numbers are those of the oldest 1,000. */
  more: boolean;
  summary: string;
}

/** What reading the deliveries came to, before anything is made of it. */
class DryRunInput {
  deliveries = 0;
  unreadable = 0;
  more = false;
  readonly questions = new Set<string>();
  /** One list for each delivery that says something. */
  readonly reports: PaymentReported[][] = [];

  add(delivery: StoredDelivery, reading: InterpretedMessage | null): void {
    this.deliveries++;
    if (reading === null || reading.content.kind === 'invalid') this.unreadable++;
    else if (reading.content.kind === 'hint')
      this.questions.add(JSON.stringify([delivery.gateway, delivery.account, reading.content.orderId]));
    else if (reading.content.kind === 'reports') this.reports.push(toPaymentReports(delivery, reading));
  }
}

/**
 * Runs a replay in a transaction that is rolled back, through the very code that the worker runs, and counts. It
 * holds the locks of the payments it touches for that long, and none that intake needs.
 */
@Injectable()
export class ReplayDryRun {
  constructor(
    private readonly db: DataSource,
    private readonly replays: ReplayService,
    private readonly reader: StoredDeliveryReader,
    private readonly publisher: EventPublisher,
    private readonly eventDryRun: EventDryRun,
  ) {}

  /** Null when there is no such delivery, or its bytes have expired. */
  async one(id: string, alerts: boolean): Promise<ReplayDryRunResult | null> {
    const readings = new DryRunInput();
    await this.read([id], alerts, readings);
    return readings.deliveries === 0 ? null : this.summarize(readings);
  }

  async all(filter: DeliveryFilter, alerts: boolean): Promise<ReplayDryRunResult> {
    const readings = new DryRunInput();
    for await (const ids of this.replays.findIds(filter, new Date(), BATCH)) {
      readings.more = readings.deliveries >= MAX_DELIVERIES;
      if (readings.more) break;
      await this.read(ids, alerts, readings);
    }
    return this.summarize(readings);
  }

  /** Bytes are let go of batch by batch; what they said is small. */
  private async read(ids: readonly string[], alerts: boolean, readings: DryRunInput): Promise<void> {
    const rows = await this.db.query<StoredDelivery[]>(
      `SELECT ${STORED_DELIVERY_COLUMNS}, ${REPLAY_FLAG} AS replay, ${silentFlag('$2')} AS silent FROM deliveries
       WHERE id = ANY($1) AND raw IS NOT NULL ORDER BY id`,
      [ids, alerts],
    );
    for (const delivery of rows) readings.add(delivery, this.interpretOrNull(delivery));
  }

  /** What the worker could not read either would be tried again until it is dead. */
  private interpretOrNull(delivery: StoredDelivery): InterpretedMessage | null {
    try {
      return this.reader.interpret(delivery);
    } catch {
      return null;
    }
  }

  private async summarize(readings: DryRunInput): Promise<ReplayDryRunResult> {
    const { payments, alerts, failed } = await this.countEffects(readings.reports);
    const { deliveries, more } = readings;
    const questions = readings.questions.size;
    const unreadable = readings.unreadable + failed;
    const counts = { deliveries, payments: payments.size, alerts, questions, unreadable, more };
    return { ...counts, summary: summaryOf(counts) };
  }

  private async countEffects(
    told: readonly PaymentReported[][],
  ): Promise<{ payments: Set<string>; alerts: number; failed: number }> {
    try {
      return { ...(await this.dryRun(told.flat())), failed: 0 };
    } catch (error) {
      if (told.length === 0) throw error;
      // A poisoned delivery fails alone, as it does in the worker.
      return this.countEffectsOneByOne(told);
    }
  }

  private async countEffectsOneByOne(
    told: readonly PaymentReported[][],
  ): Promise<{ payments: Set<string>; alerts: number; failed: number }> {
    const sum = { payments: new Set<string>(), alerts: 0, failed: 0 };
    for (const reports of told) {
      const effects = await this.dryRun(reports).catch(() => null);
      if (effects === null) sum.failed++;
      else {
        for (const id of effects.payments) sum.payments.add(id);
        sum.alerts += effects.alerts;
      }
    }
    return sum;
  }

  private dryRun(reports: readonly PaymentReported[]): Promise<{ payments: Set<string>; alerts: number }> {
    return this.runRolledBack(async (manager) => {
      await this.publisher.applyInTransaction(manager, reports);
      const payments = await findPaymentsChangedInTransaction(manager, reports);
      return { payments: new Set(payments), alerts: await this.eventDryRun.countMessages(manager, payments) };
    });
  }

  private async runRolledBack<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    const session = this.db.createQueryRunner();
    try {
      await session.startTransaction();
      return await work(session.manager);
    } finally {
      if (session.isTransactionActive) await session.rollbackTransaction();
      await session.release();
    }
  }
}

function summaryOf({
  payments,
  alerts,
  questions,
  unreadable,
  more,
}: Omit<ReplayDryRunResult, 'summary'>): string {
  const parts = [`would change ${formatCount(payments, 'payment')}, send ${formatCount(alerts, 'alert')}`];
  if (questions > 0) parts.push(`ask a gateway about ${formatCount(questions, 'order')}`);
  if (unreadable > 0) parts.push(`fail to read ${formatCount(unreadable, 'delivery', 'deliveries')}`);
  if (more) parts.push(`and more: only the oldest ${MAX_DELIVERIES} deliveries were looked at`);
  return parts.join(', ');
}

const formatCount = (n: number, one: string, many = `${one}s`): string => `${n} ${n === 1 ? one : many}`;
