import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

export const PROJECT = resolve(import.meta.dirname, '../..');

const COPIED = [
  'src',
  'test',
  'tools',
  'ormconfig.ts',
  'package.json',
  'tsconfig.json',
  'eslint.config.mjs',
  '.dependency-cruiser.mjs',
];

/** A copy of the sources to plant faults in, checked by the tools and rules of the project itself. */
export class PlantedCopy {
  readonly folder = realpathSync(mkdtempSync(join(tmpdir(), 'payhook-planted-')));

  constructor() {
    for (const name of COPIED)
      cpSync(join(PROJECT, name), join(this.folder, name), {
        recursive: true,
        filter: (path) => !/\/(node_modules|dist)$/.test(path),
      });
    symlinkSync(join(PROJECT, 'node_modules'), join(this.folder, 'node_modules'));
  }

  plant(path: string, text: string): void {
    const file = join(this.folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }

  /** Runs a tool of the project and reads what it reports; throws with its own words when it reports nothing. */
  report(tool: string, ...options: string[]): unknown {
    const { stdout, stderr } = spawnSync(process.execPath, [join('node_modules', tool), ...options], {
      cwd: this.folder,
      encoding: 'utf8',
      maxBuffer: 64 * 1024 * 1024,
    });
    try {
      return JSON.parse(stdout);
    } catch (cause) {
      throw new Error(`${tool} reported nothing: ${stderr}${stdout.slice(0, 500)}`, { cause });
    }
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
