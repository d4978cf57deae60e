import { Logger } from '@nestjs/common';
import { setTimeout as wait } from 'node:timers/promises';
import { type DataSource, type QueryRunner } from 'typeorm';
import { SQLSTATE, sqlState } from './sqlstate.js';
import { assertSupportedDatabase } from './supported-database.js';

/** Any constant will do, as long as nothing else in the database takes an advisory lock of that number. */
const MIGRATION_LOCK = 7_204_416_001;

/**
 * How long a migration waits for a lock on a table. Whoever writes to the table after it waits behind it: behind a long
 * report, webhooks of the version that runs would hang as long as the report.
 */
export const MIGRATION_LOCK_TIMEOUT_MS = 500;

/** Between two tries, in which those who waited behind go on. */
const RETRY_PAUSE_MS = { first: 500, max: 10_000 } as const;

/**
 * Runs what is pending, each migration in a transaction of its own, and returns their names. Several processes may
 * call it at once: one works, the others wait and find nothing left. A migration that does not get a lock within the
 * connection's `lock_timeout` is rolled back and tried again, as often as it takes.
 * @throws UnsuitableDatabase when the database is none that we can work on.
 */
export async function runMigrations(dataSource: DataSource): Promise<string[]> {
  await assertSupportedDatabase(dataSource);
  const session = dataSource.createQueryRunner();
  try {
    await acquireMigrationLock(session);
    try {
      return await applyPending(dataSource);
    } finally {
      await session.query('SELECT pg_advisory_unlock($1)', [MIGRATION_LOCK]);
    }
  } finally {
    await session.release();
  }
}

/** What ran in a try that failed later is in the table `migrations`, and is not run again. */
async function applyPending(dataSource: DataSource): Promise<string[]> {
  const before = new Set(await appliedMigrations(dataSource));
  for (let pause: number = RETRY_PAUSE_MS.first; ; pause = Math.min(2 * pause, RETRY_PAUSE_MS.max)) {
    try {
      await dataSource.runMigrations({ transaction: 'each' });
      return (await appliedMigrations(dataSource)).filter((name) => !before.has(name));
    } catch (error) {
      if (sqlState(error) !== SQLSTATE.lockNotAvailable) throw error;
      new Logger('Database').warn(`a migration waits for a table in use: trying again in ${pause} ms`);
      await wait(pause);
    }
  }
}

async function appliedMigrations(dataSource: DataSource): Promise<string[]> {
  const [found] = await dataSource.query<{ table: string | null }[]>(
    `SELECT to_regclass('migrations')::text AS table`,
  );
  if (found?.table == null) return [];
  const rows = await dataSource.query<{ name: string }[]>('SELECT name FROM migrations ORDER BY id');
  return rows.map(({ name }) => name);
}

/** Asks again and again instead of waiting inside a statement, whose snapshot would block CREATE INDEX CONCURRENTLY. */
async function acquireMigrationLock(session: QueryRunner): Promise<void> {
  for (;;) {
    const [row] = (await session.query('SELECT pg_try_advisory_lock($1) AS taken', [MIGRATION_LOCK])) as {
      taken: boolean;
    }[];
    if (row?.taken) return;
    await wait(100);
  }
}
