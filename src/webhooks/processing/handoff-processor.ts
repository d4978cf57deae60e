import { Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { ProcessRole } from '../../platform/config/process-role.js';
import { EventPublisher } from '../../platform/events/index.js';
import { DeferredWrites } from '../../platform/jobs/index.js';
import { describeError } from '../../platform/logging/describe-error.js';
import { makeDue, takeHandedOver } from '../inbox/delivery-work.store.js';
import { dropErasedPayloads } from '../inbox/drop-erased-payloads.js';
import { type HandoffItem, HandoffQueue } from '../inbox/handoff-queue.js';
import { processedDeliveries } from '../webhook.metrics.js';
import { BatchTurns } from './batch-turns.js';
import { RecentBatchSize } from './recent-batch-size.js';

/** Larger batches cost less per message, up to about this size. */
const MAX_BATCH = 200;
export interface HandoffStep {
  /** How many items were taken from the queue. */
  count: number;
  /** The transaction failed. The items are due in the table, where a faulty one fails alone. */
  hasFailed: boolean;
}

/**
 * Processes the messages that this process stored itself. Nothing is read or parsed again: the reports come
 * through {@link HandoffQueue}.
 */
@Injectable()
export class HandoffProcessor implements OnApplicationBootstrap {
  private readonly logger = new Logger(HandoffProcessor.name);
  private readonly deferred = new DeferredWrites();
  private readonly recentBatchSize = new RecentBatchSize(performance.now());
  readonly turns = new BatchTurns({
    waiting: () => this.queue.size,
    recentBatchSize: () => this.recentBatchSize.averageAt(performance.now()),
  });

  constructor(
    private readonly db: DataSource,
    private readonly publisher: EventPublisher,
    private readonly queue: HandoffQueue,
    private readonly role: ProcessRole,
  ) {}

  onApplicationBootstrap(): void {
    if (!this.role.works) return;
    this.queue.signals.on('pushed', (batchSize) => this.recentBatchSize.record(batchSize, performance.now()));
  }

  /** Processes one batch of items, in one transaction. Several lanes may call it at the same time. */
  async step(): Promise<HandoffStep> {
    const items = await this.turns.next(() => this.queue.take(MAX_BATCH));
    if (items.length === 0) return { count: 0, hasFailed: false };
    try {
      const isDone = await this.turns.run(() => this.process(items));
      return { count: items.length, hasFailed: !isDone };
    } finally {
      this.queue.release(items);
    }
  }

  /** Writes what could not be written while the database was unavailable. One lane at a time may call it. */
  flushDeferred(): Promise<void> {
    return this.deferred.flush();
  }

  /** False when the transaction failed and nothing of the batch was done. */
  private async process(items: readonly HandoffItem[]): Promise<boolean> {
    const ids = items.map(({ id }) => id);
    let processed: ReadonlySet<string>;
    try {
      processed = await this.db.transaction(async (manager) => {
        const taken = await takeHandedOver(manager, ids);
        const reports = items.flatMap(({ id, reports }) => (taken.has(id) ? reports : []));
        await this.publisher.applyInTransaction(manager, reports);
        await dropErasedPayloads(manager, reports);
        return taken;
      });
    } catch (error) {
      this.logger.warn(`${items.length} deliveries are left in the table: ${describeError(error)}`);
      await this.deferred.writeOrDefer(() => makeDue(this.db.manager, ids));
      return false;
    }
    for (const { id, gateway } of items)
      if (processed.has(id)) processedDeliveries.inc({ gateway, outcome: 'processed' });
    return true;
  }
}
