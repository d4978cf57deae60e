import { Injectable, Logger } from '@nestjs/common';
import { setTimeout as wait } from 'node:timers/promises';
import { DataSource, type EntityManager } from 'typeorm';
import { toArrayLiteral } from '../../platform/database/columns.js';
import { EventPublisher } from '../../platform/events/index.js';
import { DeferredWrites } from '../../platform/jobs/index.js';
import { describeError } from '../../platform/logging/describe-error.js';
import { HandoffQueue, type HandoffItem } from '../inbox/handoff-queue.js';
import { RecentBatchSize } from './recent-batch-size.js';
import { dropErasedPayloads } from '../inbox/drop-erased-payloads.js';
import { restMs } from './backpressure.js';
import { processedDeliveries } from '../webhook.metrics.js';

/** The more there is, the less each costs, up to here. */
const MAX_BATCH = 200;
/** So many need not wait for others. */
const FULL_BATCH = 100;
/** What goes on arriving is worked on this often: a transaction for two of them costs nearly as much as for ten. */
const BATCH_INTERVAL_MS = 40;

/** What one step came to. */
export interface HandoffStep {
  count: number;
  /** It failed, and waits to be claimed: there, what is to blame fails alone. */
  hasFailed: boolean;
}

/** Work on what this process took in itself: it need be neither claimed, nor fetched, nor parsed again. */
@Injectable()
export class HandoffProcessor {
  private readonly logger = new Logger(HandoffProcessor.name);
  private readonly queue = new HandoffQueue();
  private readonly deferred = new DeferredWrites();
  private startedAt = 0;
  private readonly recentBatchSize = new RecentBatchSize(performance.now());

  constructor(
    private readonly db: DataSource,
    private readonly publisher: EventPublisher,
  ) {}

  get waiting(): number {
    return this.queue.size;
  }

  /** `together` is how many messages their commit stored, those included that are not to be worked on here. */
  offer(arrivals: readonly HandoffItem[], together: number): void {
    this.recentBatchSize.record(together, performance.now());
    this.queue.push(arrivals);
  }

  async step(): Promise<HandoffStep> {
    await this.deferred.flush();
    await this.waitForBatch();
    const arrived = this.queue.drain(MAX_BATCH);
    return { count: arrived.length, hasFailed: arrived.length > 0 && !(await this.process(arrived)) };
  }

  /** A lone arrival goes at once; those on its heels wait for one another for a moment, and all of them for senders. */
  private async waitForBatch(): Promise<void> {
    const now = performance.now();
    const worked = now - this.startedAt;
    const forOthers = this.waiting < FULL_BATCH ? BATCH_INTERVAL_MS - worked : 0;
    const pause = Math.max(forOthers, restMs(this.recentBatchSize.averageAt(now), worked));
    if (pause > 0 && this.waiting > 0) await wait(pause);
    this.startedAt = performance.now();
  }

  /** False when nothing of it was done. */
  private async process(arrived: readonly HandoffItem[]): Promise<boolean> {
    const ids = arrived.map((arrival) => arrival.id);
    let held: ReadonlySet<string>;
    try {
      held = await this.db.transaction(async (manager) => {
        const unclaimed = await markProcessed(manager, ids);
        const reports = arrived.flatMap((arrival) => (unclaimed.has(arrival.id) ? arrival.reports : []));
        await this.publisher.applyInTransaction(manager, reports);
        await dropErasedPayloads(manager, reports);
        return unclaimed;
      });
    } catch (error) {
      this.logger.warn(`${arrived.length} deliveries are left to be claimed: ${describeError(error)}`);
      await this.deferred.writeOrDefer(() => this.db.query(RELEASE_TO_CLAIM, [toArrayLiteral(ids)]));
      return false;
    }
    for (const { id, gateway } of arrived)
      if (held.has(id)) processedDeliveries.inc({ gateway, outcome: 'processed' });
    return true;
  }
}

/**
 * Marks what of it is still to be done, and answers just that; the mark counts with the commit, and holds the row until
 * then. What somebody claimed meanwhile is theirs. Who counts a message that came again has its row only for a moment and
 * is waited for: were it left out, the refund behind it would be told before the capture. Held in the order in which the
 * inbox does, so neither waits for the other in a circle.
 */
async function markProcessed(manager: EntityManager, ids: readonly string[]): Promise<ReadonlySet<string>> {
  const [rows] = await manager.query<[{ id: string }[], number]>(MARK_PROCESSED, [toArrayLiteral(ids)]);
  return new Set(rows.map(({ id }) => id));
}

/**
 * By id, and by nothing else: on a full table, where hardly anything is pending by the statistics, the planner would
 * read all that is through the index of those that wait. An expression matches no such index.
 */
const UNCLAIMED = `id = ANY($1) AND status || '' = 'pending' AND lease IS NULL`;

const MARK_PROCESSED = `UPDATE deliveries SET status = CASE WHEN partial THEN 'parked' ELSE 'processed' END,
    attempts = attempts + 1, processed_at = now()
  FROM (SELECT id FROM deliveries WHERE ${UNCLAIMED} ORDER BY gateway, account, key FOR UPDATE) AS held
  WHERE deliveries.id = held.id RETURNING deliveries.id`;

const RELEASE_TO_CLAIM = `UPDATE deliveries SET next_attempt_at = now() WHERE ${UNCLAIMED}`;
