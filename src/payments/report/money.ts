import currencyCodes from 'currency-codes';
import type { MinorUnits } from './payment-report.js';

/** Amounts beyond 10^15 minor units are taken for a mistake: every safe sum stays far below 2^63. */
export const MAX_MINOR_UNITS = 10n ** 15n;

/** Digits after the point a gateway uses where it departs from ISO 4217, by upper-case currency. */
export type ExponentDeviations = Readonly<Record<string, number>>;

/** ISO 4217 codes that stand for no money: "no currency" and "for testing". */
const NON_MONEY_CODES = ['XXX', 'XTS'];
/** Newer than the package's list of 2024-06-25: XCG takes the place of ANG since 2025-03-31. */
const ADDED_CURRENCIES = { XCG: 2 };
/**
 * Codes that ISO 4217 has withdrawn or will, and that payments, refunds and disputes of their time still name. Kept here
 * with the digits they had, so that no update of the package takes one away.
 */
const RETIRED_CURRENCIES = {
  ...{ ANG: 2, BGN: 2, BYR: 0, CUC: 2, HRK: 2, LTL: 2, LVL: 2 },
  ...{ MRO: 2, SLL: 2, STD: 2, VEF: 2, ZMK: 2, ZWL: 2 },
};
/** The package looks through its list for each question. */
const DIGITS_BY_CURRENCY = new Map([
  ...Object.entries(RETIRED_CURRENCIES),
  ...Object.entries(ADDED_CURRENCIES),
  ...currencyCodes.data.map(({ code, digits }) => [code, digits] as const),
]);

/** How many digits a currency (upper-case) has after the point by ISO 4217, now or in its time; null for no currency. */
export function exponentOf(currency: string, deviations: ExponentDeviations = {}): number | null {
  if (!/^[A-Z]{3}$/.test(currency) || NON_MONEY_CODES.includes(currency)) return null;
  return deviations[currency] ?? DIGITS_BY_CURRENCY.get(currency) ?? null;
}

/** What is wrong with an amount, in words that may be shown; never holds the amount itself. */
export class InvalidAmountError extends Error {}

const PLAIN_DECIMAL = /^(\d{1,40})(?:\.(\d{1,40}))?$/;

/**
 * A decimal amount in major units, as it stands on the wire, in minor units.
 *
 * A number is taken in its shortest form (what the sender's own JSON writer printed); a string must be a plain
 * decimal: no sign, exponent, spaces or separators. Throws {@link InvalidAmountError} for anything else, for more digits
 * than the currency has (trailing zeros apart) and for more than {@link MAX_MINOR_UNITS}.
 */
export function decimalToMinorUnits(value: unknown, exponent: number): MinorUnits {
  const text = typeof value === 'number' ? numberToPlainDecimal(value) : value;
  if (typeof text !== 'string') throw new InvalidAmountError('must be a number or a decimal string');
  const match = PLAIN_DECIMAL.exec(text);
  if (!match) throw new InvalidAmountError('must be a plain decimal of zero or more');
  const [, whole = '', decimals = ''] = match;
  const significant = decimals.replace(/0+$/, '');
  if (significant.length > exponent) {
    throw new InvalidAmountError(`has more than the ${exponent} decimal digits of its currency`);
  }
  return toBoundedMinorUnits(BigInt(whole + significant.padEnd(exponent, '0')));
}

/** Minor units as gateways send them: a whole JSON number of zero or more. Throws {@link InvalidAmountError} otherwise. */
export function integerToMinorUnits(value: unknown): MinorUnits {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) {
    throw new InvalidAmountError('must be a whole number of minor units, zero or more');
  }
  return toBoundedMinorUnits(BigInt(value));
}

/** Beyond 15 significant digits a double no longer says which decimal was meant, so it is refused, not guessed. */
function numberToPlainDecimal(value: number): string {
  if (!Number.isFinite(value) || value < 0) throw new InvalidAmountError('must be a number of zero or more');
  const shortest = String(value);
  if (shortest.includes('e')) throw new InvalidAmountError('is out of range');
  if (shortest.replace('.', '').replace(/^0+/, '').replace(/0+$/, '').length > 15) {
    throw new InvalidAmountError('has more than 15 significant digits');
  }
  return shortest;
}

function toBoundedMinorUnits(amount: bigint): MinorUnits {
  if (amount > MAX_MINOR_UNITS) throw new InvalidAmountError('is more than 10^15 minor units');
  return amount.toString();
}
