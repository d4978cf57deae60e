import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ts from 'typescript';
import { PROJECT } from '../architecture/planted-copy.js';

jest.setTimeout(120_000);

/** The code of the page: each block that names its file. */
const PAGE = readFileSync(join(PROJECT, 'docs/adding-a-gateway.md'), 'utf8');
const BLOCKS = [...PAGE.matchAll(/^```ts (\S+)\n([\s\S]*?)^```$/gm)].map(([, file = '', code = '']) => ({
  file,
  code,
}));

/** What the package publishes under these names: its source to compile against, and what is built to run against. */
const ENTRIES = {
  gateway: [
    'gateway',
    'webhooks/gateways/fields/wire-fields',
    'webhooks/gateways/fields/identity',
    'webhooks/gateways/listing',
  ],
  testing: [
    'simulator/contract/gateway-contract',
    'simulator/gateway-simulator',
    'webhooks/gateways/sign-headers',
  ],
} as const;

const OPTIONS: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2023,
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  lib: ['lib.es2023.d.ts', 'lib.es2024.string.d.ts'],
  strict: true,
  noUncheckedIndexedAccess: true,
  noUnusedLocals: true,
  experimentalDecorators: true,
  emitDecoratorMetadata: true,
  skipLibCheck: true,
  types: ['node'],
};

/** One file at a time TypeScript does not look for the package.json that says so. */
const AS_MODULES: ts.CompilerOptions = {
  ...OPTIONS,
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
};

describe('the gateway that docs/adding-a-gateway.md adds', () => {
  let folder: string;
  const path = (file: string): string => join(folder, file);
  const runContract = (): { stdout: string; status: number | null } =>
    spawnSync(process.execPath, ['--test', '--test-reporter=tap', 'acme.spec.js'], {
      cwd: folder,
      encoding: 'utf8',
    });

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'payhook-acme-'));
    writeFileSync(path('package.json'), '{"type":"module"}');
    mkdirSync(path('node_modules/payhook'), { recursive: true });
    writeFileSync(
      path('node_modules/payhook/package.json'),
      '{"name":"payhook","type":"module","exports":{"./gateway":"./gateway.js","./testing":"./testing.js"}}',
    );
    for (const [entry, files] of Object.entries(ENTRIES)) {
      const lines = files.map((file) => `export * from '${join(PROJECT, 'dist', file)}.js';\n`);
      writeFileSync(path(`node_modules/payhook/${entry}.js`), lines.join(''));
      writeFileSync(path(`node_modules/payhook/${entry}.d.ts`), lines.join('').replaceAll('/dist/', '/src/'));
    }
    for (const name of readdirSync(join(PROJECT, 'node_modules')))
      if (name !== 'payhook') symlinkSync(join(PROJECT, 'node_modules', name), path(`node_modules/${name}`));
    for (const { file, code } of BLOCKS) {
      const { outputText } = ts.transpileModule(code, { compilerOptions: AS_MODULES });
      writeFileSync(path(file), code);
      writeFileSync(path(file.replace(/ts$/, 'js')), outputText);
    }
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('has the same file names as every other, and less than 120 lines with its translation', () => {
    expect(BLOCKS.map(({ file }) => file)).toEqual([
      'acme.gateway.ts',
      'acme-event.dto.ts',
      'acme.translate.ts',
      'acme.simulator.ts',
      'acme.spec.ts',
      'acme.plugin.ts',
      'acme.lists.ts',
    ]);
    const lines = BLOCKS.filter(({ file }) => /gateway|dto|translate/.test(file)).flatMap(({ code }) =>
      code.trimEnd().split('\n'),
    );
    expect(lines.length).toBeLessThan(120);
  });

  it('compiles as it stands there', () => {
    const program = ts.createProgram(
      BLOCKS.map(({ file }) => path(file)),
      { ...OPTIONS, noEmit: true },
    );
    const faults = ts
      .getPreEmitDiagnostics(program)
      .map(
        ({ file, messageText }) => `${file?.fileName}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`,
      );
    expect(faults).toEqual([]);
  });

  it('loads by itself, without an application around it', () => {
    const { stderr, status } = spawnSync(process.execPath, ['-e', "import('./acme.gateway.js')"], {
      cwd: folder,
      encoding: 'utf8',
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });

  it('passes the contract of gateways', () => {
    const { stdout, status } = runContract();
    expect(status === 0 ? '' : stdout).toBe('');
    expect(Number(/^# pass (\d+)$/m.exec(stdout)?.[1])).toBeGreaterThan(15);
  });

  it.each([
    [
      'one key for all events of a type',
      'acme.gateway.js',
      "id: 'id'",
      "id: 'type'",
      'known by one key each',
    ],
    [
      'the captured amount in another unit',
      'acme.translate.js',
      "'succeeded' ? String(amount)",
      "'succeeded' ? String(amount / 100)",
      'tell the amounts',
    ],
    ['any time believed', 'acme.translate.js', 'tooFarOff !== null', 'false', 'more than 5 minutes after'],
  ])('fails the contract with %s', (_, file, whole, broken, failing) => {
    const code = readFileSync(path(file), 'utf8');
    expect(code).toContain(whole);
    writeFileSync(path(file), code.replace(whole, broken));
    const { stdout, status } = runContract();
    writeFileSync(path(file), code);
    expect(status).toBe(1);
    expect(stdout).toMatch(new RegExp(`not ok \\d+ - [^\\n]*${failing}`));
  });
});
