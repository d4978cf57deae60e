import { describe, expect, it } from '@jest/globals';
import { CATALOGS } from './catalogs/index.js';
import { FAILURE_REASONS } from '../../payments/index.js';

describe('the catalogs', () => {
  const languages = Object.entries(CATALOGS);
  const english = CATALOGS.en;

  it.each(languages)('%s has the keys of all others', (_language, catalog) => {
    expect(Object.keys(catalog).sort()).toEqual(Object.keys(english).sort());
  });

  it.each(languages)('%s has words for every reason', (_language, catalog) => {
    expect(Object.keys(catalog.reasons).sort()).toEqual([...FAILURE_REASONS].sort());
  });

  it.each(languages)('%s leaves no text empty and fills in what it should', (language, catalog) => {
    const { reasons, ...texts } = catalog;
    for (const text of [...Object.values(texts), ...Object.values(reasons)])
      expect(text.trim()).toMatch(/.{2,}/);
    expect(catalog.failedSubjectWithOrder).toContain('{order}');
    expect(catalog.receivedSubjectWithOrder).toContain('{order}');
    expect(catalog.greetingWithName).toContain('{name}');
    if (language !== 'en') expect(catalog.failedTitle).not.toBe(english.failedTitle);
  });
});
