import type { EntityManager } from 'typeorm';
import { lowestIdAt } from '../../database/new-id.js';

/* Removes the oldest events. The caller holds the lock on the log until its transaction ends. */

/** Rows of the log in one transaction: up to 512 events. */
const ROWS_PER_STEP = 2;
const LEFT_EVENTS_PER_STEP = 500;

/**
 * A run of a handler reads its event, and the payload of an event may stand in a later one of the same subject and cause
 * (stored-payload.ts).
 */
const NO_RUN_NEEDS_IT = `NOT EXISTS (
  SELECT FROM domain_events held JOIN handler_runs run ON run.event_id = held.id
  WHERE held.subject_id = event.subject_id AND held.cause_id = event.cause_id AND held.id <= event.id)`;

/** Removes events and counts them for their subjects. `chosen` is a SELECT of ids, `rest` the end of the statement. */
const remove = (before: string, chosen: string, rest: string): string => `
  WITH ${before} removed AS (
    DELETE FROM domain_events event WHERE event.id IN (${chosen}) AND ${NO_RUN_NEEDS_IT} RETURNING event.subject_id
  ), counted AS (
    INSERT INTO event_counts AS known (subject_id, expired) SELECT subject_id, count(*) FROM removed GROUP BY subject_id
    ON CONFLICT ON CONSTRAINT pk_event_counts DO UPDATE SET expired = known.expired + excluded.expired
  )${rest}`;

const EXPIRE = remove(
  `aged AS (
     SELECT position FROM (SELECT position, published_at FROM event_log ORDER BY position LIMIT ${ROWS_PER_STEP}) AS first
     WHERE published_at < $1
   ), expired AS (
     DELETE FROM event_log WHERE position IN (SELECT position FROM aged) RETURNING position, event_ids
   ), bounds AS (
     UPDATE event_log_state SET expired_through = (SELECT max(position) FROM expired)
     WHERE EXISTS (SELECT FROM expired)
   ),`,
  `SELECT unnest(event_ids) FROM expired`,
  ` SELECT coalesce(sum(cardinality(event_ids)), 0)::integer AS events FROM expired`,
);

/** Takes the oldest rows from the log that were published before this time, with their events. Returns how many events. */
export async function expireLog(manager: EntityManager, before: Date): Promise<number> {
  const [row] = await manager.query<{ events: number }[]>(EXPIRE, [before]);
  return row?.events ?? 0;
}

const SWEEP = remove(
  '',
  `SELECT event.id FROM domain_events event WHERE event.id < $1 AND ${NO_RUN_NEEDS_IT}
     AND event.id NOT IN (SELECT unnest(event_ids) FROM event_queue)
   ORDER BY event.id LIMIT ${LEFT_EVENTS_PER_STEP}`,
  ` SELECT count(*)::integer AS events FROM removed`,
);

/** Removes events that left the log earlier while a run still needed them. Returns how many. */
export async function removeLeftEvents(manager: EntityManager, before: Date): Promise<number> {
  const [row] = await manager.query<{ events: number }[]>(SWEEP, [lowestIdAt(before)]);
  return row?.events ?? 0;
}
