import { describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { PROJECT } from './planted-copy.js';

/** Writes the URL of every module as it is loaded. */
const HOOKS = `data:text/javascript,${encodeURIComponent(`
  import { writeSync } from 'node:fs';
  export async function load(url, context, next) {
    writeSync(1, url + '\\n');
    return next(url, context);
  }`)}`;

/** The packages, and the files of ours, that are loaded where `entry` of the build is imported. */
function modulesLoadedBy(entry: string): { packages: string[]; files: string[] } {
  const url = pathToFileURL(join(PROJECT, 'dist', entry)).href;
  const program = `import module from 'node:module'; module.register(${JSON.stringify(HOOKS)}); await import('${url}');`;
  const { stdout, stderr, status } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stderr);
  const urls = stdout.split('\n');
  const packages = urls.flatMap((it) => /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(it)?.[1] ?? []);
  return { packages: [...new Set(packages)], files: urls.filter((it) => it.includes('/dist/')) };
}

describe('payhook/gateway', () => {
  it('loads neither Nest nor TypeORM nor a driver: an adapter is plain code', () => {
    const { packages, files } = modulesLoadedBy('gateway.js');
    expect(files.length).toBeGreaterThan(5);
    expect(packages).toEqual(expect.arrayContaining(['class-validator', 'class-transformer']));
    expect(packages.filter((name) => /^@nestjs|^typeorm$|^pg|^express$|^rxjs$/.test(name))).toEqual([]);
  });
});
