import type { DataSource, EntityManager } from 'typeorm';
import { lowestIdAt } from '../../platform/database/new-id.js';
import { hasWorkSql } from './delivery-work-sql.js';
import { TEST_KEY_PREFIX } from '../message/interpret-message.js';
import type { DeliveryStatus } from './delivery.entity.js';

/*
 * Every statement on the tables delivery_types, delivery_type_changes and delivery_summary.
 *
 * The job sums up settled deliveries (processed or ignored) in the order of their ids, up to a moment that lies
 * LAG_MS back. A reader adds what lies behind, and everything that is not settled, from the tables themselves: it is found by
 * the primary key and by the indexes of work and of stuck deliveries. What changes in the part that is summed up, a trigger
 * notes. Each statement is one snapshot, so a delivery is counted exactly once.
 */

/**
 * A delivery's id is made before its commit, within about 20 s: what is older than this is all there. A clock that is set
 * back by more would hide deliveries from the counts.
 */
const LAG_MS = 120_000;
const PAGE = 5_000;
/** Types come from the senders, and may be many: the most frequent are shown. */
export const MAX_TYPES_SHOWN = 1_000;

const BEFORE_ALL = '00000000-0000-0000-0000-000000000000';
const SETTLED = `('processed', 'ignored')`;
const TYPE = `coalesce(delivery.event_type, '')`;
const HAS_WORK = hasWorkSql('delivery.id');
/** UUIDs as text in the order of their bytes: `max` knows no uuid before PostgreSQL 18. */
const NEWEST = `max(delivery.id::text COLLATE "C")`;
const COUNTED = `count(*) AS n, min(delivery.received_at) AS first_at, max(delivery.received_at) AS last_at, ${NEWEST} AS example`;

/** Deliveries of one gateway, account, type and status. */
export interface TypeCount {
  gateway: string;
  account: string;
  /** Null: the message has none. */
  type: string | null;
  status: DeliveryStatus;
  count: string;
  first: Date;
  last: Date;
  exampleId: string;
}

export interface TypeCounts {
  readonly counts: readonly TypeCount[];
  /** How many groups there are beyond the {@link MAX_TYPES_SHOWN} of `counts`. */
  readonly more: number;
}

/** A gateway's test message is no event, so its type is not among those that come. */
const IS_EVENT = `NOT starts_with(delivery.key, '${TEST_KEY_PREFIX}')`;

const counted = (status: string, from: string): string =>
  `SELECT delivery.gateway, delivery.account, ${TYPE} AS type, ${status} AS status, ${COUNTED} FROM ${from} AND ${IS_EVENT} GROUP BY 1, 2, 3, 4`;

const seenId = `(SELECT coalesce((SELECT last_delivery_id FROM delivery_summary), '${BEFORE_ALL}'::uuid))`;

/** The groups, from what is summed up and from what is not. Rows of the third kind subtract settled deliveries that are being replayed. */
const PARTS = `
  SELECT gateway, account, type, status, count AS n, first_at, last_at, example_id::text AS example FROM delivery_types
  UNION ALL
  SELECT gateway, account, type, status, change, CASE WHEN change > 0 THEN received_at END,
    CASE WHEN change > 0 THEN received_at END, CASE WHEN change > 0 THEN delivery_id::text END
  FROM delivery_type_changes WHERE delivery_id <= ${seenId}
  UNION ALL
  SELECT delivery.gateway, delivery.account, ${TYPE}, delivery.status, -count(*), NULL, NULL, NULL
  FROM delivery_work JOIN deliveries delivery ON delivery.id = delivery_work.delivery_id
  WHERE delivery.id <= ${seenId} AND delivery.status IN ${SETTLED} AND ${IS_EVENT} GROUP BY 1, 2, 3, 4
  UNION ALL
  ${counted('delivery.status', `deliveries delivery WHERE delivery.id > ${seenId} AND delivery.status IN ${SETTLED} AND NOT ${HAS_WORK}`)}
  UNION ALL
  ${counted('delivery.status', `deliveries delivery WHERE delivery.status IN ('parked', 'dead') AND NOT ${HAS_WORK}`)}
  UNION ALL
  ${counted(`'pending'`, 'delivery_work JOIN deliveries delivery ON delivery.id = delivery_work.delivery_id WHERE true')}
  UNION ALL
  ${counted(`'pending'`, `deliveries delivery WHERE delivery.status = 'pending' AND NOT ${HAS_WORK}`)}`;

