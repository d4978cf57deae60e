import type { DataSource, EntityManager } from 'typeorm';
import { createBulkInsert } from '../database/bulk-insert.js';
import { jsonArraySql, toArrayLiteral, toJsonColumn } from '../database/columns.js';
import { newId } from '../database/new-id.js';
import type { DomainEvent, DomainEventClass } from './domain-event.js';
import { isHeldBy, packPayload, PAYLOAD_SQL } from './stored-payload.js';

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

const insertUnlessStored = createBulkInsert<{ id: string }>('domain_events', COLUMNS, {
  ignoreConflictOn: 'uq_domain_events_once',
  returning: 'id',
});

/** `ON CONFLICT` writes a second record of 48 bytes of WAL for each row. */
const insertNew = createBulkInsert('domain_events', COLUMNS);

/** What the publisher of events knows about them. */
export interface PublishOptions {
  /**
   * The transaction itself made every cause, and the events of one cause have different names. So none of the events can
   * be stored already.
   */
  haveNewCauses?: boolean;
}

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
  { haveNewCauses = false }: PublishOptions = {},
): Promise<StoredEvent[]> {
  const now = new Date();
  const given = events.map((event) => ({ id: newId(), event }));
  const rows = given.map(({ id, event }, at) => ({
    id,
    name: eventNameOf(event),
    subject_id: event.subjectId,
    cause_id: event.causeId,
    silent: event.silent,
    payload: isHeldBy(event, events[at + 1]) ? null : packPayload(event),
    created_at: now,
  }));
  if (haveNewCauses) {
    await insertNew(manager, rows);
    return given;
  }
  const ids = new Set((await insertUnlessStored(manager, rows)).map((row) => row.id));
  const stored = given.filter(({ id }) => ids.has(id));
  if (stored.length < given.length) await fillPayloads(manager, stored);
  return stored;
}

const FILL = `UPDATE domain_events event SET payload = given.payload
  FROM unnest($1::uuid[], ${jsonArraySql(2)}) AS given (id, payload)
  WHERE event.id = given.id AND event.payload IS NULL`;

/** An event that was stored before was not stored again, so it cannot hold the payload of the new event before it. */
async function fillPayloads(manager: EntityManager, stored: readonly StoredEvent[]): Promise<void> {
  await manager.query(FILL, [
    toArrayLiteral(stored.map(({ id }) => id)),
    toJsonColumn(stored.map(({ event }) => packPayload(event))),
  ]);
}

/** The events about these subjects that the transaction of `manager` published, oldest first. */
export function eventsOfTransaction(
  manager: EntityManager,
  subjectIds: readonly string[],
): Promise<EventRow[]> {
  return manager.query<EventRow[]>(
    `SELECT name, subject_id, cause_id, silent, ${PAYLOAD_SQL} AS payload FROM domain_events event
     WHERE subject_id = ANY($1) AND xmin = pg_current_xact_id()::xid ORDER BY id`,
    [subjectIds],
  );
}

export const eventNameOf = (event: DomainEvent<object>): string =>
  (event.constructor as unknown as DomainEventClass).eventName;

/** When an event was stored; null where there is none of this id. */
export async function findStoredAt(db: DataSource, id: string): Promise<Date | null> {
  const [row] = await db.query<{ created_at: Date }[]>(`SELECT created_at FROM domain_events WHERE id = $1`, [
    id,
  ]);
  return row?.created_at ?? null;
}
