import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { writeAccessRules } from './access-rules.js';
import { EmbeddedPostgresError } from './embedded-postgres.errors.js';
import { postmasterLock } from './postmaster-lock.js';
import { serverEnvironment } from './server-account.js';
import { type ServerHome, type SocketFolder } from './server-home.js';

/** Settings on the command line, which take precedence over configuration files and ALTER SYSTEM. */
const SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: '',
  unix_socket_permissions: '0700',
  // An acknowledged payment must be on disk. Do not tune these.
  fsync: 'on',
  full_page_writes: 'on',
  synchronous_commit: 'on',
  // A worker uses up to 19 connections, so this is enough for 20 workers. Unused connections cost almost nothing.
  max_connections: '400',
  timezone: 'UTC',
  log_timezone: 'UTC',
  // The server's log must not contain data of rows or statements.
  log_min_messages: 'log',
  log_min_error_statement: 'panic',
  log_error_verbosity: 'terse',
  log_checkpoints: 'off',
};

/** For data that nobody keeps: no commit waits for the disk. Only a crash of the machine itself loses them. */
const THROWAWAY_SETTINGS: Readonly<Record<string, string>> = { fsync: 'off', full_page_writes: 'off' };

/**
 * Waits until its input closes, which happens when the owner of the server ends for any reason. Then stops the server,
 * unless another server runs on the cluster by then.
 */
const WATCHDOG = `
read -r _
read -r pid < "$2/postmaster.pid" && [ "$pid" = "$3" ] &&
  { "$1/bin/pg_ctl" stop -D "$2" -m fast -s -t 60 || "$1/bin/pg_ctl" stop -D "$2" -m immediate -s; }
[ -z "$4" ] || rm -rf "$4"
`;

/** How long a server may take until it accepts connections, including recovery after a crash. */
const READY_TIMEOUT_MS = 120_000;

const FAST_STOP_TIMEOUT_MS = 30_000;

/** One run of the server, from its start to its end. */
export interface Postmaster {
  readonly pid: number;
  /** Settles when the server has ended for any reason. */
  readonly ended: Promise<void>;
  /** Closes all connections, writes a checkpoint and ends. */
  stop(): Promise<void>;
}

/**
 * Starts the server and its watchdog, and resolves once it accepts connections.
 * @throws EmbeddedPostgresError with the last lines of the server's log if it ends before that.
 */
export async function startPostmaster(
  home: ServerHome,
  binaries: string,
  socket: SocketFolder,
  isDurable: boolean,
): Promise<Postmaster> {
  const server = await spawnServer(home, binaries, socket.path, isDurable ? {} : THROWAWAY_SETTINGS);
  const ended = new Promise<void>((resolve) => server.once('exit', () => resolve()));
  const pid = server.pid;
  if (pid === undefined) {
    const [cause] = (await once(server, 'error')) as [Error];
    throw new EmbeddedPostgresError('The embedded PostgreSQL could not be started.', { cause });
  }
  const watchdog = spawnWatchdog(home, binaries, pid, socket);
  void ended.then(() => watchdog.kill('SIGKILL'));
  await waitUntilReady(home, server);
  return { pid, ended, stop: () => stop(server, ended) };
}

/** Runs in a session of its own: Ctrl-C at the terminal must not stop the database while this process shuts down. */
async function spawnServer(
  home: ServerHome,
  binaries: string,
  socketFolder: string,
  more: Readonly<Record<string, string>>,
): Promise<ChildProcess> {
  const all = { ...SETTINGS, ...more, ...(await writeAccessRules(home)) };
  const settings = Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const log = await open(logFile(home), 'w', 0o600);
  try {
    const server = spawn(
      join(binaries, 'bin/postgres'),
      ['-D', home.cluster, '-k', socketFolder, ...settings],
      {
        ...home.account.identity,
        cwd: '/',
        env: serverEnvironment,
        detached: true,
        stdio: ['ignore', log.fd, log.fd],
      },
    );
    server.unref();
    return server;
  } finally {
    await log.close();
  }
}

function spawnWatchdog(home: ServerHome, binaries: string, pid: number, socket: SocketFolder): ChildProcess {
  const folderToRemove = socket.temporary ? socket.path : '';
  const args = ['-c', WATCHDOG, 'payhook-watchdog', binaries, home.cluster, String(pid), folderToRemove];
  const watchdog = spawn('/bin/sh', args, {
    ...home.account.identity,
    cwd: '/',
    env: serverEnvironment,
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  watchdog.unref();
  (watchdog.stdin as unknown as { unref(): void }).unref();
  watchdog.stdin?.on('error', () => undefined); // the watchdog may have ended first
  return watchdog;
}

async function waitUntilReady(home: ServerHome, server: ChildProcess): Promise<void> {
  const deadline = Date.now() + READY_TIMEOUT_MS;
  while (server.exitCode === null && server.signalCode === null) {
    const lock = await postmasterLock(home.cluster);
    if (lock?.pid === server.pid && lock?.ready) return;
    if (Date.now() > deadline) {
      server.kill('SIGINT');
      throw new EmbeddedPostgresError(
        `The embedded PostgreSQL is not ready after ${READY_TIMEOUT_MS / 1000} s.`,
      );
    }
    await wait(10);
  }
  const said = (await readFile(logFile(home), 'utf8')).trim().split('\n').slice(-5).join('\n');
  throw new EmbeddedPostgresError(`The embedded PostgreSQL ended while it started:\n${said}`);
}

async function stop(server: ChildProcess, ended: Promise<void>): Promise<void> {
  server.ref();
  server.kill('SIGINT');
  // Without a checkpoint the server recovers at the next start. No committed data is lost.
  const impatience = setTimeout(() => server.kill('SIGQUIT'), FAST_STOP_TIMEOUT_MS);
  await ended;
  clearTimeout(impatience);
}

function logFile(home: ServerHome): string {
  return join(home.path, 'postgres.log');
}
