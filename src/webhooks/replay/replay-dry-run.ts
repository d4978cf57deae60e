import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { EventPublisher, EventDryRun } from '../../platform/events/index.js';
import { findPaymentsChangedInTransaction, type PaymentReported } from '../../payments/index.js';
import type { DeliveryFilter } from '../inbox/delivery-filter.js';
import { readForReplay, type StoredDelivery } from '../inbox/delivery-replay.store.js';
import { StoredDeliveryReader } from '../inbox/stored-delivery.reader.js';
import { toPaymentReports } from '../message/payment-reports.js';
import type { InterpretedMessage } from '../message/interpret-message.js';
import { ReplayService } from './replay.service.js';

/** A dry run covers at most 1,000 deliveries, because their payments are locked while it runs. */
const MAX_DELIVERIES = 1_000;
const BATCH = 50;

/** What a replay would change. */
export interface ReplayDryRunResult {
  deliveries: number;
  /** Number of payments whose row or timeline would change. */
  payments: number;
  /** Number of messages that would be sent to customers. */
  alerts: number;
  /** Number of orders about which a gateway would be asked. Its answers are not known beforehand. */
  questions: number;
  /** Number of deliveries that cannot be read or processed. They would stay as they are, or become parked or dead. */
  unreadable: number;
  /** There are more matching deliveries. The numbers are those of the oldest 1,000. */
  more: boolean;
  summary: string;
}

/** Counts the contents of the deliveries of a dry run. */
class DryRunInput {
  deliveries = 0;
  unreadable = 0;
  more = false;
  readonly questions = new Set<string>();
  /** One list for each delivery with reports. */
  readonly reports: PaymentReported[][] = [];

  add(delivery: StoredDelivery, reading: InterpretedMessage | null): void {
    this.deliveries++;
    if (reading === null || reading.content.kind === 'invalid') this.unreadable++;
    else if (reading.content.kind === 'hint')
      this.questions.add(JSON.stringify([delivery.gateway, delivery.account, reading.content.hint]));
    else if (reading.content.kind === 'reports') this.reports.push(toPaymentReports(delivery, reading));
  }
}

/**
 * Runs a replay in a transaction that is rolled back, with the same code as the worker, and counts the changes. Until the
 * rollback it locks the payments concerned. It takes no lock that intake needs.
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

  /** Null if there is no such delivery, or its payload has expired. */
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

  /** Reads one batch. Payloads are released after each batch; their reports are small. */
  private async read(ids: readonly string[], alerts: boolean, readings: DryRunInput): Promise<void> {
    const rows = await readForReplay(this.db.manager, ids, alerts);
    for (const delivery of rows) readings.add(delivery, this.interpretOrNull(delivery));
  }

  /** Null if the delivery cannot be read. The worker would retry it until it is dead. */
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
      // A delivery that fails must not affect the others, as in the worker.
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
  if (questions > 0) parts.push(`ask a gateway ${formatCount(questions, 'question')}`);
  if (unreadable > 0) parts.push(`leave ${formatCount(unreadable, 'delivery', 'deliveries')} parked or dead`);
  if (more) parts.push(`and more: only the oldest ${MAX_DELIVERIES} deliveries were looked at`);
  return parts.join(', ');
}

const formatCount = (n: number, one: string, many = `${one}s`): string => `${n} ${n === 1 ? one : many}`;
