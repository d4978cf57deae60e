import type { DataSource } from 'typeorm';

export type StatusCounts = Record<string, number>;

/** What waits, and what was given up, at one moment; each is read through a partial index that holds nothing else. */
export interface WorkCounts {
  deliveries: StatusCounts;
  handlers: StatusCounts;
  notifications: StatusCounts;
  refused: Record<string, StatusCounts> | null;
  /** Seconds; null where no delivery is pending. */
  oldest: string | null;
  /** Finished work by status, counted at the same moment; null where the table is too large to be counted. */
  finishedDeliveries: StatusCounts | null;
  finishedNotifications: StatusCounts | null;
}

/** Tables that keep their finished work. */
export type CountedTable = 'deliveries' | 'notifications';
const FINISHED: Readonly<Record<CountedTable, string>> = {
  deliveries: `status IN ('processed', 'ignored')`,
  notifications: `status IN ('sent', 'suppressed')`,
};

/**
 * A table of up to 32 MiB (pages of 8 KiB) is counted: that takes about 5 ms from memory. About 20,000 deliveries of
 * 1.5 kB each fit.
 */
const MAX_COUNTED_PAGES = 4_096;
/** Enough for an estimate that is off by about 2 %, and read in a few milliseconds. */
const SAMPLED_PAGES = 1_000;

const pageCount = (table: CountedTable): string =>
  `(pg_relation_size('${table}') / current_setting('block_size')::bigint)`;

const countByStatus = (from: string): string =>
  `(SELECT coalesce(json_object_agg(status, n), '{}') FROM (SELECT status, count(*) AS n FROM ${from} GROUP BY status) AS s)`;

const countFinished = (table: CountedTable): string =>
  `CASE WHEN ${pageCount(table)} <= ${MAX_COUNTED_PAGES} THEN ${countByStatus(`${table} WHERE ${FINISHED[table]}`)} END`;

const countInStatus = (table: string, status: string): string =>
  `(SELECT count(*) FROM ${table} WHERE status = '${status}')`;

/** One statement, and so one moment. Reads nothing that grows with what is done. */
export const COUNT_WORK = `
  SELECT
    json_build_object('pending', waiting.n, 'parked', ${countInStatus('deliveries', 'parked')},
      'dead', ${countInStatus('deliveries', 'dead')}) AS deliveries,
    json_build_object('pending', ${countInStatus('handler_runs', 'pending')},
      'dead', ${countInStatus('handler_runs', 'dead')}) AS handlers,
    json_build_object('pending', ${countInStatus('notifications', 'pending')},
      'dead', ${countInStatus('notifications', 'dead')}) AS notifications,
    (SELECT json_object_agg(gateway, reasons) FROM (
       SELECT gateway, json_object_agg(reason, count) AS reasons FROM refusal_counts GROUP BY gateway) AS r) AS refused,
    greatest(0, extract(epoch FROM now() - waiting.oldest)) AS oldest,
    ${countFinished('deliveries')} AS "finishedDeliveries",
    ${countFinished('notifications')} AS "finishedNotifications"
  FROM (SELECT count(*) AS n, min(received_at) AS oldest FROM deliveries WHERE status = 'pending') AS waiting`;

/** Counts everything that is cheap to count, in one statement. */
export async function countWork(db: DataSource): Promise<WorkCounts> {
  const [row] = await db.query<WorkCounts[]>(COUNT_WORK);
  if (row === undefined) throw new Error('the database counted nothing');
  return row;
}

/**
 * Estimates finished work of a large table from a sample of its pages: rows a page, times pages. REPEATABLE keeps the
 * sample the same from one call to the next, so that the estimate grows with the table and does not jump.
 */
const sampleFinished = (table: CountedTable): string => `
  WITH sample AS MATERIALIZED (
    SELECT status, (ctid::text::point)[0] AS page
    FROM ${table} TABLESAMPLE SYSTEM (least(100, 100.0 * ${SAMPLED_PAGES} / greatest(1, ${pageCount(table)})))
      REPEATABLE (1))
  SELECT status, round(count(*) * ${pageCount(table)} / (SELECT count(DISTINCT page) FROM sample))::bigint AS n
  FROM sample GROUP BY status`;

/** Reads about {@link SAMPLED_PAGES} pages, however large the table is. */
export async function estimateFinished(db: DataSource, table: CountedTable): Promise<StatusCounts> {
  const rows = await db.query<{ status: string; n: string }[]>(sampleFinished(table));
  return Object.fromEntries(rows.map(({ status, n }) => [status, Number(n)]));
}
