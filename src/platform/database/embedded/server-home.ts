import { createHash } from 'node:crypto';
import { access, chmod, lstat, mkdir, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { resolveTrustedFolder } from '../../config/trusted-folder.js';
import { EmbeddedPostgresError, hasCode } from './embedded-postgres.errors.js';
import { changeOwner, type ServerAccount, serverAccount, succeedsAs } from './server-account.js';

/** The folder of one embedded server: its cluster, its log, and a copy of the binaries if it needs one. */
export interface ServerHome {
  readonly path: string;
  /** The folder that PostgreSQL calls PGDATA. */
  readonly cluster: string;
  readonly account: ServerAccount;
}

/** Survives a reboot, unlike the folder for temporary files. */
const STABLE_ROOT = '/var/lib';

/**
 * Returns the data folder. If this process is root and the server's account cannot reach that folder (a project under
 * /root), returns a folder under /var/lib that depends only on the data folder. An existing cluster stays where it is.
 * @throws EmbeddedPostgresError if the folder cannot be created, or contains a cluster that cannot be used.
 */
export async function serverHome(dataDir: string, log: (line: string) => void): Promise<ServerHome> {
  const own = await resolveTrustedFolder(await createFolder(resolve(dataDir)));
  const elsewhere = join(
    STABLE_ROOT,
    `payhook-${createHash('sha256').update(own).digest('hex').slice(0, 12)}`,
  );
  const settled = (await holdsCluster(elsewhere)) ? elsewhere : (await holdsCluster(own)) ? own : null;
  const account = await serverAccount(settled === null ? null : clusterIn(settled));
  const home = (path: string) => ({ path, cluster: clusterIn(path), account });

  const reachable = account.identity.uid === undefined || (await succeedsAs(account, 'cd "$1"', own));
  if (settled === own && !reachable) {
    throw new EmbeddedPostgresError(
      `${own} holds a database that ${account.name} can no longer reach: let that user through every folder above it.`,
    );
  }
  if (settled !== elsewhere && reachable) return home(own);
  log(`PostgreSQL runs as ${account.name}, who cannot reach ${own}: its data are in ${elsewhere}`);
  return home(await resolveTrustedFolder(await createFolder(elsewhere)));
}

function clusterIn(home: string): string {
  return join(home, 'postgres');
}

async function holdsCluster(home: string): Promise<boolean> {
  try {
    const cluster = await lstat(clusterIn(home));
    if (!cluster.isDirectory())
      throw new EmbeddedPostgresError(`${clusterIn(home)} must be a folder, not a link to one.`);
    const { uid } = cluster;
    const us = process.getuid?.();
    if (us === 0 || us === uid) return true;
    throw new EmbeddedPostgresError(
      `The database in ${home} belongs to another user (${uid}): start as that user or as root, or choose another DATA_DIR.`,
    );
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'EACCES')) return false;
    throw error;
  }
}

/** Returns the path unresolved, because the owner of a link is checked as well. */
async function createFolder(path: string): Promise<string> {
  try {
    await access(path);
  } catch {
    try {
      await mkdir(path, { recursive: true, mode: 0o755 });
      await chmod(path, 0o755);
    } catch (cause) {
      throw new EmbeddedPostgresError(`The data folder ${path} cannot be made: ${String(cause)}`, { cause });
    }
  }
  return path;
}

/** The folder of the server's sockets. A temporary one is removed with the server. */
export interface SocketFolder {
  readonly path: string;
  readonly temporary: boolean;
}

/** The path of a Unix socket must fit into `sun_path`, which has 104 bytes on macOS including the terminating zero. */
const MAX_SOCKET_PATH_BYTES = 103;

/**
 * Returns a folder that only the server's account and root can enter, so that no other user can connect. It is in the
 * home of the server if that path is short and plain enough, else it is a temporary folder.
 */
export async function socketFolder(home: ServerHome): Promise<SocketFolder> {
  const own = join(home.path, 'socket');
  const fits =
    Buffer.byteLength(join(own, '.s.PGSQL.5432')) <= MAX_SOCKET_PATH_BYTES && /^[\w./-]+$/.test(own);
  const path = fits ? own : await mkdtemp(join(tmpdir(), 'payhook-'));
  await mkdir(path, { recursive: true, mode: 0o700 });
  if (!(await lstat(path)).isDirectory())
    throw new EmbeddedPostgresError(`${path} must be a folder, not a link: remove it and start again.`);
  await changeOwner(home.account, path);
  await chmod(path, 0o700);
  return { path, temporary: !fits };
}
