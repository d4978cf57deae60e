import type { DataSource } from 'typeorm';
import { type PayhookFeature, pendingWorkSql, scheduledWorkSql } from '../../platform/features/index.js';

export type StatusCounts = Record<string, number>;

/** Pending and dead work at one moment. Each number is read through a partial index that holds only such rows. */
export interface WorkCounts {
  deliveries: StatusCounts;
  handlers: StatusCounts;
  /** Events without a place in the log, and how long the oldest has waited for it, in seconds. */
  events: { pending: string; lag: string | null };
  /** By the name of the feature: `pending`, `scheduled`, `dead`. */
  features: Record<string, StatusCounts>;
  /** Features that still take in payments that were there before them. */
  catchingUp: string[];
  refused: Record<string, StatusCounts> | null;
  /** Age of the oldest pending delivery in seconds; null if none is pending. */
  oldest: string | null;
  /** Finished work by status, counted at the same moment; null if the table is too large to count. */
  finishedDeliveries: StatusCounts | null;
  finishedNotifications: StatusCounts | null;
}

/** A delivery is pending while it has a row in `delivery_work`, whatever its own row says. */
const HAS_WORK = `EXISTS (SELECT FROM delivery_work WHERE delivery_id = deliveries.id)`;
/** Only a process of version 0.1 stores pending rows in `deliveries`. */
const PENDING_OF_0_1 = `deliveries WHERE status = 'pending' AND NOT ${HAS_WORK}`;

/** Tables whose finished rows stay. */
export type CountedTable = 'deliveries' | 'notifications';
const FINISHED: Readonly<Record<CountedTable, string>> = {
  deliveries: `status IN ('processed', 'ignored') AND NOT ${HAS_WORK}`,
  notifications: `status IN ('sent', 'suppressed')`,
};

const STATUS: Readonly<Record<CountedTable, string>> = {
  deliveries: `CASE WHEN ${HAS_WORK} THEN 'pending' ELSE status END`,
  notifications: 'status',
};

/**
 * Tables up to 32 MiB (pages of 8 KiB) are counted, which takes about 5 ms from memory. That is about 20,000 deliveries
 * of 1.5 kB.
 */
const MAX_COUNTED_PAGES = 4_096;
/** Gives an estimate with an error of about 2 %, in a few milliseconds. */
const SAMPLED_PAGES = 1_000;

/**
 * Ids are ordered by time, so the delivery that waits longest is among the first ids. Only a delivery that was parked or
 * dead and came again has an older id than its receipt.
 */
const SEARCHED_FOR_OLDEST = 1_000;

const pageCount = (table: CountedTable): string =>
  `(pg_relation_size('${table}') / current_setting('block_size')::bigint)`;

const countByStatus = (from: string): string =>
  `(SELECT coalesce(json_object_agg(status, n), '{}') FROM (SELECT status, count(*) AS n FROM ${from} GROUP BY status) AS s)`;

const countFinished = (table: CountedTable): string =>
  `CASE WHEN ${pageCount(table)} <= ${MAX_COUNTED_PAGES} THEN ${countByStatus(`${table} WHERE ${FINISHED[table]}`)} END`;

const countStuckDeliveries = (status: string): string =>
  `(SELECT count(*) FROM deliveries WHERE status = '${status}' AND NOT ${HAS_WORK})`;

const countInStatus = (table: string, status: string): string =>
  `(SELECT count(*) FROM ${table} WHERE status = '${status}')`;

const NOTHING_ELSE = 'SELECT 0 AS pending, 0 AS scheduled, 0 AS dead';

/** Whether a feature has work that is counted. */
export const isCounted = ({ pending, followPayments }: PayhookFeature): boolean =>
  pending !== undefined || followPayments !== undefined;

