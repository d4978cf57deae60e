import currencyCodes from 'currency-codes';
import type { MinorUnits } from './payment-report.js';

/** A larger amount is refused as a mistake. Sums of thousands of such amounts stay below 2^63. */
export const MAX_MINOR_UNITS = 10n ** 15n;

/** The decimal digits that a gateway uses where they differ from ISO 4217, by upper-case currency. */
export type ExponentDeviations = Readonly<Record<string, number>>;

/** The ISO 4217 codes for "no currency" and "for testing". */
const NON_MONEY_CODES = ['XXX', 'XTS'];
/** Missing in the list of the package `currency-codes` of 2024-06-25: XCG replaced ANG on 2025-03-31. */
const ADDED_CURRENCIES = { XCG: 2 };
/**
 * Codes that ISO 4217 has withdrawn or will withdraw, with their digits. Stored payments, refunds and disputes still name
 * them, so an update of the package must not remove one.
 */
const RETIRED_CURRENCIES = {
  ...{ ANG: 2, BGN: 2, BYR: 0, CUC: 2, HRK: 2, LTL: 2, LVL: 2 },
  ...{ MRO: 2, SLL: 2, STD: 2, VEF: 2, ZMK: 2, ZWL: 2 },
};
/** A map, because the package searches its list linearly for each lookup. */
const DIGITS_BY_CURRENCY = new Map([
  ...Object.entries(RETIRED_CURRENCIES),
  ...Object.entries(ADDED_CURRENCIES),
  ...currencyCodes.data.map(({ code, digits }) => [code, digits] as const),
]);

/** The decimal digits of an upper-case currency by ISO 4217, also of a retired one. Null where it is no currency. */
export function exponentOf(currency: string, deviations: ExponentDeviations = {}): number | null {
  if (!/^[A-Z]{3}$/.test(currency) || NON_MONEY_CODES.includes(currency)) return null;
  return deviations[currency] ?? DIGITS_BY_CURRENCY.get(currency) ?? null;
}

/** An amount is invalid. The message may be shown: it says what is wrong and never contains the amount. */
export class InvalidAmountError extends Error {}

const PLAIN_DECIMAL = /^(\d{1,40})(?:\.(\d{1,40}))?$/;

/**
 * Converts a decimal amount in major units, as a gateway sends it, to minor units.
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

/** Converts minor units, as a gateway sends them, to text. Throws {@link InvalidAmountError} unless whole and >= 0. */
export function integerToMinorUnits(value: unknown): MinorUnits {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) {
    throw new InvalidAmountError('must be a whole number of minor units, zero or more');
  }
  return toBoundedMinorUnits(BigInt(value));
}

/** A double with more than 15 significant digits does not identify one decimal number, so it is refused. */
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
