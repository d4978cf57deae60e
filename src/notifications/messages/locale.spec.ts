import { describe, expect, it } from '@jest/globals';
import { CATALOGS } from './catalogs/index.js';
import { chooseLocale } from './locale.js';

describe('the locale of a message', () => {
  it.each([
    ['de', 'en', 'de', CATALOGS.de],
    ['de-AT', 'en', 'de-AT', CATALOGS.de],
    ['de_AT', 'en', 'de-AT', CATALOGS.de],
    ['DE-at', 'en', 'de-AT', CATALOGS.de],
    ['hi-Deva-IN', 'en', 'hi-Deva-IN', CATALOGS.hi],
    ['fr-CA-u-nu-thai-ca-buddhist', 'en', 'fr-CA', CATALOGS.fr],
    ['de-AT-visitnow-evilcorp', 'en', 'de-AT', CATALOGS.de],
    [' es-MX ', 'en', 'es-MX', CATALOGS.es],
    ['ja-JP', 'de-CH', 'de-CH', CATALOGS.de],
    ['auto', 'fr', 'fr', CATALOGS.fr],
    ['../../etc', 'es', 'es', CATALOGS.es],
    ['', 'hi', 'hi', CATALOGS.hi],
    [null, 'hi', 'hi', CATALOGS.hi],
    ['nonsense!', 'nonsense!', 'en', CATALOGS.en],
    [null, 'ja', 'en', CATALOGS.en],
  ])('of %j with %j as default is %s', (requested, byDefault, tag, catalog) => {
    expect(chooseLocale(requested, byDefault)).toEqual({ tag, catalog });
  });
});
