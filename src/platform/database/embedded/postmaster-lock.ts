import { execFile } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { hasCode } from './embedded-postgres.errors.js';

const run = promisify(execFile);

/** The content of `postmaster.pid` of a running server. */
export interface PostmasterLock {
  readonly pid: number;
  readonly socketFolder: string;
  readonly ready: boolean;
}

export async function postmasterLock(cluster: string): Promise<PostmasterLock | null> {
  const text = await readIfThere(join(cluster, 'postmaster.pid'));
  if (text === null) return null;
  const lines = text.split('\n');
  const pid = Number(lines[0]);
  if (!Number.isInteger(pid) || pid <= 0) return null;
  return { pid, socketFolder: lines[4] ?? '', ready: lines[7]?.trim() === 'ready' };
}

/**
 * Whether the server that wrote the lock still runs. After a restart of a container the process id may belong to
 * another program, so the process must be a server of this cluster.
 */
export async function isServerOf(cluster: string, pid: number): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (hasCode(error, 'ESRCH')) return false;
  }
  const command = process.platform === 'linux' ? await linuxCommand(pid) : await listedCommand(pid);
  return command === null || command.includes(cluster);
}

/** The command line of a process; null if it cannot be read. */
async function linuxCommand(pid: number): Promise<string | null> {
  try {
    return await readFile(`/proc/${pid}/cmdline`, 'utf8');
  } catch (error) {
    return hasCode(error, 'ENOENT', 'ESRCH') ? '' : null;
  }
}

async function listedCommand(pid: number): Promise<string | null> {
  try {
    return (await run('ps', ['-o', 'command=', '-p', String(pid)])).stdout;
  } catch {
    return null;
  }
}

/**
 * Removes locks whose process id now belongs to another program of the same user. PostgreSQL itself ignores only the
 * lock of a process that does not exist. Must be called only after {@link isServerOf} returned false.
 */
export async function removeForeignLocks(cluster: string, socketFolder: string): Promise<void> {
  for (const path of [join(cluster, 'postmaster.pid'), join(socketFolder, '.s.PGSQL.5432.lock')]) {
    const pid = Number((await readIfThere(path))?.split('\n')[0]);
    if (pid > 0 && isAlive(pid) && !(await isServerOf(cluster, pid))) await rm(path, { force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return !hasCode(error, 'ESRCH');
  }
}

async function readIfThere(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return null;
    throw error;
  }
}
