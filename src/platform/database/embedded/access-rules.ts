import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { chmod, rename, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type ServerHome } from './server-home.js';

const run = promisify(execFile);

/** Allows connections over the socket by the users of this machine in the map, and none over the network. */
const HBA = 'local all all peer map=payhook\n';

/**
 * Writes the access rules of the server next to its cluster, where the server's account cannot change them, and returns
 * the settings that name the files. The operating system reports the user at the other end of a socket: this user, root
 * and the server's account may connect as any database user. Clusters of older versions trusted every connection.
 */
export async function writeAccessRules(home: ServerHome): Promise<Readonly<Record<string, string>>> {
  const users = new Set(['root', userInfo().username, ...(await accountNames(home))]);
  const map = [...users].map((user) => `payhook ${quoted(user)} all\n`).join('');
  return {
    hba_file: await ensureFile(join(home.path, 'pg_hba.conf'), HBA),
    ident_file: await ensureFile(join(home.path, 'pg_ident.conf'), map),
  };
}

/** Writes a complete file with one rename, because another process may read it meanwhile. */
async function ensureFile(path: string, text: string): Promise<string> {
  const draft = `${path}.${randomUUID()}`;
  await writeFile(draft, text, { mode: 0o644, flag: 'wx' });
  await chmod(draft, 0o644);
  await rename(draft, path);
  return path;
}

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** The names that may connect. A user without a name is left out, because the operating system cannot report it. */
async function accountNames({ account: { identity } }: ServerHome): Promise<string[]> {
  if (identity.uid === undefined) return [];
  return run('id', ['-un', String(identity.uid >>> 0)]).then(
    ({ stdout }) => [stdout.trim()],
    () => [],
  );
}
