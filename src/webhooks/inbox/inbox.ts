import { Injectable, Logger, type BeforeApplicationShutdown } from '@nestjs/common';
import { setTimeout as wait } from 'node:timers/promises';
import { QueryFailedError } from 'typeorm';
import { isDatabaseAway } from '../../platform/database/database-unavailable.js';
import { describeError } from '../../platform/events/index.js';
import { arrivalOf, HANDED_OVER_MS, type Arrival } from './handoff-queue.js';
import { BusyLately } from './event-loop-load.js';
import {
  insertDeliveries,
  isStuck,
  receiveAgain,
  type NewDelivery,
  type SeenDelivery,
} from './delivery.store.js';
import { forgetUnreported, type Unreported } from './drop-erased-payloads.js';
import { IntakeDatabase } from './inbox-database.js';
import { PayloadVault } from './payload-cipher.js';
import type { Reading } from '../message/interpret-message.js';
import { apartMs } from '../processing/backpressure.js';
import { StorageHealth } from './storage-health.js';

/** What became of a message: committed in any case. `seen` is what stood there before it came again. */
export type Receipt = { is: 'new'; id: string } | ({ is: 'seen' } & SeenDelivery);

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
const MAX_WAIT_MS = 10_000;
const MAX_WAITING = 10_000;
const MAX_WAITING_BYTES = 64 * 1024 * 1024;

/** What a commit brought to do. */
export interface Stored {
  arrivals: readonly Arrival[];
  /** How many messages it stored or counted again. */
  together: number;
  /** A hint, or a message that was parked or dead, is there to be claimed. */
  more: boolean;
}

interface Waiting {
  delivery: NewDelivery;
  reading: Reading;
  since: number;
  resolve: (receipt: Receipt) => void;
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
  private waiting: Waiting[] = [];
  /** Of all that is not answered yet, what is being written included. */
  private heldBytes = 0;
  private flushing: Promise<void> | null = null;
  private flushedAt = 0;
  private readonly busy = new BusyLately();
  /** Called after each commit that brought new work, with what need not be claimed from the database. */
  onStored: (stored: Stored) => void = () => {};

  constructor(
    private readonly db: IntakeDatabase,
    private readonly vault: PayloadVault,
    private readonly health: StorageHealth,
  ) {}

  /** Rejects with {@link NotStoredError} when the message is not on disk: the database failed or the queue is full. */
  accept(delivery: NewDelivery, reading: Reading): Promise<Receipt> {
    const bytes = delivery.raw.length;
    if (this.waiting.length >= MAX_WAITING || this.heldBytes + bytes > MAX_WAITING_BYTES) {
      return Promise.reject(new NotStoredError('overloaded', 'the queue is full'));
    }
    this.heldBytes += bytes;
    return new Promise((resolve, reject) => {
      this.waiting.push({ delivery, reading, since: Date.now(), resolve, reject });
      this.flushing ??= this.flushAll();
    });
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.flushing;
  }

  private async flushAll(): Promise<void> {
    while (this.waiting.length > 0) {
      await this.gather();
      const batch = this.nextBatch();
      const [late, inTime] = [[], []] as [Waiting[], Waiting[]];
      for (const one of batch) (Date.now() - one.since > MAX_WAIT_MS ? late : inTime).push(one);
      if (late.length > 0) refuse(late, this.tooSlow());
      if (inTime.length > 0) await this.flush(inTime);
      this.letGo(batch);
    }
    this.flushing = null;
  }

  /** A lone message does not wait. */
  private async gather(): Promise<void> {
    const left = this.flushedAt + apartMs(this.busy.utilization) - performance.now();
    if (left > 0 && this.waiting.length < MAX_BATCH) await wait(left);
    this.flushedAt = performance.now();
  }

  private nextBatch(): Waiting[] {
    let bytes = 0;
    let count = 0;
    for (const { delivery } of this.waiting.slice(0, MAX_BATCH)) {
      bytes += delivery.raw.length;
      if (count > 0 && bytes > MAX_BATCH_BYTES) break;
      count++;
    }
    return this.waiting.splice(0, count);
  }

  private letGo(answered: readonly Waiting[]): void {
    for (const { delivery } of answered) this.heldBytes -= delivery.raw.length;
  }

  private async flush(batch: readonly Waiting[]): Promise<void> {
    try {
      const deliveries = batch.map(({ delivery }) => delivery);
      const receipts = await this.store(deliveries);
      const unreported = unreportedOf(deliveries, receipts);
      if (unreported.length > 0) await this.forget(unreported);
      this.answer(batch, receipts);
    } catch (error) {
      // One message with data the database cannot take must not take its neighbours down with it.
      if (isDataError(error) && batch.length > 1) {
        for (const one of batch) await this.flush([one]);
        return;
      }
      refuse(batch, new NotStoredError('not_stored', 'the database did not take it', { cause: error }));
      if (!isDataError(error)) this.health.failed(error);
      // Those behind would find out the same, one batch after the other, each as long as a dead line takes to be known.
      if (isDatabaseAway(error)) this.refuseWaiting(error);
    }
  }

