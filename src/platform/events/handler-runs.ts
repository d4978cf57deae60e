import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { HandlerRun } from './handler-run.entity.js';
import {
  listRuns,
  resetDeadRuns,
  selectRuns,
  type HandlerRunFilter,
  type HandlerRunKey,
} from './handler-run.store.js';
import { HandlerWorker } from './handler-worker.js';

const REPLAY_BATCH_SIZE = 500;

/** Handler runs for operators: to list them, and to replay the dead ones. */
@Injectable()
export class HandlerRuns {
  constructor(
    private readonly db: DataSource,
    private readonly worker: HandlerWorker,
  ) {}

  /** One page: newest event first, then by handler, each run with its event. */
  list(filter: HandlerRunFilter, limit: number, after: HandlerRunKey | null): Promise<HandlerRun[]> {
    return listRuns(this.db, filter, limit, after);
  }

  /** Replays one dead run. False when there is no such dead run. */
  async replay({ eventId, handler }: HandlerRunKey): Promise<boolean> {
    return (await this.replayBatch([{ eventId, handler }])) === 1;
  }

  /** Replays every dead run that matches, with one commit a batch. Returns how many runs were replayed. */
  async replayAll(filter: Omit<HandlerRunFilter, 'status'>): Promise<number> {
    let replayed = 0;
    for (let last: HandlerRunKey | null = null; ;) {
      const runs: HandlerRun[] = await this.list({ ...filter, status: 'dead' }, REPLAY_BATCH_SIZE, last);
      if (runs.length > 0) replayed += await this.replayBatch(runs);
      if (runs.length < REPLAY_BATCH_SIZE) return replayed;
      last = runs.at(-1) ?? null;
    }
  }

  /** How many dead runs match. */
  count(filter: Omit<HandlerRunFilter, 'status'>): Promise<number> {
    return selectRuns(this.db, { ...filter, status: 'dead' }).getCount();
  }

  private async replayBatch(runs: readonly HandlerRunKey[]): Promise<number> {
    const replayed = await resetDeadRuns(this.db, runs);
    this.worker.loop.wake();
    return replayed;
  }
}
