import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { insertRows } from '../database/insert-rows.js';
import type { DomainEvent, DomainEventClass } from './domain-event.js';
import { HandlerRegistry } from './handler-registry.js';

const EVENT_COLUMNS = {
  id: 'uuid',
  name: 'text',
  subject_id: 'uuid',
  cause_id: 'uuid',
  silent: 'boolean',
  payload: 'jsonb',
  created_at: 'timestamptz',
} as const;

/** An event leaves with the commit that makes it true: both calls need the transaction's manager. */
@Injectable()
export class EventPublisher {
  constructor(private readonly registry: HandlerRegistry) {}

  /**
   * Stores events and one run for each of their handlers. An event already published for the same
   * (subject, name, cause) is left out with its runs.
   */
  async publish(manager: EntityManager, events: readonly DomainEvent<object>[]): Promise<void> {
    if (events.length === 0) return;
    const now = new Date();
    const rows = events.map((event) => ({
      id: uuidv7(),
      name: nameOf(event),
      subject_id: event.subjectId,
      cause_id: event.causeId,
      silent: event.silent,
      payload: event.payload,
      created_at: now,
    }));
    const stored = await insertRows<{ id: string; name: string }>(
      manager,
      'domain_events',
      EVENT_COLUMNS,
      rows,
      {
        orNothingOn: 'uq_domain_events_once',
        returning: 'id, name',
      },
    );
    const runs = stored.flatMap(({ id, name }) =>
      this.registry.handlersOf(name).map((handler) => ({ event_id: id, handler })),
    );
    if (runs.length === 0) return;
    await manager.query(
      `INSERT INTO handler_runs (event_id, handler, status, attempts, next_attempt_at)
       SELECT event_id, handler, 'pending', 0, now()
       FROM json_to_recordset($1::json) AS run (event_id uuid, handler text)`,
      [JSON.stringify(runs)],
    );
  }

  /** Hands events to the handlers that belong to this very commit, in order; what they throw rolls it back. */
  async applyInCommit<E extends DomainEvent<object>>(
    manager: EntityManager,
    events: readonly E[],
  ): Promise<void> {
    const [first] = events;
    if (!first) return;
    for (const handler of this.registry.commitHandlersOf(nameOf(first)))
      await handler.handleInCommit(events, manager);
  }
}

const nameOf = (event: DomainEvent<object>): string =>
  (event.constructor as unknown as DomainEventClass).eventName;
