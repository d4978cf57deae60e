import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { chmod, rename, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type ServerHome } from './server-home.js';

const run = promisify(execFile);

/** Who may connect: users of this machine that the map names, by the socket; nobody over the network. */
const HBA = 'local all all peer map=payhook\n';

/**
 * Writes the server's access rules beside its cluster, where its own account cannot change them, and answers with the
 * settings that name them. The operating system tells who is at the other end of a socket: ourselves, root, and the
 * account of the server may be any user of the database. Clusters of older versions trusted whoever reached them.
 */
export async function writeAccessRules(home: ServerHome): Promise<Readonly<Record<string, string>>> {
  const users = new Set(['root', userInfo().username, ...(await accountNames(home))]);
  const map = [...users].map((user) => `payhook ${quoted(user)} all\n`).join('');
  return {
    hba_file: await ensureFile(join(home.path, 'pg_hba.conf'), HBA),
    ident_file: await ensureFile(join(home.path, 'pg_ident.conf'), map),
  };
}

/** Put in place whole, as another starter may be reading it. */
async function ensureFile(path: string, text: string): Promise<string> {
  const draft = `${path}.${randomUUID()}`;
  await writeFile(draft, text, { mode: 0o644, flag: 'wx' });
  await chmod(draft, 0o644);
  await rename(draft, path);
  return path;
}

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** None where that user has no name: then nobody has it at the other end of a socket, either. */
async function accountNames({ account: { identity } }: ServerHome): Promise<string[]> {
  if (identity.uid === undefined) return [];
  return run('id', ['-un', String(identity.uid >>> 0)]).then(
    ({ stdout }) => [stdout.trim()],
    () => [],
  );
}
