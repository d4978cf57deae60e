import { Injectable, Logger } from '@nestjs/common';
import { randomBytes } from 'node:crypto';
import { causeCode } from '../../platform/database/database-unavailable.js';
import { newId } from '../../platform/database/new-id.js';
import { insertDeliveries, type NewDelivery } from './delivery.store.js';
import { InboxDatabase } from './inbox-database.js';
import { PayloadCipher } from './payload-cipher.js';

/** For how long a committed message proves that messages can be stored. */
const PROOF_VALID_MS = 1_000;

/**
 * The size of a probe: 64 bytes normally, and 64 KiB after a write failed. On a full disk a small row may still fit into
 * an existing page. 64 KiB of random bytes cannot be compressed and need new pages.
 */
const PROBE_BYTES = { usual: 64, afterFailure: 64 * 1024 } as const;

/** Rolls the probe's row back. */
class RollbackProbeError extends Error {}

/**
 * Whether messages can be stored now. The last write of a message tells it; where there was none in the last second, a
 * probe does. Every change is logged once, with the database's own error code.
 */
@Injectable()
export class StorageHealth {
  private readonly logger = new Logger('Inbox');
  /** Counts every change between "can store" and "cannot store", and every change of the cause. */
  changes = 0;
  private cause: string | null = null;
  private failedSince = 0;
  private storedAt = -Infinity;
  private probing: Promise<boolean> | null = null;

  constructor(
    private readonly db: InboxDatabase,
    private readonly cipher: PayloadCipher,
  ) {}

  /** False from a failed write until the next successful one, of a message or of a probe. */
  get canStore(): boolean {
    return this.cause === null;
  }

  /** A message was committed. */
  recordSuccess(): void {
    this.storedAt = performance.now();
    if (this.cause !== null) this.recordRecovery();
  }

  /** The database refused a message, and the message itself is not the reason. */
  recordFailure(error: unknown): void {
    const cause = causeCode(error);
    if (cause === this.cause) return;
    if (this.cause === null) this.failedSince = performance.now();
    this.cause = cause;
    this.changes++;
    this.storedAt = -Infinity;
    this.logger.error(
      `not_stored: the database takes no webhooks (${cause}); senders are told to send again`,
    );
  }

  /** Resolves with whether a message can be stored now. Takes up to 10 s when the database does not answer. */
  check(): Promise<boolean> {
    if (performance.now() - this.storedAt < PROOF_VALID_MS) return Promise.resolve(true);
    this.probing ??= this.probe().finally(() => (this.probing = null));
    return this.probing;
  }

  private recordRecovery(): void {
    const seconds = Math.round((performance.now() - this.failedSince) / 1000);
    this.logger.log(`webhooks are stored again, after ${seconds} s (${this.cause})`);
    this.cause = null;
    this.changes++;
  }

  /**
   * Writes a message as the inbox does and rolls it back to a savepoint. The outer transaction commits, because only a
   * commit waits for the disk, and for a standby where the server is set up so.
   */
  private async probe(): Promise<boolean> {
    const message = toProbeDelivery(this.canStore ? PROBE_BYTES.usual : PROBE_BYTES.afterFailure);
    try {
      await this.db.transaction(async (outer) => {
        await outer
          .transaction(async (inner) => {
            const inserted = await insertDeliveries(inner, [message], this.cipher);
            throw inserted.size === 1 ? new RollbackProbeError() : new Error('a row was not inserted');
          })
          .catch((error: unknown) => {
            if (!(error instanceof RollbackProbeError)) throw error;
          });
      });
    } catch (error) {
      this.recordFailure(error);
      return false;
    }
    if (this.cause !== null) this.recordRecovery();
    return true;
  }
}

const toProbeDelivery = (bytes: number): NewDelivery => {
  const id = newId();
  return {
    id,
    gateway: 'payhook',
    account: 'readiness',
    key: id,
    eventId: null,
    eventType: null,
    provenance: 'received',
    causedBy: null,
    verdict: 'verified',
    // With work, so that both tables are written.
    status: 'pending',
    headers: [],
    raw: randomBytes(bytes),
    errors: null,
    hintOrder: null,
    receivedAt: new Date(),
  };
};
