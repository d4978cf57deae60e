import type { EntityManager } from 'typeorm';
import { arrayOf } from './columns.js';
import { prepared } from './prepared.js';

/** What is locked by its name; each kind has names of its own, so that two kinds never wait for each other. */
const KINDS = { payment: 0, order: 1 } as const;

/**
 * Held until the transaction ends, for what may have no row to lock yet. Taken in one fixed order of their hashes, so that
 * whoever locks many never waits in a circle. Two names with one hash wait for each other without need.
 */
export async function lockNames(
  manager: EntityManager,
  kind: keyof typeof KINDS,
  names: readonly string[],
): Promise<void> {
  if (names.length > 0) await manager.query(LOCK, [arrayOf(names), KINDS[kind]]);
}

const LOCK = prepared(
  `SELECT pg_advisory_xact_lock(lock) FROM (
     SELECT DISTINCT hashtextextended(name, $2::bigint) AS lock FROM unnest($1::text[]) AS name ORDER BY lock) AS locks`,
);
