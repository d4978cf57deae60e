import { Injectable, Logger, type BeforeApplicationShutdown } from '@nestjs/common';
import { setTimeout as wait } from 'node:timers/promises';
import { QueryFailedError } from 'typeorm';
import { isDatabaseUnavailable } from '../../platform/database/database-unavailable.js';
import { describeError } from '../../platform/logging/describe-error.js';
import { toHandoffItem, CLAIMABLE_AFTER_MS, type HandoffItem } from './handoff-queue.js';
import { EventLoopLoad } from './event-loop-load.js';
import {
  insertDeliveries,
  isParkedOrDead,
  recordDuplicates,
  type NewDelivery,
  type DuplicateDelivery,
} from './delivery.store.js';
import { dropErasedUnreported, type UnreportedMessage } from './drop-erased-payloads.js';
import { InboxDatabase } from './inbox-database.js';
import { PayloadCipher } from './payload-cipher.js';
import type { InterpretedMessage } from '../message/interpret-message.js';
import { flushIntervalMs } from '../processing/backpressure.js';
import { StorageHealth } from './storage-health.js';

/** What became of a message: committed in any case. `seen` is what stood there before it came again. */
export type StoreResult = { kind: 'new'; id: string } | ({ kind: 'seen' } & DuplicateDelivery);

/** Not on disk, and said so: the sender must send it again. Either the queue had no room, or the database failed. */
export class NotStoredError extends Error {
  constructor(
    readonly reason: 'overloaded' | 'not_stored',
    why: string,
    options?: ErrorOptions,
  ) {
    super(why, options);
  }
}

const MAX_BATCH = 200;
/** In one statement, where they are several times as large. */
const MAX_BATCH_BYTES = 4 * 1024 * 1024;
/** How long a sender waits for its turn: longer than that, and it is gone or about to send again. */
const MAX_QUEUED_MS = 10_000;
const MAX_QUEUED = 10_000;
const MAX_QUEUED_BYTES = 64 * 1024 * 1024;

/** What a commit brought to do. */
export interface StoredBatch {
  items: readonly HandoffItem[];
  /** How many messages it stored or counted again. */
  batchSize: number;
  /** A hint, or a message that was parked or dead, is there to be claimed. */
  hasClaimable: boolean;
}

interface QueuedMessage {
  delivery: NewDelivery;
  interpreted: InterpretedMessage;
  queuedAt: number;
  resolve: (receipt: StoreResult) => void;
  reject: (error: NotStoredError) => void;
}

/**
 * Stores verified messages, each once. `accept` resolves after the commit that holds the raw bytes. While one flush
 * is under way the next messages gather and go together; a lone one goes at once. Which message is a duplicate is
 * decided by the unique key in the database, never by a look beforehand.
 */
@Injectable()
export class Inbox implements BeforeApplicationShutdown {
  private readonly logger = new Logger(Inbox.name);
  private queue: QueuedMessage[] = [];
  /** Of all that is not answered yet, what is being written included. */
  private queuedBytes = 0;
  private flushing: Promise<void> | null = null;
  private flushedAt = 0;
  private readonly eventLoop = new EventLoopLoad();
  /** Called after each commit that brought new work, with what need not be claimed from the database. */
  onStored: (stored: StoredBatch) => void = () => {};

  constructor(
    private readonly db: InboxDatabase,
    private readonly cipher: PayloadCipher,
    private readonly health: StorageHealth,
  ) {}

  /** Rejects with {@link NotStoredError} when the message is not on disk: the database failed or the queue is full. */
  accept(delivery: NewDelivery, reading: InterpretedMessage): Promise<StoreResult> {
    const bytes = delivery.raw.length;
    if (this.queue.length >= MAX_QUEUED || this.queuedBytes + bytes > MAX_QUEUED_BYTES) {
      return Promise.reject(new NotStoredError('overloaded', 'the queue is full'));
    }
    this.queuedBytes += bytes;
    return new Promise((resolve, reject) => {
      this.queue.push({ delivery, interpreted: reading, queuedAt: Date.now(), resolve, reject });
      this.flushing ??= this.flushAll();
    });
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.flushing;
  }

  private async flushAll(): Promise<void> {
    while (this.queue.length > 0) {
      await this.waitForFlushInterval();
      const batch = this.nextBatch();
      const [late, inTime] = [[], []] as [QueuedMessage[], QueuedMessage[]];
      for (const one of batch) (Date.now() - one.queuedAt > MAX_QUEUED_MS ? late : inTime).push(one);
      if (late.length > 0) rejectAll(late, this.tooSlowError());
      if (inTime.length > 0) await this.flush(inTime);
      this.releaseBytes(batch);
    }
    this.flushing = null;
  }

  /** A lone message does not wait. */
  private async waitForFlushInterval(): Promise<void> {
    const left = this.flushedAt + flushIntervalMs(this.eventLoop.utilization) - performance.now();
    if (left > 0 && this.queue.length < MAX_BATCH) await wait(left);
    this.flushedAt = performance.now();
  }

  private nextBatch(): QueuedMessage[] {
    let bytes = 0;
    let count = 0;
    for (const { delivery } of this.queue.slice(0, MAX_BATCH)) {
      bytes += delivery.raw.length;
      if (count > 0 && bytes > MAX_BATCH_BYTES) break;
      count++;
    }
    return this.queue.splice(0, count);
  }

  private releaseBytes(answered: readonly QueuedMessage[]): void {
    for (const { delivery } of answered) this.queuedBytes -= delivery.raw.length;
  }

