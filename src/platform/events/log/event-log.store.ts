import type { DataSource, EntityManager } from 'typeorm';

/* Gives stored events their places in the log. */

/** Rows of the queue in one transaction. A row holds the events of one INSERT: 200 with 100 webhooks in a batch. */
const ROWS_PER_ROUND = 200;
/** Events in a row of the log. */
const EVENTS_PER_ROW = 256;

/** LIMIT makes it a look-up by the key for each event. A join may become a read of the whole table. */
const SUBJECT_OF = (id: string): string =>
  `CROSS JOIN LATERAL (SELECT subject_id FROM domain_events WHERE id = ${id} LIMIT 1) AS event`;

/**
 * Moves what is in the queue to the end of the log, in one snapshot. `placed` has the events in their order. Of a subject,
 * what is visible and neither taken nor waiting behind what is taken was published before.
 */
const PUBLISH = `
  WITH taken AS (
    DELETE FROM event_queue WHERE id IN (SELECT id FROM event_queue ORDER BY id LIMIT ${ROWS_PER_ROUND})
    RETURNING id, event_ids
  ), placed AS MATERIALIZED (
    SELECT given.event_id, event.subject_id, row_number() OVER (ORDER BY taken.id, given.at) AS place
    FROM taken CROSS JOIN LATERAL unnest(taken.event_ids) WITH ORDINALITY AS given (event_id, at)
    ${SUBJECT_OF('given.event_id')}
  ), waiting AS MATERIALIZED (
    SELECT event.subject_id, count(*) AS events
    FROM event_queue CROSS JOIN LATERAL unnest(event_ids) AS given (event_id)
    ${SUBJECT_OF('given.event_id')}
    WHERE event_queue.id > (SELECT max(id) FROM taken)
    GROUP BY event.subject_id
  ), subjects AS MATERIALIZED (
    SELECT placed.subject_id,
      (SELECT count(*) FROM domain_events WHERE subject_id = placed.subject_id)
        + coalesce((SELECT expired FROM event_counts WHERE subject_id = placed.subject_id), 0)
        - count(*) - coalesce(waiting.events, 0) AS before
    FROM placed LEFT JOIN waiting USING (subject_id) GROUP BY placed.subject_id, waiting.events
  ), numbered AS (
    SELECT place, event_id, before + row_number() OVER (PARTITION BY subject_id ORDER BY place) AS sequence
    FROM placed JOIN subjects USING (subject_id)
  ), moved AS (
    UPDATE event_log_state SET head = head + (SELECT count(*) FROM placed),
      published_at = greatest(published_at, clock_timestamp())
    RETURNING head - (SELECT count(*) FROM placed) AS head, published_at
  ), logged AS (
    INSERT INTO event_log (position, event_ids, sequences, published_at)
    SELECT moved.head + max(place), array_agg(event_id ORDER BY place),
      array_agg(sequence::integer ORDER BY place), moved.published_at
    FROM numbered CROSS JOIN moved GROUP BY (place - 1) / ${EVENTS_PER_ROW}, moved.head, moved.published_at
    RETURNING cardinality(event_ids) AS events
  )
  SELECT (SELECT count(*) FROM taken)::integer AS taken, (SELECT coalesce(sum(events), 0) FROM logged)::integer AS published`;

/** What one round moved. */
export interface PublishedRound {
  events: number;
  /** The queue may hold more. */
  more: boolean;
}

/** Gives the oldest events of the queue their places. The caller holds the lock on the log until its transaction ends. */
export async function publishQueue(manager: EntityManager): Promise<PublishedRound> {
  const [row] = await manager.query<{ taken: number; published: number }[]>(PUBLISH);
  return { events: row?.published ?? 0, more: row?.taken === ROWS_PER_ROUND };
}

/** Whether an event waits for its place. */
export async function hasQueuedEvents(db: DataSource): Promise<boolean> {
  const [row] = await db.query<{ waits: boolean }[]>(
    `SELECT EXISTS (SELECT FROM event_queue LIMIT 1) AS waits`,
  );
  return row?.waits === true;
}
