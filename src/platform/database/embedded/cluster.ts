import { execFile } from 'node:child_process';
import { mkdir, open, readFile, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { EmbeddedPostgresError, hasCode } from './embedded-postgres.errors.js';
import { changeOwner, serverEnvironment } from './server-account.js';
import { type ServerHome } from './server-home.js';

const run = promisify(execFile);

/**
 * Creates the cluster if there is none. It is created in a temporary folder, synced and renamed. A start that is killed
 * halfway therefore leaves no incomplete cluster, and of two concurrent starts one uses the cluster of the other.
 * @throws EmbeddedPostgresError if it cannot be created, or has another major version than the binaries.
 */
export async function ensureCluster(
  home: ServerHome,
  binaries: { path: string; version: string },
  log: (line: string) => void,
): Promise<void> {
  const found = await clusterVersion(home.cluster);
  if (found === null) return createCluster(home, binaries.path, log);

  const ours = binaries.version.split('.')[0];
  if (found !== ours) {
    throw new EmbeddedPostgresError(
      `${home.cluster} was made by PostgreSQL ${found}, the embedded one is ${ours}: move its data with pg_dump, or set DATABASE_URL.`,
    );
  }
}

async function clusterVersion(cluster: string): Promise<string | null> {
  try {
    return (await readFile(join(cluster, 'PG_VERSION'), 'utf8')).trim();
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return null;
    throw error;
  }
}

async function createCluster(home: ServerHome, binaries: string, log: (line: string) => void): Promise<void> {
  log(`Making a new PostgreSQL database in ${home.cluster}`);
  await removeAbandonedClusters(home.path);
  const draft = join(home.path, `postgres.init-${process.pid}`);
  await mkdir(draft, { mode: 0o700 });
  await changeOwner(home.account, draft);
  try {
    await run(join(binaries, 'bin/initdb'), initdbArguments(draft), {
      ...home.account.identity,
      cwd: '/',
      env: serverEnvironment,
    });
    await rename(draft, home.cluster);
    await syncFolder(dirname(home.cluster));
  } catch (cause) {
    await rm(draft, { recursive: true, force: true });
    if (hasCode(cause, 'ENOTEMPTY', 'EEXIST')) return; // another process was faster
    const said = stderrOf(cause) ?? String(cause);
    throw new EmbeddedPostgresError(`initdb could not make ${home.cluster}: ${said}`, { cause });
  }
}

/**
 * Uses PostgreSQL's own locale rules instead of those of the machine, so that a data folder can move between machines.
 */
function initdbArguments(folder: string): string[] {
  return [
    ...['--pgdata', folder, '--username', 'postgres', '--auth-local', 'peer', '--auth-host', 'reject'],
    ...['--encoding', 'UTF8'],
    ...['--locale', 'C', '--locale-provider', 'builtin', '--builtin-locale', 'C.UTF-8', '--no-instructions'],
  ];
}

async function removeAbandonedClusters(home: string): Promise<void> {
  const names = await readdir(home);
  const drafts = names.filter((name) => name.startsWith('postgres.init-'));
  const abandoned = drafts.filter((name) => !isAlive(Number(name.slice('postgres.init-'.length))));
  await Promise.all(abandoned.map((name) => rm(join(home, name), { recursive: true, force: true })));
}

function isAlive(pid: number): boolean {
  if (pid === process.pid) return false;
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return hasCode(error, 'EPERM');
  }
}

function stderrOf(error: unknown): string | null {
  if (typeof error !== 'object' || error === null || !('stderr' in error)) return null;
  return String(error.stderr).trim();
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path);
  await folder.sync().finally(() => folder.close());
}
