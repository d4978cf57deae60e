import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const PROJECT = fileURLToPath(new URL('../..', import.meta.url));

/** Beside `dist`, which a service may be running from. In the project, so that declarations find `node_modules`. */
const PACKED = join(PROJECT, 'dist-package');

const run = (command, args, cwd = PROJECT) =>
  execFileSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });

/** Builds what would be published, with declarations, and packs it, in a folder of `name`: two may pack at a time. */
export function pack(name) {
  const folder = join(PACKED, name);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  run('npx', ['tsc', '-p', 'tsconfig.package.json', '--outDir', join(folder, 'dist')]);
  const { files } = JSON.parse(readFileSync(join(PROJECT, 'package.json'), 'utf8'));
  for (const path of ['package.json', 'README.md', 'LICENSE', ...files])
    if (path !== 'dist' && existsSync(join(PROJECT, path))) cpSync(join(PROJECT, path), join(folder, path));
  const packed = run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], folder);
  const [{ filename, size, unpackedSize, entryCount }] = JSON.parse(packed);
  return { folder, tarball: join(folder, filename), size, unpackedSize, entryCount };
}
