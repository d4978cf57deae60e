import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { connect, createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from './test-app.js';

/** Null where the program is not installed. */
export const PGBOUNCER: string | null = (() => {
  try {
    return execFileSync('/bin/sh', ['-c', 'PATH="$PATH:/usr/sbin" command -v pgbouncer'], {
      encoding: 'utf8',
    }).trim();
  } catch {
    return null;
  }
})();

export interface Pooler {
  /** The database by way of the pooler. */
  readonly url: string;
  stop(): Promise<void>;
}

/** Starts PgBouncer with its defaults before this database, which is reached by a socket. It refuses to run as root. */
export async function startPgBouncer(databaseUrl: string, mode: 'session' | 'transaction'): Promise<Pooler> {
  const url = new URL(databaseUrl);
  const socket = url.searchParams.get('host') ?? '';
  const database = url.pathname.slice(1);
  const folder = await mkdtemp(join(tmpdir(), 'payhook-pooler-'));
  const port = await freePort();
  const settings = join(folder, 'pgbouncer.ini');
  await writeFile(
    settings,
    `[databases]
${database} = host=${socket} dbname=${database} user=postgres
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = any
pool_mode = ${mode}
default_pool_size = 60
`,
  );
  await chmod(folder, 0o755);
  // The server takes its own account: the socket belongs to it.
  const { uid, gid } = await stat(socket);
  const child = spawn(PGBOUNCER ?? 'pgbouncer', [settings], {
    stdio: ['ignore', 'ignore', 'pipe'],
    ...(process.getuid?.() === 0 && { uid, gid }),
  });
  let said = '';
  child.stderr.on('data', (piece: Buffer) => (said += piece.toString()));
  let ended = false;
  child.once('exit', () => (ended = true));
  await until(() => ended || answers(port), 'PgBouncer to listen');
  if (ended) throw new Error(`PgBouncer ended:\n${said}`);
  return {
    url: `postgres://postgres@127.0.0.1:${port}/${database}`,
    stop: async () => {
      const exit = once(child, 'exit');
      child.kill('SIGKILL');
      await exit;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const visit = connect(port, '127.0.0.1');
    visit.once('connect', () => resolve(true)).once('error', () => resolve(false));
    visit.once('connect', () => visit.destroy());
  });
}
