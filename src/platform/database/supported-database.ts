import type { DataSource, QueryRunner } from 'typeorm';
import { DatabaseReadOnlyError, UnsupportedDatabaseError } from './database.errors.js';

const MIN_POSTGRES_VERSION = 14;

/** How often the pooler check is repeated: other clients may take the connection that would reveal the pooler. */
const POOLER_CHECK_ROUNDS = 3;

const SESSION_POOLING_NEEDED =
  'DATABASE_URL leads through a pooler that shares a connection between transactions (PgBouncer: pool_mode = ' +
  'transaction or statement). Payhook keeps prepared statements and settings in its sessions: set pool_mode = session ' +
  'for it, or give it the address of the server itself.';

/**
 * Checks the requirements that no setting of Payhook can fulfil: version, encoding, schema, and session pooling.
 * @throws UnsupportedDatabaseError with a sentence for the operator, or {@link DatabaseReadOnlyError}, which is transient.
 */
export async function assertSupportedDatabase(dataSource: DataSource): Promise<void> {
  const one = dataSource.createQueryRunner();
  const other = dataSource.createQueryRunner();
  try {
    await assertSupportedServer(one);
    await assertSessionPooling(one, other);
  } finally {
    await Promise.all([one.release(), other.release()]);
  }
}

interface ServerProperties {
  version: number;
  encoding: string;
  schema: string | null;
  read_only: boolean;
}

async function assertSupportedServer(session: QueryRunner): Promise<void> {
  const [facts] = (await session.query(
    `SELECT current_setting('server_version_num')::integer / 10000 AS version,
       current_setting('server_encoding') AS encoding, current_schema() AS schema,
       current_setting('transaction_read_only') = 'on' AS read_only`,
  )) as [ServerProperties];
  if (facts.version < MIN_POSTGRES_VERSION)
    throw new UnsupportedDatabaseError(
      `The database runs PostgreSQL ${facts.version}; Payhook needs ${MIN_POSTGRES_VERSION} or later.`,
    );
  if (facts.encoding !== 'UTF8')
    throw new UnsupportedDatabaseError(
      `The database keeps text as ${facts.encoding}; names and messages need UTF8: make another one with CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0.`,
    );
  if (facts.schema === null || facts.schema === 'pg_catalog')
    throw new UnsupportedDatabaseError(
      "The role's search_path names no schema of this database where tables can be made: ALTER ROLE … SET search_path = public, or create the schema.",
    );
  if (facts.read_only) throw new DatabaseReadOnlyError();
}

async function assertSessionPooling(one: QueryRunner, other: QueryRunner): Promise<void> {
  if (await sharesServerSessions(one, other)) throw new UnsupportedDatabaseError(SESSION_POOLING_NEEDED);
}

/**
 * True behind a pooler that shares connections between transactions or statements: two sessions use one server process,
 * or one session uses two.
 */
export async function sharesServerSessions(one: QueryRunner, other: QueryRunner): Promise<boolean> {
  for (let round = 0; round < POOLER_CHECK_ROUNDS; round++) {
    const process = await backendPidOf(one);
    try {
      await other.query('BEGIN');
    } catch (error) {
      if (/statement pooling/.test(String(error))) return true;
      throw error;
    }
    try {
      if ((await backendPidOf(other)) === process || (await backendPidOf(one)) !== process) return true;
    } finally {
      await other.query('ROLLBACK').catch(() => undefined);
    }
  }
  return false;
}

/** The server process behind a session. */
export async function backendPidOf(session: QueryRunner): Promise<number> {
  const [row] = (await session.query('SELECT pg_backend_pid() AS pid')) as [{ pid: number }];
  return row.pid;
}
