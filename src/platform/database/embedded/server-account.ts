import { execFile } from 'node:child_process';
import { lchown, stat } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { promisify } from 'node:util';
import { EmbeddedPostgresUnavailableError } from './embedded-postgres.errors.js';

const run = promisify(execFile);

/** The environment of the server. It has none of this process's variables, because they contain secrets. */
export const serverEnvironment = { PATH: '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C' };

/** The user that the server runs as. */
export interface ServerAccount {
  readonly name: string;
  /** Options of `spawn` to become that user; empty if this process already runs as it. */
  readonly identity: { uid?: number; gid?: number };
}

/** Accounts to use if this process runs as root, in this order: PostgreSQL refuses to run as root. */
const SERVICE_ACCOUNTS = ['postgres', '_postgres', 'nobody'];

export function isRoot(): boolean {
  return process.getuid?.() === 0;
}

/**
 * Returns this user. If it is root, returns the owner of the existing cluster, or else a service account of this
 * machine.
 * @throws EmbeddedPostgresUnavailableError if this user is root and there is no such account.
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
    // macOS reports `nobody` as 4294967294 or -2; `spawn` accepts only -2.
    return { uid: Number(uid.stdout) | 0, gid: Number(gid.stdout) | 0 };
  } catch {
    return null;
  }
}

export async function changeOwner(account: ServerAccount, path: string): Promise<void> {
  const { uid, gid } = account.identity;
  // `lchown` never follows a link.
  if (uid !== undefined && gid !== undefined) await lchown(path, uid >>> 0, gid >>> 0);
}

/** Runs a shell command as that account. File permissions alone do not tell reliably what the account may do. */
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
