import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { DataSource } from 'typeorm';
import { dataSourceOptions } from '../../src/platform/database/data-source-options.js';
import { schema } from '../../src/schema/index.js';
import { runMigrations } from '../../src/platform/database/run-migrations.js';

const TEMPLATE = 'payhook_template';
const DRAFT = 'payhook_template_draft';
const TEMPLATE_LOCK = 7_204_416_002;

export interface TestDatabase {
  /** As `DATABASE_URL` would name it. */
  readonly url: string;
  /** Disconnects whoever is left, and removes it. */
  drop(): Promise<void>;
}

/** A database of one's own on the run's server, migrated and empty: a copy of a template, so it costs little. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  await asAdministrator(async (client) => {
    await ensureTemplate(client);
    await client.query(`CREATE DATABASE ${name} TEMPLATE ${TEMPLATE}`);
  });
  return {
    url: urlOf(name),
    drop: () =>
      asAdministrator(async (client) => {
        await client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
      }),
  };
}

/** Made by the first worker that asks, from the sources under test; renamed when whole. */
async function ensureTemplate(client: pg.Client): Promise<void> {
  await client.query('SELECT pg_advisory_lock($1)', [TEMPLATE_LOCK]);
  const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [TEMPLATE]);
  if (rowCount === 0) {
    await client.query(`DROP DATABASE IF EXISTS ${DRAFT} WITH (FORCE)`);
    await client.query(`CREATE DATABASE ${DRAFT}`);
    const dataSource = await new DataSource(dataSourceOptions(urlOf(DRAFT), schema)).initialize();
    await runMigrations(dataSource).finally(() => dataSource.destroy());
    await untilNobodyIsIn(client, DRAFT);
    await client.query(`ALTER DATABASE ${DRAFT} RENAME TO ${TEMPLATE}`);
  }
  await client.query('SELECT pg_advisory_unlock($1)', [TEMPLATE_LOCK]);
}

/** A closed connection's backend ends a moment later, and a database in use cannot be renamed. */
async function untilNobodyIsIn(client: pg.Client, database: string): Promise<void> {
  let rowCount: number | null;
  do {
    ({ rowCount } = await client.query('SELECT FROM pg_stat_activity WHERE datname = $1', [database]));
  } while (rowCount !== 0);
}

async function asAdministrator(work: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = new pg.Client(serverUrl());
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}

function serverUrl(): string {
  const url = process.env.PAYHOOK_TEST_POSTGRES;
  if (url === undefined) throw new Error("Jest's global setup has not started a PostgreSQL.");
  return url;
}

function urlOf(database: string): string {
  const url = new URL(serverUrl());
  url.pathname = `/${database}`;
  return url.href;
}
