import { BoundedCache } from './bounded-cache.js';
import { CATALOGS, type Catalog, type Language } from './catalogs/index.js';

/** The catalog of a language, and the BCP 47 tag for money and dates. */
export interface ChosenLocale {
  readonly tag: string;
  readonly catalog: Catalog;
}

/**
 * The customer's locale if its language has a catalog, else the default locale, else English. `de_AT`, `de-AT` and
 * `de-Latn-AT` all mean German sentences and Austrian money. An invalid tag, Stripe's `auto` and a language without a
 * catalog count as unknown, so that one message never mixes the sentences of one language with the dates of another.
 */
export function chooseLocale(requested: string | null, defaultLocale: string): ChosenLocale {
  return localeOf(requested) ?? localeOf(defaultLocale) ?? { tag: 'en', catalog: CATALOGS.en };
}

/** `Intl.Locale` takes about 5 µs. Customers of one shop write few different tags. */
const MAX_LOCALES = 256;
const locales = new BoundedCache<ChosenLocale | null>(MAX_LOCALES);

/** Characters. A tag needs no more (RFC 5646, section 4.4.1). `Intl` needs more than linear time for longer ones. */
const MAX_TAG_LENGTH = 35;

function localeOf(text: string | null): ChosenLocale | null {
  const tag = (text ?? '').trim();
  return tag.length > MAX_TAG_LENGTH ? null : locales.get(tag, () => readLocale(tag));
}

function readLocale(tag: string): ChosenLocale | null {
  const locale = parseLocale(tag);
  if (locale === null || !isLanguage(locale.language)) return null;
  const { language, script, region } = locale;
  // Other parts of the tag are dropped: an extension could select another calendar or other digits, and a variant is
  // free text.
  return {
    tag: new Intl.Locale(language, { script, region }).toString(),
    catalog: CATALOGS[locale.language],
  };
}

function parseLocale(tag: string): Intl.Locale | null {
  try {
    return new Intl.Locale(tag.replaceAll('_', '-'));
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

const isLanguage = (language: string): language is Language => Object.hasOwn(CATALOGS, language);
