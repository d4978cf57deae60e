import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import { startThrowawayPostgres } from '../../src/platform/database/embedded/throwaway-postgres.js';
import { packagedPostgres } from '../../src/platform/database/embedded/postgres-binaries.js';

const BUILT = new URL('../../dist/platform/database/embedded/embedded-postgres.js', import.meta.url).href;

/** What the service does with the server, and nothing else: start it, say where it is, stop it when told to end. */
const OWNER = `
import { startEmbeddedPostgres } from ${JSON.stringify(BUILT)};
const server = await startEmbeddedPostgres({ dataDir: process.argv[1], log: () => undefined });
process.on('SIGTERM', () => server.stop().then(() => process.exit(0)));
const { url, pid, home, joined } = server;
console.log(JSON.stringify({ url, pid, home, joined }));
setInterval(() => undefined, 60_000);
`;

interface Started {
  process: ChildProcess;
  url: string;
  pid: number;
  home: string;
  joined: boolean;
}

const children: ChildProcess[] = [];
const folders = new Set<string>();

function newFolder(): string {
  const folder = join(tmpdir(), `payhook-${randomUUID()}`);
  folders.add(folder);
  return folder;
}

async function startIn(folder: string): Promise<Started> {
  const child = spawn(process.execPath, ['--input-type=module', '-e', OWNER, folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  const ended = once(child, 'exit').then(() =>
    Promise.reject(new Error('The owner ended while it started.')),
  );
  const [line] = (await Promise.race([once(createInterface(child.stdout), 'line'), ended])) as [string];
  const server = { process: child, ...(JSON.parse(line) as Omit<Started, 'process'>) };
  folders.add(server.home);
  return server;
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) {
    child.kill(signal);
    await once(child, 'exit');
  }
  return child.exitCode;
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await wait(10);
}

async function query<Row extends pg.QueryResultRow>(url: string, text: string): Promise<Row[]> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    return (await client.query<Row>(text)).rows;
  } finally {
    await client.end();
  }
}

/** Commits row after row until the server goes away; `committed` grows with every answer. */
function writeUntilItBreaks(url: string): { committed: number[]; broken: Promise<void> } {
  const committed: number[] = [];
  const write = async (): Promise<void> => {
    const client = new pg.Client(url);
    client.on('error', () => undefined);
    await client.connect();
    await client.query('CREATE TABLE kept (id int)');
    try {
      for (let id = 0; ; id++) {
        await client.query('INSERT INTO kept VALUES ($1)', [id]);
        committed.push(id);
      }
    } catch {
      await client.end().catch(() => undefined);
    }
  };
  return { committed, broken: write() };
}

async function keptIds(url: string): Promise<Set<number>> {
  const rows = await query<{ id: number }>(url, 'SELECT id FROM kept');
  return new Set(rows.map((row) => row.id));
}

afterEach(async () => {
  await Promise.all(children.splice(0).map((child) => end(child, 'SIGTERM')));
});

afterAll(async () => {
  await Promise.all([...folders].map((folder) => rm(folder, { recursive: true, force: true })));
});

describe('the embedded PostgreSQL', () => {
  /** Made once: a new cluster costs a second. */
  const folder = newFolder();

  it('stops when its process is killed, and the next start has every committed row', async () => {
    const first = await startIn(folder);
    const writer = writeUntilItBreaks(first.url);
    await until(() => writer.committed.length >= 100);

    await end(first.process, 'SIGKILL');
    const second = await startIn(folder);
    await writer.broken;

    await until(() => !isRunning(first.pid));

    expect(second.joined).toBe(false);
    const kept = await keptIds(second.url);
    expect(writer.committed.filter((id) => !kept.has(id))).toEqual([]);
  });

  it('stops by itself when its process is killed and nobody starts it again', async () => {
    const server = await startIn(folder);
    await end(server.process, 'SIGKILL');
    await until(() => !isRunning(server.pid));
    expect(await readFile(join(server.home, 'postgres.log'), 'utf8')).toContain(
      'database system is shut down',
    );
  });

  it('lets a second process join, whose end leaves it running', async () => {
    const owner = await startIn(folder);
    const guest = await startIn(folder);
    expect(guest).toMatchObject({ joined: true, pid: owner.pid, url: owner.url });

    expect(await end(guest.process, 'SIGTERM')).toBe(0);
    expect(await query(owner.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('gives two that start at once the same new database', async () => {
    const fresh = newFolder();
    const [one, other] = await Promise.all([startIn(fresh), startIn(fresh)]);
    expect(one.pid).toBe(other.pid);
    expect([one.joined, other.joined].sort()).toEqual([false, true]);
  });

  it('has ended, in order, when a process that was asked to end is gone', async () => {
    const server = await startIn(folder);
    expect(await end(server.process, 'SIGTERM')).toBe(0);
    await until(() => !isRunning(server.pid));
    expect(await readFile(join(server.home, 'postgres.log'), 'utf8')).toContain(
      'database system is shut down',
    );
  });

  it('can be started again after the server itself was killed, at the same URL and without loss', async () => {
    const server = await startThrowawayPostgres(() => undefined);
    try {
      const writer = writeUntilItBreaks(server.url);
      await until(() => writer.committed.length >= 100);
      const killed = server.pid;
      process.kill(killed, 'SIGKILL');
      await writer.broken;

      await server.restart();
      expect(server.pid).not.toBe(killed);
      const kept = await keptIds(server.url);
      expect(writer.committed.filter((id) => !kept.has(id))).toEqual([]);
    } finally {
      await server.stop();
    }
  });

  it('is started again by its owner when it was killed', async () => {
    const said: string[] = [];
    const server = await startThrowawayPostgres((line) => said.push(line));
    try {
      const killed = server.pid;
      process.kill(killed, 'SIGKILL');
      await until(() => server.pid !== killed);
      expect(await query(server.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
      await until(() => said.length >= 2);
      expect(said.at(-1)).toContain('is back');
    } finally {
      await server.stop();
    }
  });

  it('never leaves the disk for later, listens on no port, and thinks in UTC and UTF-8', async () => {
    const { url } = await startIn(folder);
    const names = [
      'fsync',
      'synchronous_commit',
      'full_page_writes',
      'listen_addresses',
      'TimeZone',
      'server_encoding',
    ];
    const [row] = await query(
      url,
      `SELECT ${names.map((n) => `current_setting('${n}') AS "${n}"`).join(', ')}`,
    );
    expect(Object.values(row ?? {})).toEqual(['on', 'on', 'on', '', 'UTC', 'UTF8']);
  });

  it('says what to do on a machine that it has no programs for', async () => {
    await expect(packagedPostgres('win32', 'x64')).rejects.toThrow(
      /no embedded PostgreSQL for win32-x64.*DATABASE_URL/,
    );
    const elsewhere = process.platform === 'linux' ? 'darwin' : 'linux';
    await expect(packagedPostgres(elsewhere, 'x64')).rejects.toThrow(/not installed.*DATABASE_URL/);
  });
});
