import type { EntityManager, QueryRunner } from 'typeorm';
import { toArrayLiteral } from './columns.js';
import { prepared } from './prepared.js';

/**
 * Every advisory lock that Payhook takes. PostgreSQL knows such a lock by a 64-bit number and by nothing else, so two locks
 * of one database must never have the same number. The numbers stay as they are in later versions: during an update two
 * versions run at once and must exclude each other.
 */

/** Locks that exist once. */
const SINGLE_LOCKS = {
  /** Held by a session that migrates the database. */
  migration: 7_204_416_001,
  /** Held by a transaction that claims due fetches. */
  fetchClaim: 7_204_416_003,
} as const;

/** Locks that are known by a name. The number is a hash of the name, and the kind is the seed of the hash. */
const NAMED_LOCKS = {
  /** A payment, which may have no row yet: gateway, account and the gateway's id. */
  payment: 0,
  /** An order of a merchant. */
  order: 1,
  /** Work that only one process does at a time. */
  job: 2,
  /** Something that a feature locks: the name of the feature, and a name of its own. */
  feature: 3,
  /** An address that customers are written to. */
  address: 4,
} as const;

/**
 * Locks of two numbers, which PostgreSQL keeps apart from those of one: this number, and the number of a worker session.
 * A process holds the lock of its session for as long as its connection lives.
 */
const WORKER_SESSIONS = 7_204_416;

export type JobLock =
  'retention' | 'event log' | 'reseal payloads' | 'reconciliation' | 'delivery summary' | 'operator notices';

/**
 * Waits for the locks of these names and holds them until the transaction ends. All are taken by one statement, in the
 * order of their numbers, so that two transactions that lock several names never wait for each other in a circle. Two
 * names with the same hash wait for each other without need, which costs time and nothing else.
 */
export async function acquireAdvisoryLocks(
  manager: EntityManager,
  kind: 'payment' | 'order',
  names: readonly string[],
): Promise<void> {
  if (names.length > 0) await manager.query(LOCK_NAMES, [toArrayLiteral(names), NAMED_LOCKS[kind]]);
}

const LOCK_NAMES = prepared(
  `SELECT pg_advisory_xact_lock(lock) FROM (
     SELECT DISTINCT hashtextextended(name, $2::bigint) AS lock FROM unnest($1::text[]) AS name ORDER BY lock) AS locks`,
);

/**
 * Waits for locks that only this feature takes, and holds them until the transaction ends. As {@link acquireAdvisoryLocks}:
 * one sorted statement, so that two transactions that take all their locks by one call never wait in a circle.
 */
export async function lockForFeature(
  manager: EntityManager,
  feature: string,
  names: readonly string[],
): Promise<void> {
  if (names.length === 0) return;
  await manager.query(LOCK_NAMES, [
    toArrayLiteral(names.map((name) => `${feature}:${name}`)),
    NAMED_LOCKS.feature,
  ]);
}

/**
 * Takes those of the locks that are free, holds them until the transaction ends, and waits for none. Returns the names
 * whose lock another transaction holds.
 */
export async function tryAdvisoryLocks(
  manager: EntityManager,
  kind: 'payment' | 'order' | 'address',
  names: readonly string[],
): Promise<ReadonlySet<string>> {
  if (names.length === 0) return new Set();
  const rows = await manager.query<{ name: string }[]>(TRY_NAMES, [toArrayLiteral(names), NAMED_LOCKS[kind]]);
  return new Set(rows.map(({ name }) => name));
}

// OFFSET 0 keeps the condition outside: each lock is tried exactly once.
const TRY_NAMES = prepared(
  `SELECT name FROM (SELECT name, pg_try_advisory_xact_lock(hashtextextended(name, $2::bigint)) AS taken
     FROM unnest($1::text[]) AS name OFFSET 0) AS tried WHERE NOT taken`,
);

/** Waits for the one lock on claiming fetches and holds it until the transaction ends. */
export async function acquireFetchClaimLock(manager: EntityManager): Promise<void> {
  await manager.query('SELECT pg_advisory_xact_lock($1)', [SINGLE_LOCKS.fetchClaim]);
}

/**
 * Takes the lock of a job and holds it until the transaction ends. Does not wait: returns false where another transaction
 * holds it.
 */
export async function tryJobLock(manager: EntityManager, job: JobLock): Promise<boolean> {
  const [row] = await manager.query<{ taken: boolean }[]>(
    'SELECT pg_try_advisory_xact_lock(hashtextextended($1, $2)) AS taken',
    [job, NAMED_LOCKS.job],
  );
  return row?.taken === true;
}

/**
 * Takes the lock on migrations for this session, which holds it until {@link releaseMigrationLock}. Does not wait: returns
 * false where another session holds it.
 */
export async function tryMigrationLock(session: QueryRunner): Promise<boolean> {
  const [row] = (await session.query('SELECT pg_try_advisory_lock($1) AS taken', [
    SINGLE_LOCKS.migration,
  ])) as {
    taken: boolean;
  }[];
  return row?.taken === true;
}

export async function releaseMigrationLock(session: QueryRunner): Promise<void> {
  await session.query('SELECT pg_advisory_unlock($1)', [SINGLE_LOCKS.migration]);
}

/** Takes the lock of a worker session for as long as this connection lives. Does not wait: returns false where it is held. */
export async function tryWorkerSessionLock(connection: QueryRunner, id: number): Promise<boolean> {
  const [row] = (await connection.query(
    `SELECT pg_try_advisory_lock(${WORKER_SESSIONS}, $1::integer) AS taken`,
    [id],
  )) as { taken: boolean }[];
  return row?.taken === true;
}

export async function releaseWorkerSessionLock(connection: QueryRunner, id: number): Promise<void> {
  await connection.query(`SELECT pg_advisory_unlock(${WORKER_SESSIONS}, $1::integer)`, [id]);
}

/**
 * Takes the lock of a worker session whose process ended, and holds it until the transaction ends. Does not wait: returns
 * false where the process lives, or where another transaction releases its work.
 */
export async function tryDeadSessionLock(manager: EntityManager, id: number): Promise<boolean> {
  const [row] = await manager.query<{ taken: boolean }[]>(
    `SELECT ${isSessionFreeSql('$1::integer')} AS taken`,
    [id],
  );
  return row?.taken === true;
}

/** An SQL condition: nobody holds the lock of this worker session. It takes the lock until the transaction ends. */
export const isSessionFreeSql = (id: string): string =>
  `pg_try_advisory_xact_lock(${WORKER_SESSIONS}, ${id})`;

/** Ends the backend `pid` if it holds the lock of a worker session. Does not wait for its end. */
export async function endSessionHolder(connection: QueryRunner, id: number, pid: number): Promise<void> {
  await connection.query(
    `SELECT pg_terminate_backend(pid) FROM pg_locks
     WHERE locktype = 'advisory' AND classid = ${WORKER_SESSIONS} AND objid = $1::bigint::oid AND objsubid = 2
       AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) AND pid = $2`,
    [id, pid],
  );
}
