import { Injectable, Logger } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { AfterCommit } from '../database/after-commit.js';
import { createBulkInsert } from '../database/bulk-insert.js';
import { newId } from '../database/new-id.js';
import type { DomainEvent, DomainEventClass } from './domain-event.js';
import { handlerRuns } from './event.metrics.js';
import { HandlerRegistry } from './handler-registry.js';
import { describeError } from '../logging/describe-error.js';

const EVENT_COLUMNS = {
  id: 'uuid',
  name: 'text',
  subject_id: 'uuid',
  cause_id: 'uuid',
  silent: 'boolean',
  payload: 'jsonb',
  created_at: 'timestamptz',
} as const;

/** Handlers have something to do. */
export const runsCreated = new AfterCommit();

const insertEvents = createBulkInsert<{ id: string }>('domain_events', EVENT_COLUMNS, {
  ignoreConflictOn: 'uq_domain_events_once',
  returning: 'id',
});

/** An event leaves with the commit that makes it true: both calls need the transaction's manager. */
@Injectable()
export class EventPublisher {
  private readonly logger = new Logger(EventPublisher.name);

  constructor(private readonly registry: HandlerRegistry) {}

  /**
   * Stores events, and a run for each handler that owes them something. A handler that takes many at a time is tried
   * at once and owes only what it left. An event already published for the same (subject, name, cause) is left out.
   */
  async publish(manager: EntityManager, events: readonly DomainEvent<object>[]): Promise<void> {
    const published = await storeEvents(manager, events);
    const owed: NewHandlerRun[] = [];
    for (const [id, theirs] of this.groupByHandler(published)) {
      const left = await this.tryBatch(manager, id, theirs);
      owed.push(...left.map((one) => ({ event_id: one.id, handler: id })));
    }
    if (owed.length === 0) return;
    runsCreated.notify(manager);
    await manager.query(
      `INSERT INTO handler_runs (event_id, handler, status, attempts, next_attempt_at)
       SELECT event_id, handler, 'pending', 0, now()
       FROM json_to_recordset($1::json) AS run (event_id uuid, handler text)`,
      [JSON.stringify(owed)],
    );
  }

  /** Hands events to the handlers that belong to this very commit, in order; what they throw rolls it back. */
  async applyInTransaction<E extends DomainEvent<object>>(
    manager: EntityManager,
    events: readonly E[],
  ): Promise<void> {
    const [first] = events;
    if (!first) return;
    for (const handler of this.registry.transactionHandlersFor(eventNameOf(first)))
      await handler.handleInTransaction(events, manager);
  }

  private groupByHandler(published: readonly StoredEvent[]): ReadonlyMap<string, StoredEvent[]> {
    const byHandler = new Map<string, StoredEvent[]>();
    for (const one of published)
      for (const id of this.registry.handlerIdsFor(eventNameOf(one.event))) {
        const theirs = byHandler.get(id);
        if (theirs) theirs.push(one);
        else byHandler.set(id, [one]);
      }
    return byHandler;
  }

  /** Behind a savepoint: what goes wrong in a handler is no reason to lose what the commit is about. */
  private async tryBatch(
    manager: EntityManager,
    id: string,
    published: readonly StoredEvent[],
  ): Promise<readonly StoredEvent[]> {
    const handler = this.registry.find(id)?.handler;
    if (!handler?.handleBatchInTransaction) return published;
    try {
      const events = published.map((one) => one.event);
      const left = new Set(
        await manager.transaction(
          (inner) => handler.handleBatchInTransaction?.(events, inner) ?? Promise.resolve(events),
        ),
      );
      handlerRuns.inc({ handler: id, outcome: 'done' }, published.length - left.size);
      return published.filter((one) => left.has(one.event));
    } catch (error) {
      handlerRuns.inc({ handler: id, outcome: 'failed' });
      this.logger.warn(`${id} failed on ${published.length} events together: ${describeError(error)}`);
      return published;
    }
  }
}

interface StoredEvent {
  id: string;
  event: DomainEvent<object>;
}

interface NewHandlerRun {
  event_id: string;
  handler: string;
}

/** Answers those that were not there yet, in the order in which they were given. */
async function storeEvents(
  manager: EntityManager,
  events: readonly DomainEvent<object>[],
): Promise<StoredEvent[]> {
  const now = new Date();
  const given = events.map((event) => ({ id: newId(), event }));
  const rows = given.map(({ id, event }) => ({
    id,
    name: eventNameOf(event),
    subject_id: event.subjectId,
    cause_id: event.causeId,
    silent: event.silent,
    payload: event.payload,
    created_at: now,
  }));
  const stored = await insertEvents(manager, rows);
  const ids = new Set(stored.map((row) => row.id));
  return given.filter(({ id }) => ids.has(id));
}

const eventNameOf = (event: DomainEvent<object>): string =>
  (event.constructor as unknown as DomainEventClass).eventName;
