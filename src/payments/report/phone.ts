/**
 * One rule for telephone numbers, for the filter `?customer=` and for erasure: which spellings are one number.
 *
 * - Punctuation, `+`, `00` and the trunk zero, also as `(0)` after the country code, make no difference.
 * - Two numbers with a country code are one if country code and national number agree.
 * - A number without a country code (`098765 12345`) is every stored number with that national number, whatever its
 *   country code, if the national number has {@link MIN_NATIONAL_DIGITS} digits or more. A shorter one stands in too many
 *   numbers: it is only what is stored without a country code, too.
 */

/** Digits of a national number that may stand without its country code. Norway and Singapore have 8, most have more. */
const MIN_NATIONAL_DIGITS = 8;
/** Digits that, written without `+`, may begin with a country code. With fewer, a national number is likelier. */
const MIN_DIGITS_WITH_COUNTRY = 11;
/** E.164 allows 15 digits; `00` and a trunk zero may stand before them. */
const MAX_DIGITS = 18;
const MIN_DIGITS = 7;

const PHONE_PATTERN = /^(?:tel:)?\+?[\d\s().\/-]+$/i;
const OPTIONAL_TRUNK = /\(\s*0\s*\)/g;
/** ITU-T E.164: country codes of one and of two digits. All others have three. */
const SHORT_COUNTRY = /^(?:[17]|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58])/;

/** One way to read a number. `country` is null where it is not written. */
interface PhoneReading {
  country: string | null;
  national: string;
}

export interface Phone {
  /** As written, without punctuation, `00` and leading zeros. */
  digits: string;
  /** Written with a trunk zero in front, and so without a country code. */
  trunk: boolean;
  readings: readonly PhoneReading[];
}

/** Null for a text that is no telephone number. */
export function parsePhone(text: string): Phone | null {
  const written = text.trim();
  if (written.length > 64 || !PHONE_PATTERN.test(written)) return null;
  const all = written.replace(OPTIONAL_TRUNK, '').replace(/\D/g, '');
  if (all.length < MIN_DIGITS || all.length > MAX_DIGITS) return null;
  const digits = all.replace(/^0+/, '');
  const national = { country: null, national: digits };
  if (/^(?:tel:)?\+/i.test(written) || all.startsWith('00'))
    return { digits, trunk: false, readings: [withCountry(digits)] };
  if (all.startsWith('0')) return { digits, trunk: true, readings: [national] };
  const readings = digits.length < MIN_DIGITS_WITH_COUNTRY ? [national] : [national, withCountry(digits)];
  return { digits, trunk: false, readings };
}

function withCountry(digits: string): PhoneReading {
  const country = SHORT_COUNTRY.exec(digits)?.[0] ?? digits.slice(0, 3);
  return { country, national: digits.slice(country.length).replace(/^0+/, '') };
}

/** Whether both may be one number. Symmetric. */
export function isSamePhone(one: Phone, other: Phone): boolean {
  if (one.digits === other.digits && one.trunk === other.trunk) return true;
  return one.readings.some((a) => other.readings.some((b) => isSameReading(a, b)));
}

function isSameReading(a: PhoneReading, b: PhoneReading): boolean {
  if (a.national !== b.national) return false;
  if (a.country === b.country) return true;
  return (a.country === null || b.country === null) && a.national.length >= MIN_NATIONAL_DIGITS;
}

/** The country code that the number is written with; null where there is none, or none can be told for certain. */
export const certainCountryOf = ({ readings }: Phone): string | null =>
  readings.length === 1 ? (readings[0]?.country ?? null) : null;

/** What all spellings of a number that {@link isSamePhone} finds have in common, and few other numbers: for an index. */
export const phoneTail = ({ digits }: Phone): string => digits.slice(-MIN_NATIONAL_DIGITS);

/** {@link phoneTail} of a column, in SQL. Immutable, so that an index can hold it; empty for text without digits. */
export const phoneTailSql = (column: string): string =>
  `right(ltrim(regexp_replace(replace(${column}, '(0)', ''), '[^0-9]', '', 'g'), '0'), ${MIN_NATIONAL_DIGITS})`;

/** Between two digits of one number. */
const SEPARATORS = String.raw`[\s().\/-]{0,3}`;
/** Not in the middle of a word or a number, and not behind another country code. */
const BEFORE = String.raw`(?<![\p{L}\d_.])(?<!(?:\+|00)\d{1,3}[\s().\/-]{1,3})`;
const AFTER = String.raw`(?![\p{L}\d_]|[.-]\d)`;

/**
 * Pattern that finds the number in a longer text, in every spelling of {@link isSamePhone}, and with nothing of another
 * number around it. At most three signs stand between two digits, so its cost is linear in the text.
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
