import { describe, expect, it } from '@jest/globals';
import { type Alteration, possibleOriginals } from './body-alterations.js';

const suspectsOf = (text: string) =>
  [...possibleOriginals(Buffer.from(text))].map(({ alteration, raw }) => [alteration, raw.toString()]);

describe('what a body may have been before somebody wrote it anew', () => {
  it.each<[Alteration, string, string]>([
    ['trailing_whitespace_added', '{"a":1}\r\n', '{"a":1}'],
    ['trailing_newline_removed', '{"a":1}', '{"a":1}\n'],
    ['line_endings_changed', '{\r\n"a":1}', '{\n"a":1}'],
    ['line_endings_changed', '{\n"a":1}', '{\r\n"a":1}'],
    ['byte_order_mark_changed', '\ufeff{"a":1}', '{"a":1}'],
    ['json_rewritten', '{ "a": 1 }', '{"a":1}'],
    ['json_rewritten', '{"a":1}', '{\n  "a": 1\n}'],
    ['json_rewritten', '{"u":"a/b"}', '{"u":"a\\/b"}'],
    ['json_rewritten', '{"n":"é"}', '{"n":"\\u00e9"}'],
  ])('%s: %j came of %j', (alteration, altered, original) => {
    expect(suspectsOf(altered)).toContainEqual([alteration, original]);
  });

  it('is never the body itself, and nothing twice', () => {
    const texts = suspectsOf('{"a":"x/y"}').map(([, text]) => text);
    expect(texts).not.toContain('{"a":"x/y"}');
    expect(new Set(texts).size).toBe(texts.length);
  });

  it('is not sought in what would cost too much to write again, or is no JSON', () => {
    const bomb = '['.repeat(30_000) + ']'.repeat(30_000);
    for (const text of [bomb, '{"a":', 'null', '"text"', ''])
      expect(suspectsOf(text).map(([alteration]) => alteration)).not.toContain('json_rewritten');
  });
});

it('nothing that is nested deeply is made a hundred times as long', () => {
  const raw = Buffer.from(`${'['.repeat(60)}${'1,'.repeat(10_000)}1${']'.repeat(60)}`);
  const lengths = [...possibleOriginals(raw)].map((suspect) => suspect.raw.length);
  expect(Math.max(...lengths)).toBeLessThan(2 * raw.length);
});