function countFeature(feature: PayhookFeature): string[] {
  if (!isCounted(feature)) return [];
  const { name, pending = NOTHING_ELSE, followPayments, counts = {} } = feature;
  const [noted, waiting] = followPayments ? [pendingWorkSql(name), scheduledWorkSql(name)] : ['0', '0'];
  const others = Object.keys(counts).map((count) => `, '${count}', ${count}`);
  return [
    `'${name}', (SELECT json_build_object('pending', coalesce(pending, 0) + ${noted}, 'scheduled', coalesce(scheduled, 0) + ${waiting},
       'dead', coalesce(dead, 0)${others.join('')}) FROM (${pending}) AS work)`,
  ];
}

/** One statement, so that all numbers are of the same moment. It reads nothing that grows with finished work. */
export const countWorkStatement = (features: readonly PayhookFeature[]): string => `
  SELECT
    json_build_object('pending', waiting.n, 'parked', ${countStuckDeliveries('parked')},
      'dead', ${countStuckDeliveries('dead')}) AS deliveries,
    json_build_object('pending', ${countInStatus('handler_runs', 'pending')},
      'dead', ${countInStatus('handler_runs', 'dead')}) AS handlers,
    json_build_object('pending', (SELECT coalesce(sum(cardinality(event_ids)), 0) FROM event_queue), 'lag', (
      SELECT extract(epoch FROM now() - created_at) FROM domain_events WHERE id = (
        SELECT event_ids[1] FROM event_queue ORDER BY id LIMIT 1))) AS events,
    json_build_object(${features.flatMap(countFeature).join(', ')}) AS features,
    (SELECT coalesce(json_agg(feature ORDER BY feature), '[]') FROM feature_progress
       WHERE finished_at IS NULL) AS "catchingUp",
    (SELECT json_object_agg(gateway, reasons) FROM (
       SELECT gateway, json_object_agg(reason, count) AS reasons FROM refusal_counts GROUP BY gateway) AS r) AS refused,
    greatest(0, extract(epoch FROM now() - waiting.oldest)) AS oldest,
    ${countFinished('deliveries')} AS "finishedDeliveries",
    ${countFinished('notifications')} AS "finishedNotifications"
  FROM (
    SELECT (SELECT count(*) FROM delivery_work) + (SELECT count(*) FROM ${PENDING_OF_0_1}) AS n,
      least((SELECT min(received_at) FROM ${PENDING_OF_0_1}), (
        SELECT min(received_at) FROM deliveries WHERE id IN (
          SELECT delivery_id FROM delivery_work ORDER BY delivery_id LIMIT ${SEARCHED_FOR_OLDEST}))) AS oldest
  ) AS waiting`;

/** Runs {@link countWorkStatement}. Throws when the database is unavailable; the caller may retry. */
export async function countWork(db: DataSource, features: readonly PayhookFeature[]): Promise<WorkCounts> {
  const [row] = await db.query<WorkCounts[]>(countWorkStatement(features));
  if (row === undefined) throw new Error('the count of pending work returned no row');
  return row;
}

/**
 * Estimates finished work of a large table from a sample of its pages: rows per page times pages. REPEATABLE keeps the
 * sample the same in every call, so that the estimate grows with the table and does not jump.
 */
const sampleFinished = (table: CountedTable): string => `
  WITH sample AS MATERIALIZED (
    SELECT ${STATUS[table]} AS status, (ctid::text::point)[0] AS page
    FROM ${table} TABLESAMPLE SYSTEM (least(100, 100.0 * ${SAMPLED_PAGES} / greatest(1, ${pageCount(table)})))
      REPEATABLE (1))
  SELECT status, round(count(*) * ${pageCount(table)} / (SELECT count(DISTINCT page) FROM sample))::bigint AS n
  FROM sample GROUP BY status`;

/** Reads about {@link SAMPLED_PAGES} pages, however large the table is. */
export async function estimateFinished(db: DataSource, table: CountedTable): Promise<StatusCounts> {
  const rows = await db.query<{ status: string; n: string }[]>(sampleFinished(table));
  return Object.fromEntries(rows.map(({ status, n }) => [status, Number(n)]));
}
