import { Injectable } from '@nestjs/common';
import { DataSource, type SelectQueryBuilder } from 'typeorm';
import { HandlerRun, type HandlerRunStatus } from './handler-run.entity.js';
import { HandlerWorker } from './handler-worker.js';

const REPLAY_BATCH_SIZE = 500;

/** Which runs are meant; all that is given must hold. */
export interface HandlerRunFilter {
  status?: HandlerRunStatus;
  handler?: string;
  /** The event's name. */
  event?: string;
}

export interface HandlerRunKey {
  eventId: string;
  handler: string;
}

/** Handlers' work as operators see it, and how what was given up is taken up again. */
@Injectable()
export class HandlerRuns {
  constructor(
    private readonly db: DataSource,
    private readonly worker: HandlerWorker,
  ) {}

  /** Newest event first, and by handler; with the event beside each run. */
  async list(filter: HandlerRunFilter, limit: number, after: HandlerRunKey | null): Promise<HandlerRun[]> {
    const found = this.selectMatching(filter)
      .orderBy('run.eventId', 'DESC')
      .addOrderBy('run.handler', 'DESC')
      .limit(limit);
    if (after) found.andWhere('(run.eventId, run.handler) < (:eventId::uuid, :handlerId)', placed(after));
    return found.getMany();
  }

  /** Dead work only: what is done is done, and what is pending is tried anyway. False when there is no such. */
  async replay({ eventId, handler }: HandlerRunKey): Promise<boolean> {
    return (await this.resetDead([{ eventId, handler }])) === 1;
  }

  /** All dead runs that match, in batches with a commit each; answers how many were taken up. */
  async replayAll(filter: Omit<HandlerRunFilter, 'status'>): Promise<number> {
    let taken = 0;
    for (let last: HandlerRunKey | null = null; ;) {
      const runs: HandlerRun[] = await this.list({ ...filter, status: 'dead' }, REPLAY_BATCH_SIZE, last);
      if (runs.length > 0) taken += await this.resetDead(runs);
      if (runs.length < REPLAY_BATCH_SIZE) return taken;
      last = runs.at(-1) ?? null;
    }
  }

  /** How many dead runs match. */
  count(filter: Omit<HandlerRunFilter, 'status'>): Promise<number> {
    return this.selectMatching({ ...filter, status: 'dead' }).getCount();
  }

  private selectMatching({ status, handler, event }: HandlerRunFilter): SelectQueryBuilder<HandlerRun> {
    const found = this.db
      .getRepository(HandlerRun)
      .createQueryBuilder('run')
      .innerJoinAndSelect('run.event', 'event');
    if (status !== undefined) found.andWhere('run.status = :status', { status });
    if (handler !== undefined) found.andWhere('run.handler = :handler', { handler });
    if (event !== undefined) found.andWhere('event.name = :event', { event });
    return found;
  }

  private async resetDead(runs: readonly HandlerRunKey[]): Promise<number> {
    const [, taken] = await this.db.query<[unknown, number]>(
      `UPDATE handler_runs run SET status = 'pending', attempts = 0, next_attempt_at = now(), last_error = NULL
       FROM unnest($1::uuid[], $2::text[]) AS wanted (event_id, handler)
       WHERE run.event_id = wanted.event_id AND run.handler = wanted.handler AND run.status = 'dead'`,
      [runs.map(({ eventId }) => eventId), runs.map(({ handler }) => handler)],
    );
    this.worker.loop.wake();
    return taken;
  }
}

const placed = ({ eventId, handler }: HandlerRunKey) => ({ eventId, handlerId: handler });
