import { describe, expect, it } from '@jest/globals';
import { CATALOGS } from './catalogs/index.js';
import { FAILURE_REASONS } from '../../payments/index.js';
import { NOTIFICATION_KINDS } from '../kinds/message-kinds.js';

describe('the catalogs', () => {
  const languages = Object.entries(CATALOGS);
  const english = CATALOGS.en;

  it.each(languages)('%s has words for every reason and every kind of message', (_language, catalog) => {
    expect(Object.keys(catalog.reasons).sort()).toEqual([...FAILURE_REASONS].sort());
    expect(Object.keys(catalog.kinds).sort()).toEqual([...NOTIFICATION_KINDS].sort());
  });

  it.each(languages)('%s leaves no text empty and fills in what English does', (language, catalog) => {
    const texts = textsOf(catalog);
    const originals = textsOf(english);
    expect([...texts.keys()].sort()).toEqual([...originals.keys()].sort());
    for (const [path, text] of texts) {
      expect(text.trim()).toMatch(/.{2,}/);
      expect(placeholdersOf(text)).toEqual(placeholdersOf(originals.get(path) ?? ''));
    }
    for (const kind of NOTIFICATION_KINDS) {
      expect(placeholdersOf(catalog.kinds[kind].subjectWithOrder)).toEqual(['{order}']);
      if (language !== 'en') expect(catalog.kinds[kind].title).not.toBe(english.kinds[kind].title);
    }
  });
});

const placeholdersOf = (text: string): string[] => text.match(/\{\w+\}/g) ?? [];

/** Every text of a catalog by its path, such as `kinds.receipt.title`. */
function textsOf(part: object, path = ''): Map<string, string> {
  const entries = Object.entries(part) as [string, unknown][];
  return new Map(
    entries.flatMap(([name, value]) =>
      typeof value === 'string'
        ? [[`${path}${name}`, value] as const]
        : [...textsOf(value as object, `${path}${name}.`)],
    ),
  );
}
