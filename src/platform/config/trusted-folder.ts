import { lstat, realpath, stat } from 'node:fs/promises';
import type { Stats } from 'node:fs';
import { ConfigurationError } from './configuration.errors.js';

/**
 * Write permission of group and others. With it, other users could place secrets, links or a database in the folder.
 */
const WRITABLE_BY_OTHERS = 0o022;
const ROOT = 0;

/**
 * Returns the real path of a data folder that only this user or root can write.
 * @throws ConfigurationError with a sentence if the folder, or the link to it, belongs to another user or is writable
 * by others.
 */
export async function resolveTrustedFolder(path: string): Promise<string> {
  const link = await lstat(path);
  if (!isOurs(link)) refuse(`${path} belongs to another user (${link.uid})`);
  const real = await realpath(path);
  const folder = await stat(real);
  if (!isOurs(folder)) refuse(`${real} belongs to another user (${folder.uid})`);
  if ((folder.mode & WRITABLE_BY_OTHERS) !== 0) refuse(`${real} can be written by other users (chmod go-w)`);
  return real;
}

const isOurs = ({ uid }: Stats): boolean => uid === ROOT || uid === (process.getuid?.() ?? uid);

function refuse(why: string): never {
  throw new ConfigurationError([
    `DATA_DIR must be a folder that only the user who runs the service can write: ${why}`,
  ]);
}
