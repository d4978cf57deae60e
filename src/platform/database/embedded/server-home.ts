import { createHash } from 'node:crypto';
import { access, chmod, lstat, mkdir, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { resolveTrustedFolder } from '../../config/trusted-folder.js';
import { EmbeddedPostgresError, hasCode } from './embedded-postgres.errors.js';
import { changeOwner, type ServerAccount, serverAccount, succeedsAs } from './server-account.js';

/** Where one embedded server lives: its cluster, its log, and its copy of the binaries when it needs one. */
export interface ServerHome {
  readonly path: string;
  /** PGDATA. */
  readonly cluster: string;
  readonly account: ServerAccount;
}

/** Survives a reboot, unlike anything under the folder for temporary files. */
const STABLE_ROOT = '/var/lib';

/**
 * The data folder itself, unless we are root and the account that runs the server cannot reach it (a project under
 * /root): then a folder under /var/lib, always the same for the same data folder. Where a cluster already is, it stays.
 * @throws EmbeddedPostgresError when the folder cannot be made, or holds a cluster that we cannot use.
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

/** Answers with the path as it was given: where it is a link, whose link it is still counts. */
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

/** Where the server's sockets are; a temporary folder goes with the server. */
export interface SocketFolder {
  readonly path: string;
  readonly temporary: boolean;
}

/** A Unix socket's whole path must fit into `sun_path`, which macOS makes 104 bytes long with the closing zero. */
const MAX_SOCKET_PATH_BYTES = 103;

/**
 * A folder that only the server's account (and root) can enter, so that nobody else on the machine can even knock. In
 * the home where the path is short and plain enough, else a temporary one.
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
