import { Injectable } from '@nestjs/common';
import { DataSource, type SelectQueryBuilder } from 'typeorm';
import { HandlerRun, type HandlerRunStatus } from './handler-run.entity.js';
import { HandlerWorker } from './handler-worker.js';

const BATCH = 500;

/** Which runs are meant; all that is given must hold. */
export interface HandlerRunFilter {
  status?: HandlerRunStatus;
  handler?: string;
  /** The event's name. */
  event?: string;
}

export interface HandlerRunPlace {
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
  async list(filter: HandlerRunFilter, limit: number, after: HandlerRunPlace | null): Promise<HandlerRun[]> {
    const found = this.matching(filter)
      .orderBy('run.eventId', 'DESC')
      .addOrderBy('run.handler', 'DESC')
      .limit(limit);
    if (after) found.andWhere('(run.eventId, run.handler) < (:eventId::uuid, :handlerId)', placed(after));
    return found.getMany();
  }

  /** Dead work only: what is done is done, and what is pending is tried anyway. False when there is no such. */
  async replay({ eventId, handler }: HandlerRunPlace): Promise<boolean> {
    return (await this.takeUp([{ eventId, handler }])) === 1;
  }

  /** All dead runs that match, in batches with a commit each; answers how many were taken up. */
  async replayAll(filter: Omit<HandlerRunFilter, 'status'>): Promise<number> {
    let taken = 0;
    for (let last: HandlerRunPlace | null = null; ;) {
      const runs: HandlerRun[] = await this.list({ ...filter, status: 'dead' }, BATCH, last);
      if (runs.length > 0) taken += await this.takeUp(runs);
      if (runs.length < BATCH) return taken;
      last = runs.at(-1) ?? null;
    }
  }

  /** How many dead runs match. */
  count(filter: Omit<HandlerRunFilter, 'status'>): Promise<number> {
    return this.matching({ ...filter, status: 'dead' }).getCount();
  }

  private matching({ status, handler, event }: HandlerRunFilter): SelectQueryBuilder<HandlerRun> {
    const found = this.db
      .getRepository(HandlerRun)
      .createQueryBuilder('run')
      .innerJoinAndSelect('run.event', 'event');
    if (status !== undefined) found.andWhere('run.status = :status', { status });
    if (handler !== undefined) found.andWhere('run.handler = :handler', { handler });
    if (event !== undefined) found.andWhere('event.name = :event', { event });
    return found;
  }

  private async takeUp(runs: readonly HandlerRunPlace[]): Promise<number> {
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

const placed = ({ eventId, handler }: HandlerRunPlace) => ({ eventId, handlerId: handler });
