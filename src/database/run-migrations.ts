import { setTimeout as wait } from 'node:timers/promises';
import { type DataSource, type QueryRunner } from 'typeorm';

/** Any constant will do, as long as nothing else in the database takes an advisory lock of that number. */
const MIGRATION_LOCK = 7_204_416_001;

const OLDEST_VERSION = 14;

/** The database is reachable, but not one that we can work on. Trying again will not help. */
export class UnsuitableDatabase extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = 'UnsuitableDatabase';
  }
}

/**
 * Runs what is pending, each migration in a transaction of its own, and returns their names. Several processes may
 * call it at once: one works, the others wait and find nothing left.
 * @throws UnsuitableDatabase when the server is older than PostgreSQL 14.
 */
export async function runMigrations(dataSource: DataSource): Promise<string[]> {
  const session = dataSource.createQueryRunner();
  try {
    await refuseOldServer(session);
    await takeLock(session);
    try {
      const ran = await dataSource.runMigrations({ transaction: 'each' });
      return ran.map((migration) => migration.name);
    } finally {
      await session.query('SELECT pg_advisory_unlock($1)', [MIGRATION_LOCK]);
    }
  } finally {
    await session.release();
  }
}

async function refuseOldServer(session: QueryRunner): Promise<void> {
  const [row] = (await session.query('SHOW server_version_num')) as { server_version_num: string }[];
  const version = Math.floor(Number(row?.server_version_num) / 10_000);
  if (version >= OLDEST_VERSION) return;
  throw new UnsuitableDatabase(
    `The database runs PostgreSQL ${version}; Payhook needs ${OLDEST_VERSION} or later.`,
  );
}

/** Asks again and again instead of waiting inside a statement, whose snapshot would block CREATE INDEX CONCURRENTLY. */
async function takeLock(session: QueryRunner): Promise<void> {
  for (;;) {
    const [row] = (await session.query('SELECT pg_try_advisory_lock($1) AS taken', [MIGRATION_LOCK])) as {
      taken: boolean;
    }[];
    if (row?.taken) return;
    await wait(100);
  }
}
