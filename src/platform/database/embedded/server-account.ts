import { execFile } from 'node:child_process';
import { lchown, stat } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { promisify } from 'node:util';
import { EmbeddedPostgresUnavailableError } from './embedded-postgres.errors.js';

const run = promisify(execFile);

/** The server gets nothing of our environment: it holds secrets. */
export const serverEnvironment = { PATH: '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C' };

/** Who the server runs as. */
export interface ServerAccount {
  readonly name: string;
  /** What `spawn` needs to become that user; empty when it is already us. */
  readonly identity: { uid?: number; gid?: number };
}

/** Tried in this order when we are root, for PostgreSQL refuses to be. */
const SERVICE_ACCOUNTS = ['postgres', '_postgres', 'nobody'];

export function isRoot(): boolean {
  return process.getuid?.() === 0;
}

/**
 * Ourselves, or when we are root whoever owns the cluster already, else a service account of this machine.
 * @throws EmbeddedPostgresUnavailable when we are root and there is none.
 */
export async function serverAccount(existingCluster: string | null): Promise<ServerAccount> {
  if (!isRoot()) return { name: userInfo().username, identity: {} };
  if (existingCluster !== null) {
    const { uid, gid } = await stat(existingCluster);
    if (uid !== 0) return { name: `user ${uid}`, identity: { uid: uid | 0, gid: gid | 0 } };
  }
  for (const name of SERVICE_ACCOUNTS) {
    const identity = await lookUp(name);
    if (identity !== null) return { name, identity };
  }
  throw new EmbeddedPostgresUnavailableError(
    `PostgreSQL refuses to run as root, and this machine has none of the users ${SERVICE_ACCOUNTS.join(', ')}.`,
  );
}

async function lookUp(name: string): Promise<{ uid: number; gid: number } | null> {
  try {
    const [uid, gid] = await Promise.all([run('id', ['-u', name]), run('id', ['-g', name])]);
    // macOS tells `nobody` as 4294967294 or -2; spawn takes the latter.
    return { uid: Number(uid.stdout) | 0, gid: Number(gid.stdout) | 0 };
  } catch {
    return null;
  }
}

export async function changeOwner(account: ServerAccount, path: string): Promise<void> {
  const { uid, gid } = account.identity;
  // Never what a link leads to.
  if (uid !== undefined && gid !== undefined) await lchown(path, uid >>> 0, gid >>> 0);
}

/** Runs a line of shell as that account: the only honest way to learn what it may do, whatever the rights look like. */
export async function succeedsAs(
  account: ServerAccount,
  script: string,
  ...args: string[]
): Promise<boolean> {
  try {
    await run('/bin/sh', ['-c', script, 'sh', ...args], {
      ...account.identity,
      cwd: '/',
      env: serverEnvironment,
    });
    return true;
  } catch {
    return false;
  }
}
