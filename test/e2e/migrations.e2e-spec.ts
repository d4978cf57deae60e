import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import pg from 'pg';
import { DataSource, type MigrationInterface, type QueryRunner } from 'typeorm';
import { dataSourceOptions } from '../../src/platform/database/data-source-options.js';
import { schema } from '../../src/schema/index.js';
import { migrateDatabase } from '../../src/platform/database/open-data-source.js';
import { withMigrationTimeouts } from '../../src/platform/database/pg-client-timeouts.js';
import { MIGRATION_LOCK_TIMEOUT_MS, runMigrations } from '../../src/platform/database/run-migrations.js';
import { administer } from '../support/administrator.js';
import { deliver, success } from '../support/requests.js';
import { startTestApp, until } from '../support/test-app.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

/** As the next version may bring it: it needs the table for itself. */
class NextColumn1999000000000 implements MigrationInterface {
  name = 'NextColumn1999000000000';
  up(db: QueryRunner): Promise<unknown> {
    return db.query('ALTER TABLE deliveries ADD COLUMN next text');
  }
  down(db: QueryRunner): Promise<unknown> {
    return db.query('ALTER TABLE deliveries DROP COLUMN next');
  }
}

let database: TestDatabase;
beforeEach(async () => {
  database = await createTestDatabase();
});
afterEach(() => database.drop());

/** Starts the next version's migrations, as one of its processes does. */
async function migrateNext(): Promise<string[]> {
  const options = withMigrationTimeouts(dataSourceOptions(database.url, schema), {
    lockMs: MIGRATION_LOCK_TIMEOUT_MS,
  });
  const migrations = [...(options.migrations as (new () => MigrationInterface)[]), NextColumn1999000000000];
  const db = await new DataSource({ ...options, migrations }).initialize();
  return runMigrations(db).finally(() => db.destroy());
}

it('behind a long report, tries for a lock again and again, and keeps no webhook waiting', async () => {
  const app = await startTestApp({ databaseUrl: database.url });
  const report = new pg.Client(database.url);
  await report.connect();
  await report.query('BEGIN');
  await report.query('SELECT count(*) FROM deliveries');
  const waits = async (): Promise<boolean> => {
    const rows = await administer(
      database.url,
      `SELECT FROM pg_locks WHERE NOT granted AND relation = 'deliveries'::regclass`,
    );
    return rows.length > 0;
  };

  let migrated = false;
  const migrations = Promise.all([migrateNext(), migrateNext()]).finally(() => (migrated = true));
  try {
    for (let round = 0; round < 3; round++) {
      await until(waits, 'the migration to wait for its lock');
      // Who comes now waits behind it: no longer than it is allowed to.
      expect((await deliver(app, success('stripe'))).json.status).toBe('accepted');
      expect(migrated).toBe(false);
      await until(async () => !(await waits()), 'the migration to give up for now');
    }
  } finally {
    await report.query('COMMIT');
    await report.end();
  }
  // Of two starters one works, and the other finds it done.
  expect((await migrations).flat()).toEqual(['NextColumn1999000000000']);
  expect((await deliver(app, success('stripe'))).json.status).toBe('accepted');
  await app.close();
});

it('says once that a migration waits, and for what', async () => {
  const said: string[] = [];
  const keep = (line: unknown): void => void said.push(String(line));
  const spies = (['log', 'info', 'warn', 'error'] as const).map((name) =>
    jest.spyOn(console, name).mockImplementation(keep),
  );
  Logger.overrideLogger({ log: keep, warn: keep, error: keep });
  const [report, watcher] = [new pg.Client(database.url), new pg.Client(database.url)];
  await Promise.all([report.connect(), watcher.connect()]);
  await report.query('BEGIN; SELECT count(*) FROM deliveries');
  const waiting = async (): Promise<number> => {
    const { rowCount } = await watcher.query('SELECT FROM pg_locks WHERE NOT granted');
    return rowCount ?? 0;
  };
  const options = dataSourceOptions(database.url, {
    ...schema,
    migrations: [...schema.migrations, NextColumn1999000000000],
  });
  const migrated = migrateDatabase(options);
  for (let round = 0; round < 3; round++) {
    await until(async () => (await waiting()) > 0, 'the migration to wait for its lock');
    await until(async () => (await waiting()) === 0, 'the migration to give up for now');
  }
  await report.query('COMMIT');
  await migrated;
  await Promise.all([report.end(), watcher.end()]);
  for (const spy of spies) spy.mockRestore();
  Logger.overrideLogger(false);
  expect(said).toEqual([
    'the migration NextColumn1999000000000 waits for a table that is in use, and is tried until it is free',
    'Migrated: NextColumn1999000000000',
  ]);
});
