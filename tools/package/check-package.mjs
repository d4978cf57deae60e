import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { apiReports } from './api-report.mjs';
import { pack, PROJECT } from './pack.mjs';

/**
 * `npm run check:package`: what would be published can be imported from ES modules, with types, and its surface is the
 * one that docs/api tells of. `npm run check:package -- --write` writes docs/api anew: the difference is for review.
 */
const { folder, tarball, entryCount, size } = pack('check');
const write = process.argv.includes('--write');
const tools = [
  ['publint', 'run', tarball, '--strict'],
  ['attw', tarball, '--profile', 'esm-only', '--quiet', '--no-emoji'],
];
const faults = tools.flatMap(([name, ...args]) => {
  const { status, stdout, stderr } = spawnSync('npx', ['--no-install', name, ...args], {
    cwd: PROJECT,
    encoding: 'utf8',
  });
  return status === 0 ? [] : [`${name} failed:\n${stdout}${stderr}`];
});
const { exports } = JSON.parse(readFileSync(`${PROJECT}/package.json`, 'utf8'));
faults.push(...apiReports(folder, exports, write));
process.stdout.write(
  faults.length > 0
    ? `${faults.join('\n')}\n`
    : `The package has ${entryCount} files, ${Math.round(size / 1024)} kB packed; its surface is as in docs/api.\n`,
);
process.exitCode = faults.length > 0 ? 1 : 0;
