import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { applyFilter, type DeliveryFilter } from '../inbox/delivery-filter.js';
import { DeliveryWorker } from '../processing/delivery-worker.js';
import { Delivery } from '../inbox/delivery.entity.js';
import { FetchWorker } from '../processing/fetch-worker.js';

const BATCH = 500;

/** What processed work run again is marked with; the first success of what was parked or dead is no replay. */
export const REPLAY_FLAG = `(replay OR status IN ('processed', 'ignored'))`;
/** `alerts` is the parameter that says whether a replay may alert. */
export const silentFlag = (alerts: string): string =>
  `(CASE WHEN status IN ('processed', 'ignored') THEN NOT ${alerts} ELSE silent END)`;

/**
 * Has stored bytes worked on again. Processed work run again is a replay and alerts nobody unless asked, and then of
 * what it changes alone; the first success of what was parked or dead is no replay and alerts as any first success
 * does. Left alone is what somebody is at work on, and what has lost its bytes; what is pending is brought forward.
 */
@Injectable()
export class ReplayService {
  constructor(
    private readonly db: DataSource,
    private readonly worker: DeliveryWorker,
    private readonly fetchWorker: FetchWorker,
  ) {}

  /** False when it was left alone, or is not there. */
  async one(id: string, alerts: boolean): Promise<boolean> {
    return (await this.replayBatch([id], alerts)) === 1;
  }

  /**
   * All that came before now and match, oldest first: in batches with a commit each, so that what comes in meanwhile
   * waits for none of it. Answers how many were taken up.
   */
  async all(filter: DeliveryFilter, alerts: boolean): Promise<number> {
    let taken = 0;
    for await (const ids of this.findIds(filter, new Date())) taken += await this.replayBatch(ids, alerts);
    return taken;
  }

  /** Those that match and came no later, in batches: ids are in order of time, so each is met once. */
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
      // Waits for nobody: a row that is locked is being received again or worked on, which is all a replay would do.
      `UPDATE deliveries SET replay = ${REPLAY_FLAG}, silent = ${silentFlag('$2')},
         attempts = CASE WHEN status = 'dead' THEN 0 ELSE attempts END,
         status = 'pending', next_attempt_at = now(), last_error = NULL
       WHERE id IN (
         SELECT id FROM deliveries
         WHERE id = ANY($1) AND raw IS NOT NULL AND (leased_until IS NULL OR leased_until < now())
         FOR UPDATE SKIP LOCKED)`,
      [ids, alerts],
    );
    this.worker.pollNow();
    this.fetchWorker.loop.wake();
    return taken;
  }
}
