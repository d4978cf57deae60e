import type { EntityManager } from 'typeorm';
import type { PaymentReported } from '../payment.events.js';

/**
 * The result of reading a delivery again. `reports`: it was translated. `unreadable`: an earlier version translated the
 * bytes and this one cannot. `encrypted`: the bytes cannot be decrypted, with the reason.
 */
export type SourceReading =
  | { kind: 'reports'; reports: readonly PaymentReported[] }
  | { kind: 'unreadable' }
  | { kind: 'encrypted'; why: string };

export interface SourcePage {
  /** The id after which the next page begins; null after the last page. */
  next: string | null;
  /** By delivery id. */
  readings: ReadonlyMap<string, SourceReading>;
}

/** Stored deliveries, read again. No gateway is asked: an answer of a gateway is stored like a message from it. */
export interface ReportSource {
  /** Reads deliveries, by id. A delivery is left out when its bytes are gone or its gateway is not configured. */
  readDeliveries(manager: EntityManager, deliveryIds: readonly string[]): Promise<Map<string, SourceReading>>;
  /** One page of all deliveries that were ever translated to reports, in the order of their ids. */
  readPage(manager: EntityManager, after: string | null): Promise<SourcePage>;
}
