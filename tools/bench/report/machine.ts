import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { cpus, platform, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { PROJECT } from '../project.js';

/** What must be known to judge a figure, or to measure it again. */
export interface Machine {
  machine: string;
  system: string;
  node: string;
  packages: string;
  revision: string;
  date: string;
}

const PACKAGES = [
  '@nestjs/core',
  'express',
  'typeorm',
  'pg',
  'class-validator',
  '@supabase/stripe-sync-engine',
  'fastify',
];

export function thisMachine(now: Date): Machine {
  const processors = cpus();
  return {
    machine: `${processors.length} × ${processors[0]?.model ?? 'processor'}, ${Math.round(totalmem() / 2 ** 30)} GiB`,
    system: `${platform()} ${release()}`,
    node: process.version,
    packages: PACKAGES.map((name) => `${name} ${versionOf(name)}`).join(', '),
    revision: revision(),
    date: now.toISOString().slice(0, 10),
  };
}

function versionOf(name: string): string {
  const folders = [join(PROJECT, 'tools/bench/node_modules'), join(PROJECT, 'node_modules')];
  const file = folders.map((folder) => join(folder, name, 'package.json')).find((path) => existsSync(path));
  if (file === undefined) return 'not installed';
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}

function revision(): string {
  try {
    return execFileSync('git', ['describe', '--always', '--dirty'], {
      cwd: PROJECT,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    return 'unknown'; // a copy without its history
  }
}
