import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { onExit } from '../at-end.js';

/** Every Node that is promised and has a line of its own in the report. */
const MAJORS = [20, 24, 26] as const;

/** A Node to run programs with. */
export interface NodeBinary {
  /** As it tells itself: `v24.11.0`. */
  version: string;
  path: string;
}

const run = promisify(execFile);

/** The Node of the bench, and the others, from the npm package `node`. What does not run on this machine is left out. */
export async function nodeBinaries(log: (text: string) => void): Promise<NodeBinary[]> {
  const folder = await mkdtemp(join(tmpdir(), 'payhook-nodes-'));
  onExit(() => rm(folder, { recursive: true, force: true }));
  const binaries: NodeBinary[] = [];
  for (const major of MAJORS) {
    try {
      binaries.push(await nodeBinary(major, join(folder, String(major))));
    } catch (error) {
      log(`Node ${major} is left out: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return binaries;
}

async function nodeBinary(major: number, folder: string): Promise<NodeBinary> {
  if (process.version.startsWith(`v${major}.`)) return { version: process.version, path: process.execPath };
  await run('npm', ['install', '--no-save', '--no-audit', '--no-fund', '--prefix', folder, `node@${major}`]);
  const path = join(folder, 'node_modules/node/bin/node');
  const { stdout } = await run(path, ['--version']);
  return { version: stdout.trim(), path };
}
