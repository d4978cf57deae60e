import type { DataSource, EntityManager } from 'typeorm';
import { TEST_KEY_PREFIX } from '../message/interpret-message.js';

/** Events of one account on one day (UTC), read in the order of their receipt. */
export interface ActivitySegment {
  gateway: string;
  account: string;
  /** `2026-11-26`. */
  day: string;
  first: Date;
  last: Date;
  /** The longest time between two of them, in milliseconds; null where there is only one. */
  gapMs: number | null;
  /** The newest of them, at most {@link NEWEST}. */
  newestIds: string[];
}

/** Of how many of the newest events the delay is measured. */
const NEWEST = 20;

/**
 * What gateways sent between two ids (all after `after` where `upTo` is null), oldest first. A test message is no event,
 * and an answer that was asked for is none.
 */
export function readActivity(
  db: DataSource | EntityManager,
  after: string,
  upTo: string | null,
): Promise<ActivitySegment[]> {
  return db.query<ActivitySegment[]>(SEGMENTS, [after, upTo, TEST_KEY_PREFIX]);
}

const SEGMENTS = `
  SELECT gateway, account, (received_at AT TIME ZONE 'UTC')::date::text AS day, min(received_at) AS first,
    max(received_at) AS last, max(gap)::double precision AS "gapMs",
    (array_agg(id ORDER BY received_at DESC, id DESC))[1:${NEWEST}] AS "newestIds"
  FROM (
    SELECT id, gateway, account, received_at, 1000 * extract(epoch FROM received_at
      - lag(received_at) OVER (PARTITION BY gateway, account ORDER BY received_at)) AS gap
    FROM deliveries
    WHERE id > $1 AND ($2::uuid IS NULL OR id <= $2) AND provenance = 'received' AND NOT starts_with(key, $3)
  ) AS events
  GROUP BY gateway, account, day ORDER BY first`;

/** A delivery that only says what to ask the gateway about. */
export interface ReceivedHint {
  readonly hint: string;
  readonly receivedAt: Date;
}

/** Those of the deliveries that are hints. */
export const readHints = (
  db: DataSource | EntityManager,
  deliveryIds: readonly string[],
): Promise<ReceivedHint[]> =>
  db.query<ReceivedHint[]>(
    `SELECT hint_order AS hint, received_at AS "receivedAt" FROM deliveries
     WHERE id = ANY($1) AND hint_order IS NOT NULL`,
    [deliveryIds],
  );
