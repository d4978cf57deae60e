import pg from 'pg';
import { startThrowawayPostgres } from '../../src/platform/database/embedded/throwaway-postgres.js';
import { onExit } from './at-end.js';
import { commandOf, parentOf, treeCpuSeconds } from './programs/usage.js';

/** One database on the server that the whole run shares; dropped at the end. */
export interface OneDatabase {
  url: string;
  query<Row extends object>(text: string, values?: unknown[]): Promise<Row[]>;
  drop(): Promise<void>;
}

export interface DatabaseServer {
  /** CPU of all its processes so far; 0 where it runs on another machine. */
  cpuSeconds(): number;
  /** What it is and how it is set, for the report. */
  settings: Record<string, string>;
  /** An empty database of its own for each program that is started. */
  create(purpose: string): Promise<OneDatabase>;
}

const SETTINGS = ['fsync', 'synchronous_commit', 'full_page_writes', 'shared_buffers', 'wal_level'];

/** The server that `DATABASE_URL` names, or a throwaway one of the embedded PostgreSQL, gone when the run is over. */
export async function openServer(): Promise<DatabaseServer> {
  const url = process.env.DATABASE_URL || (await startEmbedded());
  const admin = new pg.Client(url);
  await admin.connect();
  onExit(() => admin.end());
  const postmaster = await postmasterOf(admin);

  let made = 0;
  return {
    settings: await settingsOf(admin),
    cpuSeconds: () => (postmaster === null ? 0 : treeCpuSeconds(postmaster)),
    async create(purpose) {
      const name = `payhook_bench_${process.pid}_${++made}_${purpose.replace(/\W/g, '_')}`;
      await admin.query(`CREATE DATABASE ${name}`);
      const drop = onExit(async () => {
        await admin.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
      });
      return connected(urlOf(url, name), drop);
    },
  };
}

async function startEmbedded(): Promise<string> {
  const server = await startThrowawayPostgres(() => undefined);
  onExit(() => server.stop());
  await warmUpServer(server.url);
  return server.url;
}

/** 16 of 63 MB. */
const WARM_UP_BATCHES = 16;
const WARM_UP_BATCH = `INSERT INTO run_in SELECT repeat('x', 7000) FROM generate_series(1, 9000)`;

/**
 * A server that has run for a while writes into log segments that it has used before. A fresh one makes each when it is
 * needed, 16 MB of zeros and a sync, while everybody's commits wait: that is measured once in its life and not here.
 */
async function warmUpServer(url: string): Promise<void> {
  const client = new pg.Client(url);
  await client.connect();
  await client.query(`CREATE TABLE run_in (filler text); ALTER TABLE run_in ALTER filler SET STORAGE PLAIN`);
  for (let lot = 0; lot < WARM_UP_BATCHES; lot++) await client.query(WARM_UP_BATCH);
  await client.query('DROP TABLE run_in');
  await client.query('CHECKPOINT');
  await client.end();
}

async function settingsOf(admin: pg.Client): Promise<Record<string, string>> {
  const { rows } = await admin.query<{ name: string; setting: string }>(
    `SELECT name, current_setting(name) AS setting FROM pg_settings WHERE name = ANY($1) ORDER BY name`,
    [SETTINGS],
  );
  const version = await admin.query<{ server_version: string }>('SHOW server_version');
  return {
    server_version: version.rows[0]?.server_version ?? '',
    ...Object.fromEntries(rows.map(({ name, setting }) => [name, setting])),
  };
}

/** The parent of every process that serves a connection; null where the server runs on another machine. */
async function postmasterOf(admin: pg.Client): Promise<number | null> {
  const { rows } = await admin.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  const pid = rows[0]?.pid ?? 0;
  return /^postgres/.test(commandOf(pid)) ? parentOf(pid) : null;
}

function urlOf(server: string, name: string): string {
  const url = new URL(server);
  url.pathname = `/${name}`;
  return url.href;
}

/** A pool that holds a connection only while it is asked: what it is used for comes beside the load, not under it. */
function connected(url: string, drop: () => Promise<void>): OneDatabase {
  const pool = new pg.Pool({ connectionString: url, max: 2, allowExitOnIdle: true });
  pool.on('error', () => undefined); // the server ends before the run does, when it was interrupted
  const close = onExit(() => pool.end());
  return {
    url,
    query: async <Row extends object>(text: string, values?: unknown[]) =>
      (await pool.query<Row>(text, values)).rows,
    async drop() {
      await close();
      await drop();
    },
  };
}
