import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { DeliveryFilter } from '../inbox/delivery-filter.js';
import { findReplayableIds, replayDeliveries } from '../inbox/delivery-replay.store.js';
import { HandoffQueue } from '../inbox/handoff-queue.js';

const DELIVERIES_PER_BATCH = 500;

/**
 * Makes stored deliveries pending again. Processing a processed delivery again is a replay: it alerts nobody unless the
 * operator allows it, and then only for what changes. The first success of a parked or dead delivery is no replay and alerts
 * as any first success does. Deliveries under lease and deliveries without payload are skipped. A pending delivery becomes
 * due at once.
 */
@Injectable()
export class ReplayService {
  constructor(
    private readonly db: DataSource,
    private readonly queue: HandoffQueue,
  ) {}

  /** False if the delivery was skipped or does not exist. */
  async one(id: string, alerts: boolean): Promise<boolean> {
    return (await this.replayBatch([id], alerts)) === 1;
  }

  /**
   * Replays all matching deliveries received until now, oldest first, and returns their number. Each batch has its own
   * commit, so that intake never waits for it.
   */
  async all(filter: DeliveryFilter, alerts: boolean): Promise<number> {
    let replayed = 0;
    for await (const ids of this.findIds(filter, new Date())) replayed += await this.replayBatch(ids, alerts);
    return replayed;
  }

  /** Ids of matching deliveries received until `until`, in batches. Ids are ordered by time, so each is returned once. */
  async *findIds(
    filter: DeliveryFilter,
    until: Date,
    batch = DELIVERIES_PER_BATCH,
  ): AsyncGenerator<string[]> {
    let after: string | undefined;
    for (;;) {
      const ids = await findReplayableIds(this.db.manager, filter, { until, after, limit: batch });
      if (ids.length > 0) yield ids;
      if (ids.length < batch) return;
      after = ids.at(-1);
    }
  }

  private async replayBatch(ids: readonly string[], alerts: boolean): Promise<number> {
    const replayed = await replayDeliveries(this.db.manager, ids, alerts);
    this.queue.signals.emit('deliveriesDue');
    this.queue.signals.emit('hintsDue');
    return replayed;
  }
}
