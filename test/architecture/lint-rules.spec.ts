import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { relative } from 'node:path';
import { PlantedCopy } from './planted-copy.js';

const SIGN = "import { createHmac } from 'node:crypto';\nexport const sign = createHmac('sha256', 'key');\n";
const READ = 'export const port = process.env.PORT;\n';
const NEVER_MIND = 'async function send(): Promise<void> {}\nexport function go(): void {\n  send();\n}\n';

/** A file, what it holds, and the one rule that it breaks; null where that very thing is allowed. */
const PLANTED: readonly (readonly [file: string, text: string, rule: string | null])[] = [
  ['src/platform/http/planted-environment.ts', READ, 'no-restricted-properties'],
  [
    'src/platform/http/planted-taken-apart.ts',
    'export const { env } = process;\n',
    'no-restricted-properties',
  ],
  ['src/platform/http/planted-process.ts', "export { env } from 'node:process';\n", 'no-restricted-imports'],
  ['src/platform/config/planted-environment.ts', READ, null],
  ['src/payments/planted-signature.ts', SIGN, 'no-restricted-imports'],
  ['src/webhooks/gateways/stripe/planted-signature.ts', SIGN, 'no-restricted-imports'],
  ['src/platform/config/planted-signature.ts', SIGN, 'no-restricted-imports'],
  [
    'src/payments/planted-crypto.ts',
    "import * as crypto from 'crypto';\nexport const sign = crypto.createHmac('sha256', 'key');\n",
    'no-restricted-imports',
  ],
  ['src/webhooks/gateways/signature.ts', SIGN, null],
  ['src/webhooks/planted-signature.spec.ts', SIGN, null],
  ['src/platform/http/planted-hash.ts', "export { createHash, timingSafeEqual } from 'node:crypto';\n", null],
  ['src/payments/planted-promise.ts', NEVER_MIND, '@typescript-eslint/no-floating-promises'],
  ['src/payments/planted-any.ts', 'export let anything: any;\n', '@typescript-eslint/no-explicit-any'],
  ['src/payments/planted-print.ts', "console.log('here');\n", 'no-console'],
  [
    'src/payments/planted-type.ts',
    "import { Problem } from '../http/problem.js';\nexport type Told = Problem;\n",
    '@typescript-eslint/consistent-type-imports',
  ],
  [
    // Nest injects by the class that the decorator's metadata names: as a type import it would be gone at run time.
    'src/payments/planted-injected.ts',
    [
      "import { Injectable } from '@nestjs/common';",
      "import { EventPublisher } from '../events/index.js';",
      '@Injectable()',
      'export class Planted {',
      '  constructor(readonly events: EventPublisher) {}',
      '}\n',
    ].join('\n'),
    null,
  ],
  [
    'src/payments/planted-switch.ts',
    [
      "export function say(word: 'yes' | 'no'): number {",
      '  switch (word) {',
      "    case 'yes':",
      '      return 1;',
      '  }',
      '  return 0;',
      '}\n',
    ].join('\n'),
    '@typescript-eslint/switch-exhaustiveness-check',
  ],
];

interface Linted {
  filePath: string;
  messages: { ruleId: string | null; message: string }[];
}

describe('the lint rules', () => {
  let copy: PlantedCopy;
  let found: Map<string, (string | null)[]>;

  beforeAll(() => {
    copy = new PlantedCopy();
    for (const [file, text] of PLANTED) copy.plant(file, text);
    const files = PLANTED.map(([file]) => file);
    const linted = copy.report('eslint/bin/eslint.js', '--format', 'json', ...files) as Linted[];
    found = new Map(
      linted.map(({ filePath, messages }) => [
        relative(copy.folder, filePath),
        [...new Set(messages.map(({ ruleId, message }) => ruleId ?? message))],
      ]),
    );
  });
  afterAll(() => copy.remove());

  it.each(PLANTED)('%s: what it holds is told as it should be', (file, _text, rule) => {
    expect(found.get(file)).toEqual(rule === null ? [] : [rule]);
  });
});
