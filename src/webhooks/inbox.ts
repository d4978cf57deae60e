import { Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import { DataSource, QueryFailedError } from 'typeorm';
import { insertDeliveries, receiveAgain, type NewDelivery, type SeenDelivery } from './delivery.store.js';
import { PayloadVault } from './payload-vault.js';

/** What became of a message: committed in any case. `seen` is what stood there before it came again. */
export type Receipt = { is: 'new'; id: string } | ({ is: 'seen' } & SeenDelivery);

/** Not on disk, and said so: the sender must send it again. */
export class NotStoredError extends Error {}

const MAX_BATCH = 200;
const MAX_WAITING = 10_000;
const MAX_WAITING_BYTES = 64 * 1024 * 1024;

interface Waiting {
  delivery: NewDelivery;
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
  private waiting: Waiting[] = [];
  private waitingBytes = 0;
  private flushing: Promise<void> | null = null;
  /** Called after each commit that brought new work. */
  onStored: () => void = () => {};

  constructor(
    private readonly db: DataSource,
    private readonly vault: PayloadVault,
  ) {}

  /** Rejects with {@link NotStoredError} when the message is not on disk: the database is away or the queue full. */
  accept(delivery: NewDelivery): Promise<Receipt> {
    const bytes = delivery.raw.length;
    if (this.waiting.length >= MAX_WAITING || this.waitingBytes + bytes > MAX_WAITING_BYTES) {
      return Promise.reject(new NotStoredError('the queue is full'));
    }
    this.waitingBytes += bytes;
    return new Promise((resolve, reject) => {
      this.waiting.push({ delivery, resolve, reject });
      this.flushing ??= this.flushAll();
    });
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.flushing;
  }

  private async flushAll(): Promise<void> {
    while (this.waiting.length > 0) {
      const batch = this.waiting.splice(0, MAX_BATCH);
      for (const { delivery } of batch) this.waitingBytes -= delivery.raw.length;
      await this.flush(batch);
    }
    this.flushing = null;
  }

  private async flush(batch: readonly Waiting[]): Promise<void> {
    try {
      const receipts = await this.store(batch.map(({ delivery }) => delivery));
      batch.forEach(({ resolve }, at) => resolve(receipts[at] as Receipt));
      this.onStored();
    } catch (error) {
      // One message with data the database cannot take must not take its neighbours down with it.
      if (isDataError(error) && batch.length > 1) for (const one of batch) await this.flush([one]);
      else
        for (const { reject } of batch)
          reject(new NotStoredError('the database did not take it', { cause: error }));
    }
  }

  private async store(deliveries: readonly NewDelivery[]): Promise<Receipt[]> {
    return this.db.transaction(async (manager) => {
      const inserted = await insertDeliveries(manager, deliveries, this.vault);
      const again = deliveries.filter((delivery) => !inserted.has(delivery.id));
      const seen =
        again.length > 0 ? await receiveAgain(manager, again, this.vault) : new Map<string, SeenDelivery>();
      return deliveries.map((delivery): Receipt => {
        const known = seen.get(delivery.id);
        return known ? { is: 'seen', ...known } : { is: 'new', id: delivery.id };
      });
    });
  }
}

/** SQLSTATE classes 22 (data exception) and 23 (integrity): the fault of one row. */
function isDataError(error: unknown): boolean {
  const code = error instanceof QueryFailedError ? (error.driverError as { code?: string }).code : undefined;
  return code !== undefined && /^2[23]/.test(code);
}
