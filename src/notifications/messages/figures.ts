import type { MinorUnits } from '../../payments/index.js';
import { BoundedCache } from './bounded-cache.js';

/** A formatter takes longer to make (20 to 100 µs) than to use. 256 is every language of the catalogs in 50 currencies. */
const MAX_FORMATTERS = 256;
const moneyFormats = new BoundedCache<Intl.NumberFormat>(MAX_FORMATTERS);
const momentFormats = new BoundedCache<readonly [day: Intl.DateTimeFormat, time: Intl.DateTimeFormat]>(
  MAX_FORMATTERS,
);

/**
 * An amount as it is written in the locale. It is exact at any size, because the digits never become a floating-point
 * number. Null when the amount, the currency or its exponent is unknown, or when the currency is not a three-letter
 * code.
 */
export function formatMoney(
  amount: MinorUnits | null,
  currency: string | null,
  exponent: number | null,
  locale: string,
): string | null {
  if (amount === null || currency === null || exponent === null) return null;
  if (!/^\d+$/.test(amount) || !/^[A-Z]{3}$/i.test(currency)) return null;
  const options = {
    style: 'currency',
    currency,
    minimumFractionDigits: exponent,
    maximumFractionDigits: exponent,
  } as const;
  const format = moneyFormats.get(
    `${locale} ${currency} ${exponent}`,
    () => new Intl.NumberFormat(locale, options),
  );
  return format.format(toMajorUnits(amount, exponent) as Intl.StringNumericLiteral);
}

/** "12345" with the exponent 2 is "123.45". */
function toMajorUnits(amount: MinorUnits, exponent: number): string {
  if (exponent === 0) return amount;
  const digits = amount.padStart(exponent + 1, '0');
  return `${digits.slice(0, -exponent)}.${digits.slice(-exponent)}`;
}

/**
 * A moment as it is written in the locale, to the minute. The customer's time zone is unknown, so the text is in UTC
 * and says so. The 24-hour clock is short and readable in every language of the catalogs.
 */
export function formatMoment(moment: Date, locale: string): string | null {
  if (Number.isNaN(moment.getTime())) return null;
  const [day, time] = momentFormats.get(locale, () => [
    new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeZone: 'UTC' }),
    new Intl.DateTimeFormat(locale, TIME_OF_DAY),
  ]);
  return `${day.format(moment)}, ${time.format(moment)}`;
}

const TIME_OF_DAY = {
  hour: '2-digit',
  minute: '2-digit',
  hourCycle: 'h23',
  timeZone: 'UTC',
  timeZoneName: 'short',
} as const;
