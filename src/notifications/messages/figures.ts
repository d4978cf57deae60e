import type { MinorUnits } from '../../payments/index.js';

/**
 * An amount as people of the locale write it, exact at any size: the digits never pass through a double. Null when
 * the amount, the currency or its digits are not known, or the currency is not a three-letter code.
 */
export function formatMoney(
  amount: MinorUnits | null,
  currency: string | null,
  exponent: number | null,
  locale: string,
): string | null {
  if (amount === null || currency === null || exponent === null) return null;
  if (!/^\d+$/.test(amount) || !/^[A-Z]{3}$/i.test(currency)) return null;
  const format = new Intl.NumberFormat(locale, {
    style: 'currency',
    currency,
    minimumFractionDigits: exponent,
    maximumFractionDigits: exponent,
  });
  return format.format(toMajorUnits(amount, exponent) as Intl.StringNumericLiteral);
}

/** "12345" with two digits is "123.45". */
function toMajorUnits(amount: MinorUnits, exponent: number): string {
  if (exponent === 0) return amount;
  const digits = amount.padStart(exponent + 1, '0');
  return `${digits.slice(0, -exponent)}.${digits.slice(-exponent)}`;
}

/**
 * A moment as people of the locale write it, to the minute. We do not know where the customer is, so it is UTC, and
 * says so. The 24-hour clock is readable in every language we have, and short.
 */
export function formatMoment(moment: Date, locale: string): string | null {
  if (Number.isNaN(moment.getTime())) return null;
  const day = new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeZone: 'UTC' }).format(moment);
  const time = new Intl.DateTimeFormat(locale, {
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    timeZone: 'UTC',
    timeZoneName: 'short',
  }).format(moment);
  return `${day}, ${time}`;
}
