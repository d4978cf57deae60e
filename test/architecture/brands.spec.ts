import { describe, expect, it } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { gateways } from '../../src/webhooks/gateways/index.js';
import { PROJECT } from './planted-copy.js';

/** A gateway can be removed by deleting its folder and its lines, so no other code may know its name. */
const LISTS = ['src/webhooks/gateways/index.ts', 'src/simulator/simulators.ts'];

const NAMES = gateways.map(({ name }) => name);
/** An English word, too: it is a gateway's name only where it stands alone. */
const WORDS = ['standard'];
const BRAND = new RegExp(NAMES.filter((name) => !WORDS.includes(name)).join('|'), 'i');

const isBrand = (text: string): boolean => BRAND.test(text) || WORDS.includes(text.toLowerCase());

/** Documentation of the API may show a gateway: nothing is decided by it. */
const isExample = (node: ts.Node): boolean =>
  ts.isPropertyAssignment(node) && ts.isIdentifier(node.name) && /^examples?$/.test(node.name.text);

/** What code says at runtime: texts, templates, patterns and names of properties. Comments may speak of gateways. */
function brandsIn(path: string, code: string): string[] {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    const isText =
      ts.isStringLiteralLike(node) ||
      ts.isTemplateHead(node) ||
      ts.isTemplateMiddle(node) ||
      ts.isTemplateTail(node) ||
      ts.isRegularExpressionLiteral(node) ||
      (ts.isIdentifier(node) && ts.isPropertyAssignment(node.parent) && node.parent.name === node);
    if (isText && isBrand(node.text)) found.push(`${path}: ${node.text}`);
    if (!ts.isImportDeclaration(node) && !ts.isExportDeclaration(node) && !isExample(node))
      ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(path, code, ts.ScriptTarget.Latest, true));
  return found;
}

const FOLDERS = NAMES.map((name) => `src/webhooks/gateways/${name}/`);
const files = readdirSync(join(PROJECT, 'src'), { recursive: true, encoding: 'utf8' })
  .map((file) => `src/${file}`)
  .filter((file) => file.endsWith('.ts') && !file.endsWith('.spec.ts'))
  .filter((file) => !FOLDERS.some((folder) => file.startsWith(folder)) && !LISTS.includes(file));

describe('the name of a gateway', () => {
  it('stands as text nowhere outside its folder', () => {
    expect(files.length).toBeGreaterThan(200);
    expect(files.flatMap((file) => brandsIn(file, readFileSync(join(PROJECT, file), 'utf8')))).toEqual([]);
  });

  it.each([
    "const INDIAN = ['razorpay'];",
    "if (gateway === 'standard') return;",
    'const MAIL = /^void@razorpay\\.com$/;',
    'const PREFIXES = { stripe: 1 };',
    'const path = `/webhooks/ippopay/${token}`;',
    "const header = 'Stripe-Signature';",
  ])('is found where it is planted: %s', (code) => {
    expect(brandsIn('planted.ts', code)).toHaveLength(1);
  });

  it.each([
    '// Stripe lists ten.\nconst MOST = 10;',
    "const title = 'the standard way';",
    "import './stripe.js';",
    "const doc = { example: 'standard' };",
  ])('is not seen in what says nothing at runtime: %j', (code) =>
    expect(brandsIn('planted.ts', code)).toEqual([]),
  );
});
