import { Injectable, Logger } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import type { DomainEvent } from './domain-event.js';
import { handlerRuns } from './event.metrics.js';
import { HandlerRegistry, type RegisteredHandler } from './handler-registry.js';
import { describeError } from './work-loop.js';

const MOST = 500;

interface OwedRun {
  event_id: string;
  subject_id: string;
  cause_id: string;
  silent: boolean;
  payload: object;
}

/**
 * Runs the handlers that take many events at a time: what they owe is taken off the list in the transaction that does
 * it, so neither a lease nor a mark is written. Only first tries come here. What a handler leaves over, and a batch
 * that failed as a whole, is marked as tried and goes on one by one.
 */
@Injectable()
export class HandlerBatches {
  private readonly logger = new Logger(HandlerBatches.name);

  constructor(
    private readonly db: DataSource,
    private readonly registry: HandlerRegistry,
  ) {}

  /** One batch of every such handler; answers how many runs were ended or handed on. */
  async step(): Promise<number> {
    let did = 0;
    for (const id of await this.owing()) {
      const registered = this.registry.find(id);
      if (registered) did += await this.batchOf(registered);
    }
    return did;
  }

  private async owing(): Promise<string[]> {
    const able = this.registry.batchHandlers();
    if (able.length === 0) return [];
    const rows = await this.db.query<{ handler: string }[]>(
      `SELECT handler FROM unnest($1::text[]) AS handler WHERE EXISTS (
         SELECT FROM handler_runs run WHERE run.handler = handler.handler AND ${FIRST_TRY})`,
      [able],
    );
    return rows.map((row) => row.handler);
  }

  private async batchOf(registered: RegisteredHandler): Promise<number> {
    let taken: OwedRun[] = [];
    try {
      await this.db.transaction(async (manager) => {
        taken = await take(manager, registered.id);
        const left = await this.run(registered, taken, manager);
        await leaveAlone(manager, registered.id, left);
      });
      handlerRuns.inc({ handler: registered.id, outcome: 'done' }, taken.length);
    } catch (error) {
      this.logger.warn(
        `${registered.id} failed on ${taken.length} events together: ${describeError(error)}; now one by one`,
      );
      if (taken.length === 0) throw error;
      await markTried(this.db.manager, registered.id, taken);
    }
    return taken.length;
  }

  private async run(
    { event, handler }: RegisteredHandler,
    runs: readonly OwedRun[],
    manager: EntityManager,
  ): Promise<OwedRun[]> {
    const events = runs.map((run) => new event(run.subject_id, run.cause_id, run.payload, run.silent));
    const left = new Set<DomainEvent<object>>((await handler.handleMany?.(events, manager)) ?? events);
    return runs.filter((_, at) => left.has(events[at] as DomainEvent<object>));
  }
}

const FIRST_TRY = `status = 'pending' AND next_attempt_at <= now() AND attempts = 0 AND lease IS NULL`;

async function take(manager: EntityManager, handler: string): Promise<OwedRun[]> {
  const [rows] = await manager.query<[OwedRun[], number]>(
    `DELETE FROM handler_runs run USING domain_events event
     WHERE event.id = run.event_id AND run.handler = $1 AND run.event_id IN (
       SELECT event_id FROM handler_runs WHERE handler = $1 AND ${FIRST_TRY}
       ORDER BY next_attempt_at LIMIT ${MOST} FOR UPDATE SKIP LOCKED)
     RETURNING run.event_id, event.subject_id, event.cause_id, event.silent, event.payload`,
    [handler],
  );
  // Ids are made in the order of time: handlers see events in the order they were published.
  return rows.sort((a, b) => (a.event_id < b.event_id ? -1 : 1));
}

/** Puts back what was taken and not done, as tried once. */
async function leaveAlone(manager: EntityManager, handler: string, runs: readonly OwedRun[]): Promise<void> {
  if (runs.length === 0) return;
  await manager.query(
    `INSERT INTO handler_runs (event_id, handler, status, attempts, next_attempt_at)
     SELECT event_id, $2, 'pending', 1, now() FROM unnest($1::uuid[]) AS event_id`,
    [runs.map((run) => run.event_id), handler],
  );
}

async function markTried(manager: EntityManager, handler: string, runs: readonly OwedRun[]): Promise<void> {
  await manager.query(
    `UPDATE handler_runs SET attempts = 1 WHERE handler = $2 AND event_id = ANY($1) AND ${FIRST_TRY}`,
    [runs.map((run) => run.event_id), handler],
  );
}
