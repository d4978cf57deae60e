import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { applyFilter, type DeliveryFilter } from '../inbox/delivery-filter.js';
import { Delivery } from '../inbox/delivery.entity.js';
import { HandoffQueue } from '../inbox/handoff-queue.js';

const BATCH = 500;

/** SQL: whether processing counts as a replay. The first success of a parked or dead delivery does not. */
export const REPLAY_FLAG = `(replay OR status IN ('processed', 'ignored'))`;
/** SQL: whether processing must not alert. `alerts` is the parameter that allows alerts. */
export const silentFlag = (alerts: string): string =>
  `(CASE WHEN status IN ('processed', 'ignored') THEN NOT ${alerts} ELSE silent END)`;

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
    let taken = 0;
    for await (const ids of this.findIds(filter, new Date())) taken += await this.replayBatch(ids, alerts);
    return taken;
  }

  /** Ids of matching deliveries received until `until`, in batches. Ids are ordered by time, so each is returned once. */
  async *findIds(filter: DeliveryFilter, until: Date, batch = BATCH): AsyncGenerator<string[]> {
    let last: string | undefined;
    for (;;) {
      const query = this.db.getRepository(Delivery).createQueryBuilder('delivery').select('delivery.id');
      applyFilter(query, filter)
        .andWhere('delivery.raw IS NOT NULL')
        .andWhere('delivery.receivedAt <= :until', { until });
      if (last !== undefined) query.andWhere('delivery.id > :last', { last });
      const rows = await query.orderBy('delivery.id').limit(batch).getMany();
      if (rows.length === 0) return;
      last = rows.at(-1)?.id;
      yield rows.map(({ id }) => id);
      if (rows.length < batch) return;
    }
  }

  private async replayBatch(ids: readonly string[], alerts: boolean): Promise<number> {
    const [, taken] = await this.db.query<[unknown, number]>(
      // Skips locked rows: they are being received again or processed, which is what a replay would cause.
      `UPDATE deliveries SET replay = ${REPLAY_FLAG}, silent = ${silentFlag('$2')},
         attempts = CASE WHEN status = 'dead' THEN 0 ELSE attempts END,
         status = 'pending', next_attempt_at = now(), last_error = NULL
       WHERE id IN (
         SELECT id FROM deliveries
         WHERE id = ANY($1) AND raw IS NOT NULL AND (leased_until IS NULL OR leased_until < now())
         FOR UPDATE SKIP LOCKED)`,
      [ids, alerts],
    );
    this.queue.signals.emit('deliveriesDue');
    this.queue.signals.emit('hintsDue');
    return taken;
  }
}
