import { describe, expect, it } from '@jest/globals';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { PROJECT } from './planted-copy.js';

/** The pages that a newcomer reads. Records of past decisions (docs/adr) and measurements may name what is gone. */
const PAGES = [
  'README.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  ...readdirSync(join(PROJECT, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];
const textOf = (path: string): string => readFileSync(join(PROJECT, path), 'utf8');
const filesIn = (folder: string): string[] =>
  readdirSync(join(PROJECT, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .map((path) => `${folder}/${path}`);
const scripts = (JSON.parse(textOf('package.json')) as { scripts: Record<string, string> }).scripts;

const linksIn = (page: string): string[] =>
  [...textOf(page).matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)]
    .map(([, target]) => target ?? '')
    .filter((target) => !/^[a-z]+:/.test(target));

const commandsIn = (page: string): string[] =>
  [...textOf(page).matchAll(/\bnpm run ([a-z:-]*[a-z])/g)].map(([, name]) => name ?? '');

describe.each(PAGES)('%s', (page) => {
  it('links to files that exist', () => {
    const broken = linksIn(page).filter((target) => !existsSync(join(PROJECT, dirname(page), target)));
    expect(broken).toEqual([]);
  });

  it('names commands that exist', () => {
    expect(commandsIn(page).filter((name) => !(name in scripts))).toEqual([]);
  });
});

describe('docs/architecture.md', () => {
  const text = textOf('docs/architecture.md');
  const sources = ['src', 'tools', 'test'].flatMap(filesIn);

  it('names folders and files that exist', () => {
    const paths = [...text.matchAll(/\b(?:src|tools|test)(?:\/[\w.-]*\w)+/g)].map(([path]) => path);
    expect(paths.length).toBeGreaterThan(20);
    expect(paths.filter((path) => !existsSync(join(PROJECT, path)))).toEqual([]);
  });

  it('names files by as much of their path as tells one file from all others', () => {
    const names = [...text.matchAll(/(?<![\w./-])(?:[\w.-]+\/)*[\w.-]+\.ts\b/g)].map(([name]) => name);
    const found = new Map(
      names.map((name) => [name, sources.filter((path) => `/${path}`.endsWith(`/${name}`)).length]),
    );
    expect(found.size).toBeGreaterThan(15);
    expect([...found].filter(([, count]) => count !== 1)).toEqual([]);
  });
});

describe('docs/glossary.md', () => {
  const terms = [...textOf('docs/glossary.md').matchAll(/^- \*\*(.+?)\*\*/gm)].map(([, term]) => term ?? '');
  const code = ['src', 'tools']
    .flatMap(filesIn)
    .filter((path) => !path.endsWith('.spec.ts'))
    .map(textOf)
    .join('\n');

  it('explains each term once', () => {
    expect(terms.length).toBeGreaterThan(40);
    expect([...terms].sort()).toEqual([...new Set(terms)].sort());
  });

  /** A term of two words is one name in code: `payment report` is `PaymentReport`, `payment_reports` or itself. */
  it.each(terms)('explains %s, which the code says', (term) => {
    const [first = '', ...rest] = term.split(/[ -]/);
    expect(code).toMatch(new RegExp([`(?<![a-z])${first}`, ...rest].join('[ _-]?'), 'i'));
  });
});
