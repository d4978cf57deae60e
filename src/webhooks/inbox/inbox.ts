import { Injectable, Logger, type BeforeApplicationShutdown } from '@nestjs/common';
import { setTimeout as wait } from 'node:timers/promises';
import { QueryFailedError } from 'typeorm';
import { isDatabaseUnavailable } from '../../platform/database/database-unavailable.js';
import { describeError } from '../../platform/logging/describe-error.js';
import type { InterpretedMessage } from '../message/interpret-message.js';
import { isParkedOrDead, recordDuplicates, type DuplicateDelivery } from './delivery-duplicates.store.js';
import { insertDeliveries, type NewDelivery } from './delivery.store.js';
import { dropErasedUnreported, type UnreportedMessage } from './drop-erased-payloads.js';
import { EventLoopLoad } from './event-loop-load.js';
import { flushIntervalMs } from './flush-interval.js';
import { HandoffQueue, toHandoffItem } from './handoff-queue.js';
import { InboxDatabase } from './inbox-database.js';
import { InboxQueue, type QueuedMessage } from './inbox-queue.js';
import { PayloadCipher } from './payload-cipher.js';
import { StorageHealth } from './storage-health.js';
import { NotStoredError, type StoreResult } from './store-result.js';

const MAX_BATCH = 200;
/** A sender that has waited for longer has given up or is about to send again. */
const MAX_QUEUED_MS = 10_000;

/**
 * Stores verified messages, each once. {@link accept} resolves after the commit that holds the raw bytes. Messages that
 * come in during a flush are written together in the next one; a lone message is written at once. The unique key in
 * the database decides what is a duplicate, never a look beforehand. What is committed goes to {@link HandoffQueue}.
 */
@Injectable()
export class Inbox implements BeforeApplicationShutdown {
  private readonly logger = new Logger(Inbox.name);
  private readonly queue = new InboxQueue();
  private flushing: Promise<void> | null = null;
  private flushedAt = 0;
  private readonly eventLoop = new EventLoopLoad();

  constructor(
    private readonly db: InboxDatabase,
    private readonly cipher: PayloadCipher,
    private readonly health: StorageHealth,
    private readonly handoff: HandoffQueue,
  ) {}

  /** @throws NotStoredError (the promise rejects) when the message is not committed: the sender must send it again. */
  accept(delivery: NewDelivery, interpreted: InterpretedMessage): Promise<StoreResult> {
    if (!this.queue.hasRoom(delivery.raw.length))
      return Promise.reject(new NotStoredError('overloaded', 'the queue is full'));
    return new Promise((resolve, reject) => {
      this.queue.push({ delivery, interpreted, queuedAt: Date.now(), resolve, reject });
      this.flushing ??= this.flushAll();
    });
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.flushing;
  }

  private async flushAll(): Promise<void> {
    while (this.queue.length > 0) {
      await this.waitForFlushInterval();
      const batch = this.queue.nextBatch(MAX_BATCH);
      const [late, inTime] = [[], []] as [QueuedMessage[], QueuedMessage[]];
      for (const message of batch)
        (Date.now() - message.queuedAt > MAX_QUEUED_MS ? late : inTime).push(message);
      if (late.length > 0) rejectAll(late, this.tooSlowError());
      if (inTime.length > 0) await this.flush(inTime);
      this.queue.release(batch);
    }
    this.flushing = null;
  }

  private async waitForFlushInterval(): Promise<void> {
    const left = this.flushedAt + flushIntervalMs(this.eventLoop.utilization) - performance.now();
    if (left > 0 && this.queue.length < MAX_BATCH) await wait(left);
    this.flushedAt = performance.now();
  }

  private async flush(batch: readonly QueuedMessage[]): Promise<void> {
    try {
      const deliveries = batch.map(({ delivery }) => delivery);
      const results = await this.store(deliveries);
      const unreported = findUnreported(deliveries, results);
      if (unreported.length > 0) await this.dropErasedPayloads(unreported);
      this.resolveBatch(batch, results);
    } catch (error) {
      // One message whose data the database refuses must not fail the others of its batch.
      if (isDataError(error) && batch.length > 1) {
        for (const message of batch) await this.flush([message]);
        return;
      }
      rejectAll(
        batch,
        new NotStoredError('not_stored', 'the database refused the message', { cause: error }),
      );
      if (!isDataError(error)) this.health.recordFailure(error);
      // Each further batch would fail the same way, after a timeout of its own.
      if (isDatabaseUnavailable(error)) this.rejectQueue(error);
    }
  }