  /**
   * Of what nobody will work on, nothing is kept that tells of somebody who was erased. After the commit: what an erasure
   * that runs meanwhile does not see, this does. Where it fails the message is on disk, and retention looks again.
   */
  private async forget(unreported: readonly Unreported[]): Promise<void> {
    try {
      await this.db.run((manager) => forgetUnreported(manager, unreported));
    } catch (error) {
      this.logger.warn(`${unreported.length} messages were not looked through: ${describeError(error)}`);
    }
  }

  /** What is on disk is told to its sender, and handed on. What is not, though no statement failed, is sent again. */
  private answer(batch: readonly Waiting[], receipts: readonly (Receipt | null)[]): void {
    if (receipts.includes(null)) this.health.failed(new RowNotWrittenError());
    else this.health.stored();
    batch.forEach(({ resolve, reject }, at) => {
      const receipt = receipts[at];
      if (receipt) resolve(receipt);
      else reject(new NotStoredError('not_stored', 'it was neither inserted nor found'));
    });
    try {
      this.onStored(storedOf(batch, receipts));
    } catch (error) {
      // The messages are on disk and are claimed from there a little later.
      this.logger.error(`stored messages were not handed on: ${describeError(error)}`);
    }
  }

  /** Behind a database that fails, the wait is the failure's; else there is more than it can write. */
  private tooSlow(): NotStoredError {
    return new NotStoredError(this.health.stores ? 'overloaded' : 'not_stored', 'the database is too slow');
  }

  private refuseWaiting(cause: unknown): void {
    const waiting = this.waiting.splice(0);
    this.letGo(waiting);
    refuse(waiting, new NotStoredError('not_stored', 'the database is away', { cause }));
  }

  /**
   * What is new is one statement, and so a commit of its own; what came again needs a transaction. Null for a message
   * that is neither: a trigger or a rule kept it out, or its row was deleted between the two.
   */
  private async store(deliveries: readonly NewDelivery[]): Promise<(Receipt | null)[]> {
    const inserted = await this.db.run((manager) =>
      insertDeliveries(manager, deliveries, this.vault, HANDED_OVER_MS),
    );
    const again = deliveries.filter((delivery) => !inserted.has(delivery.id));
    const seen =
      again.length > 0
        ? await this.db.transaction((manager) => receiveAgain(manager, again, this.vault))
        : new Map<string, SeenDelivery>();
    return deliveries.map(({ id }): Receipt | null => {
      if (inserted.has(id)) return { is: 'new', id };
      const known = seen.get(id);
      return known ? { is: 'seen', ...known } : null;
    });
  }
}

/** What was stored just now and is ignored or parked: hardly ever anything. */
function unreportedOf(
  deliveries: readonly NewDelivery[],
  receipts: readonly (Receipt | null)[],
): readonly Unreported[] {
  const unreported: Unreported[] = [];
  deliveries.forEach(({ status, gateway, account, headers, raw, hintOrder }, at) => {
    const receipt = receipts[at];
    if (status === 'pending' || !receipt || (receipt.is === 'seen' && !isStuck(receipt.before))) return;
    unreported.push({ id: receipt.id, gateway, account, headers, bytes: raw, hintOrder });
  });
  return unreported;
}

function storedOf(batch: readonly Waiting[], receipts: readonly (Receipt | null)[]): Stored {
  const isNew = (_: unknown, at: number): boolean => receipts[at]?.is === 'new';
  const arrivals = batch.filter(isNew).map(({ delivery, reading }) => arrivalOf(delivery, reading));
  const revived = receipts.some((receipt) => receipt?.is === 'seen');
  return {
    arrivals: arrivals.filter((arrival) => arrival !== null),
    together: batch.length,
    more: revived || batch.some(({ delivery }) => delivery.hintOrder !== null),
  };
}

/** No statement failed, and the row is not there. */
class RowNotWrittenError extends Error {}

function refuse(waiting: readonly Waiting[], error: NotStoredError): void {
  for (const { reject } of waiting) reject(error);
}

/** SQLSTATE classes 22 (data exception) and 23 (integrity): the fault of one row. */
function isDataError(error: unknown): boolean {
  const code = error instanceof QueryFailedError ? (error.driverError as { code?: string }).code : undefined;
  return code !== undefined && /^2[23]/.test(code);
}
