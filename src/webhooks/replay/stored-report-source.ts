import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { ReportSource, SourcePage, SourceReading } from '../../payments/index.js';
import { readReported, readReportedPage, type StoredDelivery } from '../inbox/delivery-replay.store.js';
import { StoredDeliveryReader } from '../inbox/stored-delivery.reader.js';
import { toPaymentReports } from '../message/payment-reports.js';
import { GatewayRegistry } from '../gateways/gateway-registry.js';
import { PayloadUnreadableError } from '../inbox/payload-cipher.errors.js';

/** Deliveries per batch. 50 bodies of 1 MiB fit into memory. */
const DELIVERIES_PER_BATCH = 50;

/** Reads the reports of processed deliveries again from their bytes, with the gateways of this version. */
@Injectable()
export class StoredReportSource implements ReportSource {
  constructor(
    private readonly reader: StoredDeliveryReader,
    private readonly registry: GatewayRegistry,
  ) {}

  async readDeliveries(
    manager: EntityManager,
    deliveryIds: readonly string[],
  ): Promise<Map<string, SourceReading>> {
    const readings = new Map<string, SourceReading>();
    for (let at = 0; at < deliveryIds.length; at += DELIVERIES_PER_BATCH) {
      const rows = await readReported(manager, deliveryIds.slice(at, at + DELIVERIES_PER_BATCH));
      this.addReadings(rows, readings);
    }
    return readings;
  }

  async readPage(manager: EntityManager, after: string | null): Promise<SourcePage> {
    const rows = await readReportedPage(manager, after, DELIVERIES_PER_BATCH);
    const readings = new Map<string, SourceReading>();
    this.addReadings(rows, readings);
    return { next: rows.length < DELIVERIES_PER_BATCH ? null : (rows.at(-1)?.id ?? null), readings };
  }

  private addReadings(rows: readonly StoredDelivery[], readings: Map<string, SourceReading>): void {
    for (const delivery of rows) {
      // A gateway or account that is no longer configured cannot be read. Its stored reports are used as they are.
      if (!this.registry.gateway(delivery.gateway)) continue;
      if (!this.registry.account(delivery.gateway, delivery.account)) continue;
      readings.set(delivery.id, this.reading(delivery));
    }
  }

  /** A payload that cannot be decrypted is reported as `sealed` and does not stop the others. */
  private reading(delivery: StoredDelivery): SourceReading {
    try {
      const reading = this.reader.interpret(delivery);
      return reading.content.kind === 'reports'
        ? { kind: 'reports', reports: toPaymentReports(delivery, reading) }
        : { kind: 'unreadable' };
    } catch (error) {
      if (error instanceof PayloadUnreadableError) return { kind: 'encrypted', why: error.message };
      throw error;
    }
  }
}
