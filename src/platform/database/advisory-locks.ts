import type { EntityManager } from 'typeorm';
import { toArrayLiteral } from './columns.js';
import { prepared } from './prepared.js';

/** What is locked by its name; each kind has names of its own, so that two kinds never wait for each other. */
const LOCK_KINDS = { payment: 0, order: 1 } as const;

/**
 * Held until the transaction ends, for what may have no row to lock yet. Taken in one fixed order of their hashes, so that
 * whoever locks many never waits in a circle. Two names with one hash wait for each other without need.
 */
export async function acquireAdvisoryLocks(
  manager: EntityManager,
  kind: keyof typeof LOCK_KINDS,
  names: readonly string[],
): Promise<void> {
  if (names.length > 0) await manager.query(LOCK_STATEMENT, [toArrayLiteral(names), LOCK_KINDS[kind]]);
}

const LOCK_STATEMENT = prepared(
  `SELECT pg_advisory_xact_lock(lock) FROM (
     SELECT DISTINCT hashtextextended(name, $2::bigint) AS lock FROM unnest($1::text[]) AS name ORDER BY lock) AS locks`,
);