  /**
   * One statement, and so one commit, for new messages; a transaction for duplicates. The result is null for a message
   * that is neither: a trigger or a rule kept it out, or its row was deleted between the two.
   */
  private async store(deliveries: readonly NewDelivery[]): Promise<(StoreResult | null)[]> {
    const inserted = await this.db.run((manager) =>
      insertDeliveries(manager, deliveries, this.cipher, this.handoff.claimableAfterMs),
    );
    const notInserted = deliveries.filter((delivery) => !inserted.has(delivery.id));
    const duplicates =
      notInserted.length > 0
        ? await this.db.transaction((manager) => recordDuplicates(manager, notInserted, this.cipher))
        : new Map<string, DuplicateDelivery>();
    return deliveries.map(({ id }): StoreResult | null => {
      if (inserted.has(id)) return { kind: 'stored', id };
      const duplicate = duplicates.get(id);
      return duplicate ? { kind: 'duplicate', ...duplicate } : null;
    });
  }

  /**
   * An ignored or parked message keeps no bytes that name a person who was erased. This runs after the commit, so it
   * also sees an erasure that was under way during the commit. If it fails, the message stays on disk, and retention
   * looks at it again within the hour.
   */
  private async dropErasedPayloads(unreported: readonly UnreportedMessage[]): Promise<void> {
    try {
      await this.db.run((manager) => dropErasedUnreported(manager, unreported));
    } catch (error) {
      this.logger.warn(
        `${unreported.length} messages were not searched for erased customers: ${describeError(error)}`,
      );
    }
  }

  private resolveBatch(batch: readonly QueuedMessage[], results: readonly (StoreResult | null)[]): void {
    if (results.includes(null)) this.health.recordFailure(new RowNotWrittenError());
    else this.health.recordSuccess();
    batch.forEach(({ resolve, reject }, at) => {
      const result = results[at];
      if (result) resolve(result);
      else reject(new NotStoredError('not_stored', 'the row was neither inserted nor found'));
    });
    try {
      this.handOff(batch, results);
    } catch (error) {
      // The messages are on disk, and a worker claims them soon.
      this.logger.error(`stored messages were not handed on: ${describeError(error)}`);
    }
  }

  private handOff(batch: readonly QueuedMessage[], results: readonly (StoreResult | null)[]): void {
    const items = batch
      .filter((_, at) => results[at]?.kind === 'stored')
      .map(({ delivery, interpreted }) => toHandoffItem(delivery, interpreted));
    this.handoff.push(
      items.filter((item) => item !== null),
      batch.length,
    );
    const hasRevived = results.some((result) => result?.kind === 'duplicate');
    if (!hasRevived && batch.every(({ delivery }) => delivery.hintOrder === null)) return;
    this.handoff.signals.emit('deliveriesDue');
    this.handoff.signals.emit('hintsDue');
  }

  /** While the database fails, a long wait is the database's fault; otherwise more comes in than can be written. */
  private tooSlowError(): NotStoredError {
    return new NotStoredError(this.health.canStore ? 'overloaded' : 'not_stored', 'the database is too slow');
  }

  private rejectQueue(cause: unknown): void {
    rejectAll(this.queue.clear(), new NotStoredError('not_stored', 'the database is unavailable', { cause }));
  }
}

/** Messages that were ignored or parked just now. */
function findUnreported(
  deliveries: readonly NewDelivery[],
  results: readonly (StoreResult | null)[],
): readonly UnreportedMessage[] {
  const unreported: UnreportedMessage[] = [];
  deliveries.forEach(({ status, gateway, account, headers, raw, hintOrder }, at) => {
    const result = results[at];
    if (status === 'pending' || !result) return;
    if (result.kind === 'duplicate' && !isParkedOrDead(result.previousStatus)) return;
    unreported.push({ id: result.id, gateway, account, headers, bytes: raw, hintOrder });
  });
  return unreported;
}

/** No statement failed, and the row is not there. */
class RowNotWrittenError extends Error {}

function rejectAll(messages: readonly QueuedMessage[], error: NotStoredError): void {
  for (const { reject } of messages) reject(error);
}

/** SQLSTATE classes 22 (data exception) and 23 (integrity constraint): the fault of one row. */
function isDataError(error: unknown): boolean {
  const code = error instanceof QueryFailedError ? (error.driverError as { code?: string }).code : undefined;
  return code !== undefined && /^2[23]/.test(code);
}
