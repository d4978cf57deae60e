import { setTimeout as wait } from 'node:timers/promises';
import { ensureCluster } from './cluster.js';
import { ensureDatabase, urlOf } from './embedded-database.js';
import { EmbeddedPostgresError } from './embedded-postgres.errors.js';
import { type EmbeddedPostgres, OwnedServer } from './owned-server.js';
import { isOwnerAlive } from './owner-socket.js';
import { packagedPostgres, usableBinaries } from './postgres-binaries.js';
import { isServerOf, postmasterLock, removeForeignLocks } from './postmaster-lock.js';
import { type ServerHome, serverHome, socketFolder } from './server-home.js';

export interface EmbeddedPostgresOptions {
  readonly dataDir: string;
  /** Receives lines for the operator. They never contain data of the database. */
  readonly log: (line: string) => void;
  /** False for data that nobody keeps: commits do not wait for the disk. True where it is left out. */
  readonly isDurable?: boolean;
}

/** How long the watchdog may take to stop a server without an owner before this process stops it. */
const ORPHAN_TIMEOUT_MS = 5_000;
const START_TIMEOUT_MS = 90_000;

/**
 * Starts the server of a data folder and creates its database if there is none, or joins the server that another
 * process runs there. A server left by a killed process is awaited until it ends.
 * @throws EmbeddedPostgresUnavailableError if it cannot run on this machine.
 * @throws EmbeddedPostgresError if this start failed.
 */
export async function startEmbeddedPostgres({
  dataDir,
  log,
  isDurable = true,
}: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const packaged = await packagedPostgres();
  const home = await serverHome(dataDir, log);
  const path = await usableBinaries(packaged, home.account, home.path, log);
  const binaries = { path, version: packaged.version };

  const deadline = Date.now() + START_TIMEOUT_MS;
  for (;;) {
    const running = await runningServer(home);
    if (running !== null) return joinServer(home, running, log);
    await ensureCluster(home, binaries, log);
    try {
      return await ownServer(home, path, log, isDurable);
    } catch (error) {
      // Another process may have been faster, or a killed server still holds its shared memory.
      const passing =
        error instanceof EmbeddedPostgresError && /still in use|already exists/.test(error.message);
      if (!passing || Date.now() > deadline) throw error;
      await wait(100);
    }
  }
}

interface RunningServer {
  readonly pid: number;
  readonly socketFolder: string;
}

/** Returns the server that another process owns, or null if the cluster is free. Stops a server without an owner. */
async function runningServer(home: ServerHome): Promise<RunningServer | null> {
  const began = Date.now();
  let told = false;
  for (;;) {
    const lock = await postmasterLock(home.cluster);
    if (lock === null) return null;
    if (!(await isServerOf(home.cluster, lock.pid))) {
      await removeForeignLocks(home.cluster, lock.socketFolder);
      return null;
    }
    if (lock.ready && (await isOwnerAlive(lock.socketFolder))) return lock;
    const waited = Date.now() - began;
    if (lock.ready && waited > ORPHAN_TIMEOUT_MS && !told) {
      process.kill(lock.pid, 'SIGINT');
      told = true;
    }
    if (waited > START_TIMEOUT_MS) {
      throw new EmbeddedPostgresError(
        `The PostgreSQL process ${lock.pid} holds ${home.cluster} and does not end: stop it and start again.`,
      );
    }
    await wait(20);
  }
}

async function joinServer(
  home: ServerHome,
  { pid, socketFolder }: RunningServer,
  log: (line: string) => void,
): Promise<EmbeddedPostgres> {
  log(`Joined the PostgreSQL that another process runs in ${home.path}; it ends when that process does`);
  await ensureDatabase(socketFolder);
  return {
    url: urlOf(socketFolder),
    pid,
    home: home.path,
    joined: true,
    stop: async () => undefined,
    restart: () =>
      Promise.reject(new EmbeddedPostgresError('Only the process that owns the server restarts it.')),
  };
}

/** Starts the server, which this process then owns and may restart. */
async function ownServer(
  home: ServerHome,
  binaries: string,
  log: (line: string) => void,
  isDurable: boolean,
): Promise<EmbeddedPostgres> {
  const socket = await socketFolder(home);
  const server = new OwnedServer(home, binaries, socket, log, isDurable);
  try {
    await server.start();
    await ensureDatabase(socket.path);
    return server;
  } catch (error) {
    await server.stop();
    throw error;
  }
}
