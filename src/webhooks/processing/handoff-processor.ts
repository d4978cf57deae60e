import { Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { setTimeout as wait } from 'node:timers/promises';
import { DataSource } from 'typeorm';
import { ProcessRole } from '../../platform/config/process-role.js';
import { EventPublisher } from '../../platform/events/index.js';
import { DeferredWrites } from '../../platform/jobs/index.js';
import { describeError } from '../../platform/logging/describe-error.js';
import { makeClaimable, markUnclaimedProcessed } from '../inbox/delivery-work.store.js';
import { dropErasedPayloads } from '../inbox/drop-erased-payloads.js';
import { type HandoffItem, HandoffQueue } from '../inbox/handoff-queue.js';
import { processedDeliveries } from '../webhook.metrics.js';
import { restMs } from './backpressure.js';
import { RecentBatchSize } from './recent-batch-size.js';

/** Larger batches cost less per message, up to about this size. */
const MAX_BATCH = 200;
/** With so many items waiting, a batch starts at once. */
const FULL_BATCH = 100;
/** Otherwise batches start this far apart: a transaction for two messages costs nearly as much as one for ten. */
const BATCH_INTERVAL_MS = 40;

export interface HandoffStep {
  /** How many items were taken from the queue. */
  count: number;
  /** The transaction failed. The items are due to be claimed from the table, where a faulty one fails alone. */
  hasFailed: boolean;
}

/**
 * Processes the messages that this process stored itself. Nothing is claimed, fetched or parsed again: the reports come
 * through {@link HandoffQueue}.
 */
@Injectable()
export class HandoffProcessor implements OnApplicationBootstrap {
  private readonly logger = new Logger(HandoffProcessor.name);
  private readonly deferred = new DeferredWrites();
  private readonly recentBatchSize = new RecentBatchSize(performance.now());
  private startedAt = 0;

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

  /** Processes one batch of items, in one transaction. */
  async step(): Promise<HandoffStep> {
    await this.deferred.flush();
    await this.waitForBatch();
    const items = this.queue.drain(MAX_BATCH);
    return { count: items.length, hasFailed: items.length > 0 && !(await this.process(items)) };
  }

  /** The first item after a pause starts at once. Items right behind it are gathered, and pause while senders queue. */
  private async waitForBatch(): Promise<void> {
    const now = performance.now();
    const sinceStart = now - this.startedAt;
    const untilNextBatch = this.queue.size < FULL_BATCH ? BATCH_INTERVAL_MS - sinceStart : 0;
    const pause = Math.max(untilNextBatch, restMs(this.recentBatchSize.averageAt(now), sinceStart));
    if (pause > 0 && this.queue.size > 0) await wait(pause);
    this.startedAt = performance.now();
  }

  /** False when the transaction failed and nothing of the batch was done. */
  private async process(items: readonly HandoffItem[]): Promise<boolean> {
    const ids = items.map(({ id }) => id);
    let processed: ReadonlySet<string>;
    try {
      processed = await this.db.transaction(async (manager) => {
        const unclaimed = await markUnclaimedProcessed(manager, ids);
        const reports = items.flatMap(({ id, reports }) => (unclaimed.has(id) ? reports : []));
        await this.publisher.applyInTransaction(manager, reports);
        await dropErasedPayloads(manager, reports);
        return unclaimed;
      });
    } catch (error) {
      this.logger.warn(`${items.length} deliveries are left to be claimed: ${describeError(error)}`);
      await this.deferred.writeOrDefer(() => makeClaimable(this.db.manager, ids));
      return false;
    }
    for (const { id, gateway } of items)
      if (processed.has(id)) processedDeliveries.inc({ gateway, outcome: 'processed' });
    return true;
  }
}