const GROUPS = `SELECT gateway, account, type, status, sum(n)::bigint AS count, min(first_at) AS first,
    max(last_at) AS last, max(example COLLATE "C")::uuid AS "exampleId"
  FROM (${PARTS}) AS parts GROUP BY gateway, account, type, status HAVING sum(n) > 0`;

const READ = `SELECT gateway, account, nullif(type, '') AS type, status, count, first, last, "exampleId",
    count(*) OVER () AS groups
  FROM (${GROUPS}) AS groups
  ORDER BY count DESC, gateway, account, type, status LIMIT ${MAX_TYPES_SHOWN}`;

/** The counts of this moment. */
export async function readTypeCounts(db: DataSource): Promise<TypeCounts> {
  const rows = await db.query<(TypeCount & { groups: string })[]>(READ);
  const more = Number(rows[0]?.groups ?? 0) - rows.length;
  return { counts: rows.map(({ groups: _all, ...count }) => count), more };
}

/** Which of these types each account has deliveries of, in any status. */
export function readSeenTypes(
  db: DataSource,
  types: readonly string[],
): Promise<{ gateway: string; account: string; type: string }[]> {
  return db.query(`SELECT DISTINCT gateway, account, type FROM (${GROUPS}) AS groups WHERE type = ANY($1)`, [
    types,
  ]);
}

/** The id up to which deliveries are summed up. */
export async function readSummedUpTo(manager: EntityManager): Promise<string> {
  const [row] = await manager.query<{ id: string }[]>(`SELECT ${seenId} AS id`);
  return row?.id ?? BEFORE_ALL;
}

/** The last delivery of the next page after the id; null where there is none that is old enough. */
export async function findNextPage(manager: EntityManager, after: string, now: Date): Promise<string | null> {
  const [row] = await manager.query<{ id: string }[]>(
    `SELECT id FROM (SELECT id FROM deliveries WHERE id > $1 AND id < $2 ORDER BY id LIMIT ${PAGE}) AS page
     ORDER BY id DESC LIMIT 1`,
    [after, lowestIdAt(new Date(now.getTime() - LAG_MS))],
  );
  return row?.id ?? null;
}

/** Sums up the deliveries after `after` up to `upTo`, and the changes of those before. Called under the lock of the job. */
export async function sumUp(manager: EntityManager, after: string, upTo: string): Promise<void> {
  await manager.query(SUM_UP, [after, upTo]);
  await manager.query(`DELETE FROM delivery_types WHERE count <= 0`);
  if (upTo === after) return;
  await manager.query(
    `INSERT INTO delivery_summary (id, last_delivery_id) VALUES (1, $1)
     ON CONFLICT ON CONSTRAINT pk_delivery_summary DO UPDATE SET last_delivery_id = excluded.last_delivery_id`,
    [upTo],
  );
}

/** One statement: a change that it does not see is of a delivery that it reads as it was before. */
const SUM_UP = `
  WITH changes AS (DELETE FROM delivery_type_changes WHERE delivery_id <= $2 RETURNING *),
  parts AS (
    ${counted('delivery.status', `deliveries delivery WHERE delivery.id > $1 AND delivery.id <= $2 AND delivery.status IN ${SETTLED}`)}
    UNION ALL
    SELECT gateway, account, type, status, change, CASE WHEN change > 0 THEN received_at END,
      CASE WHEN change > 0 THEN received_at END, CASE WHEN change > 0 THEN delivery_id::text END
    FROM changes WHERE delivery_id <= $1)
  INSERT INTO delivery_types AS known (gateway, account, type, status, count, first_at, last_at, example_id)
  SELECT gateway, account, type, status, sum(n), min(first_at), max(last_at), max(example COLLATE "C")::uuid
  FROM parts GROUP BY gateway, account, type, status
  ON CONFLICT ON CONSTRAINT pk_delivery_types DO UPDATE SET count = known.count + excluded.count,
    first_at = least(known.first_at, excluded.first_at), last_at = greatest(known.last_at, excluded.last_at),
    example_id = coalesce(excluded.example_id, known.example_id)`;
