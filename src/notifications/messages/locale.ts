import { CATALOGS, type Catalog, type Language } from './catalogs/index.js';

/** The words to use, and the tag that money and dates are written by. */
export interface ChosenLocale {
  readonly tag: string;
  readonly catalog: Catalog;
}

/**
 * The first of the customer's locale and the default whose language we have words in, else English. `de_AT`,
 * `de-AT` and `de-Latn-AT` all read German and write money as Austria does; an unreadable tag, Stripe's `auto` and
 * a language without a catalog count as not told: words of one language never stand beside another's dates.
 */
export function chooseLocale(requested: string | null, defaultLocale: string): ChosenLocale {
  return localeOf(requested) ?? localeOf(defaultLocale) ?? { tag: 'en', catalog: CATALOGS.en };
}

function localeOf(text: string | null): ChosenLocale | null {
  const locale = parseLocale(text);
  if (locale === null || !isLanguage(locale.language)) return null;
  const { language, script, region } = locale;
  // The rest is dropped: extensions could ask for another calendar or other digits, and variants are words of whoever
  // wrote the tag.
  return {
    tag: new Intl.Locale(language, { script, region }).toString(),
    catalog: CATALOGS[locale.language],
  };
}

/** RFC 5646, section 4.4.1: a tag needs no more. `Intl` takes more than linear time over longer ones. */
const MAX_TAG_LENGTH = 35;

function parseLocale(text: string | null): Intl.Locale | null {
  const tag = (text ?? '').trim();
  if (tag.length > MAX_TAG_LENGTH) return null;
  try {
    return new Intl.Locale(tag.replaceAll('_', '-'));
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

const isLanguage = (language: string): language is Language => Object.hasOwn(CATALOGS, language);
