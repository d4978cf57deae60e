import type { DataSource } from 'typeorm';
import { toArrayLiteral } from '../../database/columns.js';
import { PAYLOAD_SQL } from '../stored-payload.js';

/* Reads the log, each time in one snapshot. */

/** Where a reader is, and what it wants. */
export interface LogQuery {
  /** The position behind which to read; null for the oldest event that is kept. */
  after: string | null;
  /** Events at the most. */
  limit: number;
  /** Patterns of LIKE; null for every name. */
  names: readonly string[] | null;
  mode: 'live' | 'test' | null;
}

export interface EventRow {
  id: string;
  name: string;
  subject_id: string;
  silent: boolean;
  payload: object;
  created_at: string | Date;
}

/** An event at its place, as JSON has it. */
export interface LogRow extends EventRow {
  position: number;
  sequence: number;
}

/** A page, and from where to where the log went at that moment. */
export interface LogPage {
  rows: LogRow[];
  /** The end of what was looked through: the position to go on behind. */
  end: string;
  head: string;
  expiredThrough: string;
  /** The events at `after` and at `end`; null where they are removed. */
  afterId: string | null;
  endId: string | null;
}

/** Positions that a filtered read looks through. Without a filter it looks through as many as it returns. */
const FILTERED_WINDOW = 2_000;
/** The most events in a row of the log; see event-log.store.ts. */
const EVENTS_PER_ROW = 256;

/** Positions have no gap, so a place in an array follows from the position of the row. */
const EVENT_AT = (position: string): string => `(
  SELECT event_ids[cardinality(event_ids) - (log.position - ${position})::integer] FROM event_log log
  WHERE log.position >= ${position} ORDER BY log.position LIMIT 1)`;

const EVENT_COLUMNS = `event.name, event.subject_id, event.silent, event.created_at, ${PAYLOAD_SQL} AS payload`;

/** $1: after, $2: limit, $3: positions to look through, $4: patterns of names, $5: mode. */
const PAGE = `
  WITH bounds AS MATERIALIZED (
    SELECT head, expired_through, coalesce($1::bigint, expired_through) AS after,
      least(coalesce($1::bigint, expired_through) + $3::integer, head) AS until
    FROM event_log_state
  ), items AS MATERIALIZED (
    SELECT log.position - cardinality(log.event_ids) + place.at AS position, place.event_id AS id,
      place.sequence, event.*
    FROM bounds
    JOIN event_log log ON log.position > after AND log.position < until + ${EVENTS_PER_ROW}
    CROSS JOIN LATERAL unnest(log.event_ids, log.sequences) WITH ORDINALITY AS place (event_id, sequence, at)
    CROSS JOIN LATERAL (
      SELECT ${EVENT_COLUMNS} FROM domain_events event WHERE event.id = place.event_id LIMIT 1) AS event
    WHERE log.position - cardinality(log.event_ids) + place.at > after
      AND log.position - cardinality(log.event_ids) + place.at <= until
      AND ($4::text[] IS NULL OR event.name LIKE ANY ($4)) AND ($5::text IS NULL OR event.payload ->> 'mode' = $5)
    ORDER BY 1 LIMIT $2
  ), page AS (
    SELECT bounds.*, CASE WHEN (SELECT count(*) FROM items) = $2 THEN (SELECT max(position) FROM items)
      ELSE greatest(after, until) END AS "end"
    FROM bounds
  )
  SELECT (SELECT coalesce(json_agg(items ORDER BY position), '[]') FROM items) AS rows, "end", head,
    expired_through AS "expiredThrough", ${EVENT_AT('page.after')} AS "afterId", ${EVENT_AT('page."end"')} AS "endId"
  FROM page`;

/** Events in their order. Fewer than `limit` may come although more follow: `end` says how far the read came. */
export async function readLogPage(db: DataSource, query: LogQuery): Promise<LogPage> {
  const { after, limit, names, mode } = query;
  const window = names === null && mode === null ? limit : FILTERED_WINDOW;
  const [page] = await db.query<LogPage[]>(PAGE, [after, limit, window, names, mode]);
  if (page === undefined) throw new Error('the log of events has no state');
  return page;
}

/** Those of the events that are stored, whether they have a place yet or not. */
export const findEvents = (db: DataSource, ids: readonly string[]): Promise<EventRow[]> =>
  db.query<EventRow[]>(
    `SELECT event.id, ${EVENT_COLUMNS} FROM unnest($1::uuid[]) AS wanted (id)
     CROSS JOIN LATERAL (SELECT * FROM domain_events WHERE id = wanted.id LIMIT 1) AS event`,
    [toArrayLiteral(ids)],
  );

/**
 * Halves the log until what is left is a row's length: the position up to which every row is older than $1. A row may be
 * published long after its events were stored, and never before.
 */
const OLDER_ROWS = `
  WITH RECURSIVE search (low, high) AS (
    SELECT expired_through, head FROM event_log_state
    UNION ALL
    SELECT CASE WHEN older THEN middle ELSE low END, CASE WHEN older THEN high ELSE middle END
    FROM (SELECT low, high, (low + high) / 2 AS middle FROM search WHERE high - low > ${EVENTS_PER_ROW}) AS half
    CROSS JOIN LATERAL (
      SELECT log.published_at < $1 AS older FROM event_log log WHERE log.position > half.middle
      ORDER BY log.position LIMIT 1) AS probe
  ), start AS MATERIALIZED (SELECT low FROM search ORDER BY high - low LIMIT 1)`;

/** The position behind which everything was published at this time or later. */
export async function findPositionAt(db: DataSource, at: Date): Promise<string> {
  const [row] = await db.query<{ position: string }[]>(
    `${OLDER_ROWS}
     SELECT coalesce((
       SELECT log.position - cardinality(log.event_ids) FROM event_log log, start
       WHERE log.position > start.low AND log.published_at >= $1 ORDER BY log.position LIMIT 1),
       (SELECT head FROM event_log_state)) AS position`,
    [at],
  );
  return row?.position ?? '0';
}

/** How far the clock of a process may be ahead of the database's, in milliseconds. */
const CLOCK_TOLERANCE_MS = 300_000;

/** The position of an event; null where it is in the log no more, or not yet. `storedAt` is by the clock of its process. */
export async function findPosition(db: DataSource, eventId: string, storedAt: Date): Promise<string | null> {
  const [row] = await db.query<{ position: string }[]>(
    `${OLDER_ROWS}
     SELECT log.position - cardinality(log.event_ids) + array_position(log.event_ids, $2::uuid) AS position
     FROM event_log log, start
     WHERE log.position > start.low AND log.event_ids @> ARRAY[$2::uuid] ORDER BY log.position LIMIT 1`,
    [new Date(storedAt.getTime() - CLOCK_TOLERANCE_MS), eventId],
  );
  return row?.position ?? null;
}

/** A SELECT of the position of the newest event, as a part of other statements. */
export const LOG_HEAD_SQL = 'SELECT head FROM event_log_state';

/** A SELECT of the seconds since the event behind a position got its place; no row where there is none. */
export const waitSinceSql = (position: string): string =>
  `SELECT extract(epoch FROM now() - published_at) AS seconds FROM event_log
   WHERE event_log.position > ${position} ORDER BY event_log.position LIMIT 1`;

/** The position of the newest event; 0 where there was none. */
export async function findHead(db: DataSource): Promise<string> {
  const [row] = await db.query<{ head: string }[]>(`SELECT head FROM event_log_state`);
  return row?.head ?? '0';
}
