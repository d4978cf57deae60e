import { Injectable, Logger } from '@nestjs/common';
import { randomBytes } from 'node:crypto';
import { causeCode } from '../../platform/database/database-unavailable.js';
import { newId } from '../../platform/database/new-id.js';
import { insertDeliveries, type NewDelivery } from './delivery.store.js';
import { InboxDatabase } from './inbox-database.js';
import { PayloadCipher } from './payload-cipher.js';

/** So fresh a write of a real message proves that messages can be stored. */
const PROOF_VALID_MS = 1_000;

/**
 * What a probe writes, in bytes, and what it writes once a write failed. A small row may still fit into a page that is
 * there when the disk is full; random bytes of this size, which nothing compresses, need new pages.
 */
const PROBE_BYTES = { usual: 64, afterFailure: 64 * 1024 } as const;

/** Undoes the probe's row. */
class RollbackProbeError extends Error {}

/**
 * Whether messages can be stored now: told by the last write, and asked by a probe where there was none lately. What
 * changes is logged once, with the database's own code.
 */
@Injectable()
export class StorageHealth {
  private readonly logger = new Logger('Inbox');
  /** How often it changed whether messages can be stored, and why not. */
  changes = 0;
  private cause: string | null = null;
  private failedSince = 0;
  private storedAt = -Infinity;
  private probing: Promise<boolean> | null = null;

  constructor(
    private readonly db: InboxDatabase,
    private readonly cipher: PayloadCipher,
  ) {}

  /** False from a write that failed to the next one that does not, be it a message's or a probe's. */
  get canStore(): boolean {
    return this.cause === null;
  }

  /** A message is on disk. */
  recordSuccess(): void {
    this.storedAt = performance.now();
    if (this.cause !== null) this.recordRecovery();
  }

  /** The database did not take a message, for a reason that is not the message's own. */
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

  /** Resolves with whether a message can be stored; takes as long as the database does, 10 s at most. */
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
   * Writes a message as the inbox does and takes it back, in a transaction that is committed: a commit waits for the
   * disk, and for a standby where the server is told to.
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
    status: 'ignored',
    headers: [],
    raw: randomBytes(bytes),
    errors: null,
    hintOrder: null,
    receivedAt: new Date(),
  };
};
