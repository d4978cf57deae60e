import { Logger } from '@nestjs/common';
import { setTimeout as wait } from 'node:timers/promises';
import { type DataSource, type QueryRunner } from 'typeorm';
import { releaseMigrationLock, tryMigrationLock } from './advisory-locks.js';
import { MigrationLog } from './migration-log.js';
import { type PostgresDataSourceOptions } from 'typeorm/driver/postgres/PostgresDataSourceOptions.js';
import { SQLSTATE, sqlState } from './sqlstate.js';
import { assertSupportedDatabase } from './supported-database.js';

/**
 * How long a migration waits for a lock on a table. Later writers wait behind it: if the migration waited for a long
 * report, the webhooks of the running version would wait as long as the report.
 */
export const MIGRATION_LOCK_TIMEOUT_MS = 500;

/** Pause between two attempts to get the lock on migrations. */
const LOCK_POLL_INTERVAL_MS = 100;

/** Pause between two attempts, in which the waiting writers continue. */
const RETRY_PAUSE_MS = { first: 500, max: 10_000 } as const;

/**
 * Runs the pending migrations, each in its own transaction, and returns their names. Several processes may call it at
 * once: one migrates, and the others wait and then find nothing pending. A migration that does not get a table lock
 * within the `lock_timeout` of the connection is rolled back and tried again without limit.
 * @throws UnsupportedDatabaseError if Payhook does not run on this database.
 */
export async function runMigrations(dataSource: DataSource): Promise<string[]> {
  await createSchema(dataSource);
  await assertSupportedDatabase(dataSource);
  const session = dataSource.createQueryRunner();
  try {
    await acquireMigrationLock(session);
    try {
      return await applyPending(dataSource);
    } finally {
      await releaseMigrationLock(session);
    }
  } finally {
    await session.release();
  }
}

/** Looks first: PostgreSQL refuses IF NOT EXISTS too where the role may not create schemas. */
async function createSchema(dataSource: DataSource): Promise<void> {
  const { schema } = dataSource.options as PostgresDataSourceOptions;
  if (schema === undefined) return;
  const [row] = await dataSource.query<{ found: boolean }[]>(
    'SELECT EXISTS (SELECT FROM pg_namespace WHERE nspname = $1) AS found',
    [schema],
  );
  if (!row?.found) await dataSource.query(`CREATE SCHEMA IF NOT EXISTS "${schema}"`);
}

/** Migrations that succeeded before a failed one are recorded in the table `migrations` and not run again. */
async function applyPending(dataSource: DataSource): Promise<string[]> {
  const before = new Set(await appliedMigrations(dataSource));
  const logger = new Logger('Database');
  let saidOf: string | null = null;
  for (let pause: number = RETRY_PAUSE_MS.first; ; pause = Math.min(2 * pause, RETRY_PAUSE_MS.max)) {
    try {
      await dataSource.runMigrations({ transaction: 'each' });
      return (await appliedMigrations(dataSource)).filter((name) => !before.has(name));
    } catch (error) {
      const name = failedMigration(dataSource);
      if (sqlState(error) !== SQLSTATE.lockNotAvailable) {
        logger.error(`${name} failed`);
        throw error;
      }
      if (name !== saidOf)
        logger.warn(`${name} waits for a table that is in use, and is tried until it is free`);
      saidOf = name;
      await wait(pause);
    }
  }
}

const failedMigration = ({ logger }: DataSource): string =>
  logger instanceof MigrationLog && logger.failed !== null ? `the migration ${logger.failed}` : 'a migration';

async function appliedMigrations(dataSource: DataSource): Promise<string[]> {
  const [found] = await dataSource.query<{ table: string | null }[]>(
    `SELECT to_regclass('migrations')::text AS table`,
  );
  if (found?.table == null) return [];
  const rows = await dataSource.query<{ name: string }[]>('SELECT name FROM migrations ORDER BY id');
  return rows.map(({ name }) => name);
}

/** Polls: a statement that waits for the lock would hold a snapshot, which blocks CREATE INDEX CONCURRENTLY. */
async function acquireMigrationLock(session: QueryRunner): Promise<void> {
  while (!(await tryMigrationLock(session))) await wait(LOCK_POLL_INTERVAL_MS);
}
