import type { EntityManager } from 'typeorm';
import type { PaymentReported } from '../payment.events.js';

/**
 * What a delivery says when it is read again; or that this version cannot read what an earlier one took; or that its
 * bytes cannot be decrypted, and why.
 */
export type SourceReading =
  | { kind: 'told'; reports: readonly PaymentReported[] }
  | { kind: 'unreadable' }
  | { kind: 'sealed'; why: string };

export interface SourcePage {
  /** Where the next page begins; null after the last one. */
  next: string | null;
  /** By delivery id. */
  readings: ReadonlyMap<string, SourceReading>;
}

/** Where reports come from, read again. Asks nobody outside: what gateways answered is stored like what they sent. */
export interface ReportSource {
  /** By delivery id; one whose bytes are gone, or that nothing here can read any more, is left out. */
  readDeliveries(manager: EntityManager, deliveryIds: readonly string[]): Promise<Map<string, SourceReading>>;
  /** All that was ever made into reports, in pages by id. */
  readPage(manager: EntityManager, after: string | null): Promise<SourcePage>;
}
