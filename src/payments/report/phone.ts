/*
 * The rule that decides which spellings are the same telephone number. The filter `?customer=` and the erasure use it.
 *
 * - Punctuation, `+`, `00` and the trunk zero are ignored. The trunk zero may also be `(0)` after the country code.
 * - Two numbers with a country code are the same if the country code and the national number are equal.
 * - A number without a country code (`098765 12345`) is the same as every number with that national number, in any
 *   country, if the national number has at least 8 digits. A shorter national number is part of too many numbers, so it
 *   is the same only as a number that has no country code either.
 */

/** The fewest digits of a national number that may lack its country code. Norway and Singapore have 8, most have more. */
const MIN_NATIONAL_DIGITS = 8;
/** The fewest digits of a number without `+` that may begin with a country code. With fewer, none is likely. */
const MIN_DIGITS_WITH_COUNTRY = 11;
/** E.164 allows 15 digits, and `00` and a trunk zero may precede them. */
const MAX_DIGITS = 18;
const MIN_DIGITS = 7;

const PHONE_PATTERN = /^(?:tel:)?\+?[\d\s().\/-]+$/i;
const OPTIONAL_TRUNK = /\(\s*0\s*\)/g;
/** The country codes of one and of two digits in ITU-T E.164. All others have three. */
const SHORT_COUNTRY = /^(?:[17]|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58])/;

/** One way to read a number. `country` is null where the spelling has no country code. */
interface PhoneReading {
  country: string | null;
  national: string;
}

/** A parsed telephone number. */
export interface Phone {
  /** The digits without punctuation, `00` and leading zeros. */
  digits: string;
  /** The number begins with a trunk zero, so it has no country code. */
  trunk: boolean;
  readings: readonly PhoneReading[];
}

/** Parses a text. Null where the text is no telephone number. */
export function parsePhone(text: string): Phone | null {
  const written = text.trim();
  if (written.length > 64 || !PHONE_PATTERN.test(written)) return null;
  const withZeros = written.replace(OPTIONAL_TRUNK, '').replace(/\D/g, '');
  if (withZeros.length < MIN_DIGITS || withZeros.length > MAX_DIGITS) return null;
  const digits = withZeros.replace(/^0+/, '');
  const national = { country: null, national: digits };
  if (/^(?:tel:)?\+/i.test(written) || withZeros.startsWith('00'))
    return { digits, trunk: false, readings: [withCountry(digits)] };
  if (withZeros.startsWith('0')) return { digits, trunk: true, readings: [national] };
  const readings = digits.length < MIN_DIGITS_WITH_COUNTRY ? [national] : [national, withCountry(digits)];
  return { digits, trunk: false, readings };
}

function withCountry(digits: string): PhoneReading {
  const country = SHORT_COUNTRY.exec(digits)?.[0] ?? digits.slice(0, 3);
  return { country, national: digits.slice(country.length).replace(/^0+/, '') };
}

/** Whether two spellings may be the same number. Symmetric, and not transitive. */
export function isSamePhone(one: Phone, other: Phone): boolean {
  if (one.digits === other.digits && one.trunk === other.trunk) return true;
  return one.readings.some((a) => other.readings.some((b) => isSameReading(a, b)));
}

function isSameReading(a: PhoneReading, b: PhoneReading): boolean {
  if (a.national !== b.national) return false;
  if (a.country === b.country) return true;
  return (a.country === null || b.country === null) && a.national.length >= MIN_NATIONAL_DIGITS;
}

/** The country code of the spelling; null where there is none, or where it is not certain that there is one. */
export const certainCountryOf = ({ readings }: Phone): string | null =>
  readings.length === 1 ? (readings[0]?.country ?? null) : null;

/** The last 8 digits, for an index. All spellings of one number have the same tail, and few other numbers have it. */
export const phoneTail = ({ digits }: Phone): string => digits.slice(-MIN_NATIONAL_DIGITS);

/** {@link phoneTail} of a column, in SQL. The expression is immutable, as an index needs it. Empty without digits. */
export const phoneTailSql = (column: string): string =>
  `right(ltrim(regexp_replace(replace(${column}, '(0)', ''), '[^0-9]', '', 'g'), '0'), ${MIN_NATIONAL_DIGITS})`;

/** The characters between two digits of one number. */
const SEPARATORS = String.raw`[\s().\/-]{0,3}`;
/** The number does not begin inside a word or a number, and not after another country code. */
const BEFORE = String.raw`(?<![\p{L}\d_.])(?<!(?:\+|00)\d{1,3}[\s().\/-]{1,3})`;
const AFTER = String.raw`(?![\p{L}\d_]|[.-]\d)`;

/**
 * A pattern that finds the number in a longer text, in every spelling that {@link isSamePhone} accepts. It does not match
 * a part of a longer number. At most three characters may be between two digits, so it takes linear time.
 */
export function phonePattern({ readings }: Phone): RegExp {
  return new RegExp(`${BEFORE}(?:${readings.map(readingPattern).join('|')})${AFTER}`, 'u');
}

function readingPattern({ country, national }: PhoneReading): string {
  const spelled = (digits: string): string => [...digits].join(SEPARATORS);
  if (country === null && national.length < MIN_NATIONAL_DIGITS)
    return `(?<!\\d${SEPARATORS})0?${spelled(national)}`;
  const countries = country === null ? String.raw`[1-9]\d{0,2}` : spelled(country);
  const trunk = String.raw`(?:\(?0\)?${SEPARATORS})?`;
  return `(?:(?:\\+|00)?${SEPARATORS}${countries}${SEPARATORS})?${trunk}${spelled(national)}`;
}