  private async flush(batch: readonly QueuedMessage[]): Promise<void> {
    try {
      const deliveries = batch.map(({ delivery }) => delivery);
      const receipts = await this.store(deliveries);
      const unreported = findUnreported(deliveries, receipts);
      if (unreported.length > 0) await this.dropErasedPayloads(unreported);
      this.resolveBatch(batch, receipts);
    } catch (error) {
      // One message with data the database cannot take must not take its neighbours down with it.
      if (isDataError(error) && batch.length > 1) {
        for (const one of batch) await this.flush([one]);
        return;
      }
      rejectAll(batch, new NotStoredError('not_stored', 'the database did not take it', { cause: error }));
      if (!isDataError(error)) this.health.recordFailure(error);
      // Those behind would find out the same, one batch after the other, each as long as a dead line takes to be known.
      if (isDatabaseUnavailable(error)) this.rejectQueue(error);
    }
  }

  /**
   * Of what nobody will work on, nothing is kept that tells of somebody who was erased. After the commit: what an erasure
   * that runs meanwhile does not see, this does. Where it fails the message is on disk, and retention looks again.
   */
  private async dropErasedPayloads(unreported: readonly UnreportedMessage[]): Promise<void> {
    try {
      await this.db.run((manager) => dropErasedUnreported(manager, unreported));
    } catch (error) {
      this.logger.warn(`${unreported.length} messages were not looked through: ${describeError(error)}`);
    }
  }

  /** What is on disk is told to its sender, and handed on. What is not, though no statement failed, is sent again. */
  private resolveBatch(batch: readonly QueuedMessage[], receipts: readonly (StoreResult | null)[]): void {
    if (receipts.includes(null)) this.health.recordFailure(new RowNotWrittenError());
    else this.health.recordSuccess();
    batch.forEach(({ resolve, reject }, at) => {
      const receipt = receipts[at];
      if (receipt) resolve(receipt);
      else reject(new NotStoredError('not_stored', 'it was neither inserted nor found'));
    });
    try {
      this.onStored(toStoredBatch(batch, receipts));
    } catch (error) {
      // The messages are on disk and are claimed from there a little later.
      this.logger.error(`stored messages were not handed on: ${describeError(error)}`);
    }
  }

  /** Behind a database that fails, the wait is the failure's; else there is more than it can write. */
  private tooSlowError(): NotStoredError {
    return new NotStoredError(this.health.canStore ? 'overloaded' : 'not_stored', 'the database is too slow');
  }

  private rejectQueue(cause: unknown): void {
    const waiting = this.queue.splice(0);
    this.releaseBytes(waiting);
    rejectAll(waiting, new NotStoredError('not_stored', 'the database is away', { cause }));
  }

  /**
   * What is new is one statement, and so a commit of its own; what came again needs a transaction. Null for a message
   * that is neither: a trigger or a rule kept it out, or its row was deleted between the two.
   */
  private async store(deliveries: readonly NewDelivery[]): Promise<(StoreResult | null)[]> {
    const inserted = await this.db.run((manager) =>
      insertDeliveries(manager, deliveries, this.cipher, CLAIMABLE_AFTER_MS),
    );
    const again = deliveries.filter((delivery) => !inserted.has(delivery.id));
    const seen =
      again.length > 0
        ? await this.db.transaction((manager) => recordDuplicates(manager, again, this.cipher))
        : new Map<string, DuplicateDelivery>();
    return deliveries.map(({ id }): StoreResult | null => {
      if (inserted.has(id)) return { kind: 'new', id };
      const known = seen.get(id);
      return known ? { kind: 'seen', ...known } : null;
    });
  }
}

/** What was stored just now and is ignored or parked: hardly ever anything. */
function findUnreported(
  deliveries: readonly NewDelivery[],
  receipts: readonly (StoreResult | null)[],
): readonly UnreportedMessage[] {
  const unreported: UnreportedMessage[] = [];
  deliveries.forEach(({ status, gateway, account, headers, raw, hintOrder }, at) => {
    const receipt = receipts[at];
    if (
      status === 'pending' ||
      !receipt ||
      (receipt.kind === 'seen' && !isParkedOrDead(receipt.previousStatus))
    )
      return;
    unreported.push({ id: receipt.id, gateway, account, headers, bytes: raw, hintOrder });
  });
  return unreported;
}

function toStoredBatch(
  batch: readonly QueuedMessage[],
  receipts: readonly (StoreResult | null)[],
): StoredBatch {
  const isNew = (_: unknown, at: number): boolean => receipts[at]?.kind === 'new';
  const arrivals = batch
    .filter(isNew)
    .map(({ delivery, interpreted: reading }) => toHandoffItem(delivery, reading));
  const revived = receipts.some((receipt) => receipt?.kind === 'seen');
  return {
    items: arrivals.filter((arrival) => arrival !== null),
    batchSize: batch.length,
    hasClaimable: revived || batch.some(({ delivery }) => delivery.hintOrder !== null),
  };
}

/** No statement failed, and the row is not there. */
class RowNotWrittenError extends Error {}

function rejectAll(waiting: readonly QueuedMessage[], error: NotStoredError): void {
  for (const { reject } of waiting) reject(error);
}

/** SQLSTATE classes 22 (data exception) and 23 (integrity): the fault of one row. */
function isDataError(error: unknown): boolean {
  const code = error instanceof QueryFailedError ? (error.driverError as { code?: string }).code : undefined;
  return code !== undefined && /^2[23]/.test(code);
}
