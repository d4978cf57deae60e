import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { pack, PROJECT } from './pack.mjs';

/**
 * `npm run test:package [-- --json --outputFile=<file>]`: packs what would be published, installs it into each
 * application of examples/ in a folder outside of the project, compiles the application and runs its tests. An application
 * that is a package of its own, without ours, is installed by its lock. Needs the
 * registry. Prints `N passed, N failed` and ends with 0 only if all passed; the file is a report as Jest writes it.
 */
const { values } = parseArgs({
  options: { json: { type: 'boolean' }, outputFile: { type: 'string' }, keep: { type: 'boolean' } },
});

const results = [];
const tell = (title, fault = null) => {
  results.push({
    title,
    status: fault === null ? 'passed' : 'failed',
    failureMessages: fault === null ? [] : [fault],
  });
  process.stdout.write(
    `${fault === null ? 'passed' : 'FAILED'}  ${title}\n${fault === null ? '' : `${fault}\n`}`,
  );
};

/** True where the command ended with 0; what it wrote is told where it did not. */
function step(title, cwd, command, ...args) {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd, encoding: 'utf8', env: environment() });
  tell(title, status === 0 ? null : `${stdout}${stderr}`);
  return status === 0;
}

/** What a developer's shell holds must not choose the database or the settings. */
function environment() {
  const { PATH, HOME, TMPDIR, LANG, USER, ...others } = process.env;
  const npm = Object.entries(others).filter(([name]) => /^npm_config_(?!local_prefix|prefix)/i.test(name));
  const given = Object.entries({ PATH, HOME, TMPDIR, LANG, USER }).filter(([, value]) => value !== undefined);
  return Object.fromEntries([...given, ...npm]);
}

function tryExample(name, tarball, work) {
  const folder = join(work, name);
  cpSync(join(PROJECT, 'examples', name), folder, {
    recursive: true,
    filter: (path) => !/\/(?:node_modules|dist)$/.test(path),
  });
  const path = join(folder, 'package.json');
  const manifest = JSON.parse(readFileSync(path, 'utf8'));
  if (!manifest.dependencies.payhook) {
    step(`${name}: npm ci`, folder, 'npm', 'ci', '--no-audit', '--no-fund');
    return;
  }
  manifest.dependencies.payhook = `file:${tarball}`;
  writeFileSync(path, JSON.stringify(manifest, null, 2));
  if (!step(`${name}: npm install`, folder, 'npm', 'install', '--no-audit', '--no-fund')) return;
  if (!step(`${name}: npm run build`, folder, 'npm', 'run', '--silent', 'build')) return;
  const tests = join(folder, 'dist', 'test');
  if (existsSync(tests)) testsOf(name, folder, tests);
}

/** A result as `node:test` writes it, with the details that follow. */
const TAP = /^( *)(not )?ok \d+ - (.*?)(?: # .*)?\n\1 {2}---\n([\s\S]*?)\n\1 {2}\.\.\.$/gm;
const isTest = ([, , , , details]) => !details.includes("type: 'suite'");

function testsOf(example, folder, tests) {
  const files = readdirSync(tests)
    .filter((name) => name.endsWith('.test.js'))
    .map((name) => join(tests, name));
  for (const file of files) {
    const { status, stdout, stderr } = spawnSync(process.execPath, ['--test-reporter=tap', file], {
      cwd: folder,
      encoding: 'utf8',
      env: environment(),
    });
    const titles = new Map([...stdout.matchAll(TAP)].filter(isTest).map(([, , not, title]) => [title, !not]));
    for (const [title, passed] of titles) tell(`${example}: ${title}`, passed ? null : stdout);
    if (status !== 0 && ![...titles.values()].includes(false))
      tell(`${example}: ${file}`, `${stdout}${stderr}`);
  }
}

const work = mkdtempSync(join(tmpdir(), 'payhook-package-'));
try {
  const { tarball, size, unpackedSize } = pack('test');
  tell(`npm pack: ${Math.round(size / 1024)} kB, ${Math.round(unpackedSize / 1024)} kB unpacked`);
  for (const name of readdirSync(join(PROJECT, 'examples'))) tryExample(name, tarball, work);
} finally {
  if (values.keep) process.stdout.write(`kept: ${work}\n`);
  else rmSync(work, { recursive: true, force: true });
}
const failed = results.filter(({ status }) => status === 'failed').length;
process.stdout.write(`${results.length - failed} passed, ${failed} failed\n`);
if (values.outputFile !== undefined)
  writeFileSync(
    values.outputFile,
    JSON.stringify({
      numTotalTests: results.length,
      numPassedTests: results.length - failed,
      numFailedTests: failed,
      numRuntimeErrorTestSuites: 0,
      success: failed === 0,
      testResults: [
        { name: 'test:package', status: failed === 0 ? 'passed' : 'failed', assertionResults: results },
      ],
    }),
  );
process.exitCode = failed === 0 ? 0 : 1;
