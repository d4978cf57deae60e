import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { EventPublisher, Rehearsal } from '../../platform/events/index.js';
import { paymentsChangedHere, type PaymentReported } from '../../payments/index.js';
import type { DeliveryFilter } from '../inbox/delivery-filter.js';
import {
  DeliveryReader,
  reportsOf,
  STORED_DELIVERY,
  type StoredDelivery,
} from '../inbox/stored-delivery.reader.js';
import type { Reading } from '../message/interpret-message.js';
import { AS_REPLAY, asSilent, Replays } from './replay.service.js';

/** More than this many deliveries are not previewed: what they touch is locked while it is counted. */
const AT_MOST = 1_000;
const BATCH = 50;

/** What a replay would do, told beforehand. */
export interface Preview {
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
class Readings {
  deliveries = 0;
  unreadable = 0;
  more = false;
  readonly questions = new Set<string>();
  /** One list for each delivery that says something. */
  readonly told: PaymentReported[][] = [];

  take(delivery: StoredDelivery, reading: Reading | null): void {
    this.deliveries++;
    if (reading === null || reading.says.is === 'faulty') this.unreadable++;
    else if (reading.says.is === 'hint')
      this.questions.add(JSON.stringify([delivery.gateway, delivery.account, reading.says.orderId]));
    else if (reading.says.is === 'reports') this.told.push(reportsOf(delivery, reading));
  }
}

/**
 * Runs a replay in a transaction that is rolled back, through the very code that the worker runs, and counts. It
 * holds the locks of the payments it touches for that long, and none that intake needs.
 */
@Injectable()
export class ReplayPreview {
  constructor(
    private readonly db: DataSource,
    private readonly replays: Replays,
    private readonly reader: DeliveryReader,
    private readonly publisher: EventPublisher,
    private readonly rehearsal: Rehearsal,
  ) {}

  /** Null when there is no such delivery, or its bytes have expired. */
  async one(id: string, alerts: boolean): Promise<Preview | null> {
    const readings = new Readings();
    await this.read([id], alerts, readings);
    return readings.deliveries === 0 ? null : this.previewOf(readings);
  }

  async all(filter: DeliveryFilter, alerts: boolean): Promise<Preview> {
    const readings = new Readings();
    for await (const ids of this.replays.idsOf(filter, new Date(), BATCH)) {
      readings.more = readings.deliveries >= AT_MOST;
      if (readings.more) break;
      await this.read(ids, alerts, readings);
    }
    return this.previewOf(readings);
  }

  /** Bytes are let go of batch by batch; what they said is small. */
  private async read(ids: readonly string[], alerts: boolean, readings: Readings): Promise<void> {
    const rows = await this.db.query<StoredDelivery[]>(
      `SELECT ${STORED_DELIVERY}, ${AS_REPLAY} AS replay, ${asSilent('$2')} AS silent FROM deliveries
       WHERE id = ANY($1) AND raw IS NOT NULL ORDER BY id`,
      [ids, alerts],
    );
    for (const delivery of rows) readings.take(delivery, this.readOrNull(delivery));
  }

  /** What the worker could not read either would be tried again until it is dead. */
  private readOrNull(delivery: StoredDelivery): Reading | null {
    try {
      return this.reader.read(delivery);
    } catch {
      return null;
    }
  }

  private async previewOf(readings: Readings): Promise<Preview> {
    const { payments, alerts, failed } = await this.effectsOf(readings.told);
    const { deliveries, more } = readings;
    const questions = readings.questions.size;
    const unreadable = readings.unreadable + failed;
    const counts = { deliveries, payments: payments.size, alerts, questions, unreadable, more };
    return { ...counts, summary: summaryOf(counts) };
  }

  private async effectsOf(
    told: readonly PaymentReported[][],
  ): Promise<{ payments: Set<string>; alerts: number; failed: number }> {
    try {
      return { ...(await this.rehearse(told.flat())), failed: 0 };
    } catch (error) {
      if (told.length === 0) throw error;
      // A poisoned delivery fails alone, as it does in the worker.
      return this.effectsOneByOne(told);
    }
  }

  private async effectsOneByOne(
    told: readonly PaymentReported[][],
  ): Promise<{ payments: Set<string>; alerts: number; failed: number }> {
    const sum = { payments: new Set<string>(), alerts: 0, failed: 0 };
    for (const reports of told) {
      const effects = await this.rehearse(reports).catch(() => null);
      if (effects === null) sum.failed++;
      else {
        for (const id of effects.payments) sum.payments.add(id);
        sum.alerts += effects.alerts;
      }
    }
    return sum;
  }

  private rehearse(reports: readonly PaymentReported[]): Promise<{ payments: Set<string>; alerts: number }> {
    return this.rolledBack(async (manager) => {
      await this.publisher.applyInCommit(manager, reports);
      const payments = await paymentsChangedHere(manager, reports);
      return { payments: new Set(payments), alerts: await this.rehearsal.messages(manager, payments) };
    });
  }

  private async rolledBack<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
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

function summaryOf({ payments, alerts, questions, unreadable, more }: Omit<Preview, 'summary'>): string {
  const parts = [`would change ${counted(payments, 'payment')}, send ${counted(alerts, 'alert')}`];
  if (questions > 0) parts.push(`ask a gateway about ${counted(questions, 'order')}`);
  if (unreadable > 0) parts.push(`fail to read ${counted(unreadable, 'delivery', 'deliveries')}`);
  if (more) parts.push(`and more: only the oldest ${AT_MOST} deliveries were looked at`);
  return parts.join(', ');
}

const counted = (n: number, one: string, many = `${one}s`): string => `${n} ${n === 1 ? one : many}`;
