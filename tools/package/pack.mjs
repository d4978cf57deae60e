import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const PROJECT = fileURLToPath(new URL('../..', import.meta.url));

/** Beside `dist`, which a service may be running from. In the project, so that declarations find `node_modules`. */
const FOLDER = join(PROJECT, 'dist-package');

const run = (command, args, cwd = PROJECT) =>
  execFileSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });

/** Builds what would be published, with declarations, and packs it. */
export function pack() {
  rmSync(FOLDER, { recursive: true, force: true });
  mkdirSync(FOLDER);
  run('npx', ['tsc', '-p', 'tsconfig.package.json', '--outDir', join(FOLDER, 'dist')]);
  const { files } = JSON.parse(readFileSync(join(PROJECT, 'package.json'), 'utf8'));
  for (const name of ['package.json', 'README.md', 'LICENSE', ...files])
    if (name !== 'dist' && existsSync(join(PROJECT, name))) cpSync(join(PROJECT, name), join(FOLDER, name));
  const packed = run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', FOLDER], FOLDER);
  const [{ filename, size, unpackedSize, entryCount }] = JSON.parse(packed);
  return { folder: FOLDER, tarball: join(FOLDER, filename), size, unpackedSize, entryCount };
}
