import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { ReportSources, SourcePage, SourceReading } from '../../payments/index.js';
import {
  DeliveryReader,
  reportsOf,
  STORED_DELIVERY,
  type StoredDelivery,
} from '../inbox/stored-delivery.reader.js';
import { GatewaysDirectory } from '../gateways/gateway-registry.js';
import { PayloadUnreadableError } from '../inbox/payload-cipher.errors.js';

/** Few enough that a batch of the largest bodies fits into memory. */
const BATCH = 50;
/**
 * Hints say nothing themselves: what the gateway answered is a delivery of its own. Of a body with several events that
 * is parked for some of them, the others count.
 */
const SPEAKS = `(status = 'processed' OR (status = 'parked' AND partial)) AND raw IS NOT NULL AND verdict <> 'hint'`;

/** Processed deliveries as the sources of reports: translated again from their bytes, with the gateways there are now. */
@Injectable()
export class DeliverySources implements ReportSources {
  constructor(
    private readonly reader: DeliveryReader,
    private readonly directory: GatewaysDirectory,
  ) {}

  async read(manager: EntityManager, deliveryIds: readonly string[]): Promise<Map<string, SourceReading>> {
    const readings = new Map<string, SourceReading>();
    for (let at = 0; at < deliveryIds.length; at += BATCH) {
      const rows = await manager.query<StoredDelivery[]>(
        `SELECT ${STORED_DELIVERY}, false AS replay, true AS silent FROM deliveries WHERE id = ANY($1) AND ${SPEAKS}`,
        [deliveryIds.slice(at, at + BATCH)],
      );
      this.take(rows, readings);
    }
    return readings;
  }

  async page(manager: EntityManager, after: string | null): Promise<SourcePage> {
    const rows = await manager.query<StoredDelivery[]>(
      `SELECT ${STORED_DELIVERY}, false AS replay, true AS silent FROM deliveries
       WHERE ($1::uuid IS NULL OR id > $1) AND ${SPEAKS} ORDER BY id LIMIT ${BATCH}`,
      [after],
    );
    const readings = new Map<string, SourceReading>();
    this.take(rows, readings);
    return { next: rows.length < BATCH ? null : (rows.at(-1)?.id ?? null), readings };
  }

  private take(rows: readonly StoredDelivery[], readings: Map<string, SourceReading>): void {
    for (const delivery of rows) {
      // No longer configured, so nothing here knows how to read it: its reports are taken as they are.
      if (!this.directory.gateway(delivery.gateway)) continue;
      if (!this.directory.account(delivery.gateway, delivery.account)) continue;
      readings.set(delivery.id, this.reading(delivery));
    }
  }

  /** One that cannot be decrypted keeps no other from being read. */
  private reading(delivery: StoredDelivery): SourceReading {
    try {
      const reading = this.reader.read(delivery);
      return reading.says.is === 'reports'
        ? { is: 'told', reports: reportsOf(delivery, reading) }
        : { is: 'unreadable' };
    } catch (error) {
      if (error instanceof PayloadUnreadableError) return { is: 'sealed', why: error.message };
      throw error;
    }
  }
}
