import type { EntityManager } from 'typeorm';
import { createBulkInsert } from '../database/bulk-insert.js';
import { newId } from '../database/new-id.js';
import type { DomainEvent, DomainEventClass } from './domain-event.js';

/** Every statement on `domain_events`. */

const COLUMNS = {
  id: 'uuid',
  name: 'text',
  subject_id: 'uuid',
  cause_id: 'uuid',
  silent: 'boolean',
  payload: 'jsonb',
  created_at: 'timestamptz',
} as const;

const insert = createBulkInsert<{ id: string }>('domain_events', COLUMNS, {
  ignoreConflictOn: 'uq_domain_events_once',
  returning: 'id',
});

/** An event with the id of its row. */
export interface StoredEvent {
  id: string;
  event: DomainEvent<object>;
}

/** An event as its row holds it. */
export interface EventRow {
  name: string;
  subject_id: string;
  cause_id: string;
  silent: boolean;
  payload: object;
}

/** Stores events. Returns those that were not stored before, in the order in which they were given. */
export async function insertEvents(
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
  const inserted = await insert(manager, rows);
  const ids = new Set(inserted.map((row) => row.id));
  return given.filter(({ id }) => ids.has(id));
}

/** The events about these subjects that the transaction of `manager` published, oldest first. */
export function eventsOfTransaction(
  manager: EntityManager,
  subjectIds: readonly string[],
): Promise<EventRow[]> {
  return manager.query<EventRow[]>(
    `SELECT name, subject_id, cause_id, silent, payload FROM domain_events
     WHERE subject_id = ANY($1) AND xmin = pg_current_xact_id()::xid ORDER BY id`,
    [subjectIds],
  );
}

export const eventNameOf = (event: DomainEvent<object>): string =>
  (event.constructor as unknown as DomainEventClass).eventName;
