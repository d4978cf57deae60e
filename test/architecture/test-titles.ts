import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { PROJECT } from './planted-copy.js';

/** The title of one `describe` or `it`, as it is written: `%s` is not filled in. */
export interface TestTitle {
  file: string;
  title: string;
}

/** Of every spec there is. */
export function testTitles(): TestTitle[] {
  return ['src', 'test'].flatMap((folder) =>
    readdirSync(join(PROJECT, folder), { recursive: true, encoding: 'utf8' })
      .filter((path) => /spec\.ts$/.test(path))
      .sort()
      .flatMap((path) => titlesIn(`${folder}/${path}`)),
  );
}

function titlesIn(file: string): TestTitle[] {
  const source = ts.createSourceFile(file, readFileSync(join(PROJECT, file), 'utf8'), ts.ScriptTarget.Latest);
  const titles: TestTitle[] = [];
  const visit = (node: ts.Node): void => {
    const [title] = ts.isCallExpression(node) && isTest(node.expression) ? node.arguments : [];
    if (title && ts.isStringLiteralLike(title)) titles.push({ file, title: title.text });
    ts.forEachChild(node, visit);
  };
  visit(source);
  return titles;
}

/** `it(…)`, and what `it.each(…)` gives back. */
function isTest(called: ts.Expression): boolean {
  if (ts.isIdentifier(called)) return called.text === 'it' || called.text === 'describe';
  if (ts.isPropertyAccessExpression(called) || ts.isCallExpression(called)) return isTest(called.expression);
  return ts.isTaggedTemplateExpression(called) && isTest(called.tag);
}
