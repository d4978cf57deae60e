import { ValidateBy } from 'class-validator';
import {
  InvalidAmountError,
  decimalToMinorUnits,
  exponentOf,
  type MinorUnits,
} from '../../../payments/report/index.js';
import { fieldOf } from './wire-fields.js';

/** Amounts that stand in a body as decimals of a currency named beside them. */

/** The code in upper case if it names a currency with a known number of digits, in whatever case; else null. */
export function currencyCode(value: unknown): string | null {
  if (typeof value !== 'string' || !/^[A-Za-z]{3}$/.test(value)) return null;
  const code = value.toUpperCase();
  return exponentOf(code) === null ? null : code;
}

export const IsCurrency = (): PropertyDecorator =>
  ValidateBy({
    name: 'isCurrency',
    validator: {
      validate: (value: unknown) => currencyCode(value) !== null,
      defaultMessage: () => 'must be the code of a known currency (ISO 4217)',
    },
  });

/** A decimal amount of the currency that stands in the field `currency` beside it. */
export const IsDecimalAmount = (): PropertyDecorator =>
  ValidateBy({
    name: 'isDecimalAmount',
    validator: {
      validate: (value: unknown, args) => decimalIssue(value, fieldOf(args?.object, 'currency')) === null,
      defaultMessage: (args) => decimalIssue(args?.value, fieldOf(args?.object, 'currency')) ?? '',
    },
  });

/** The amount in minor units of a currency that {@link currencyCode} knows. Throws {@link InvalidAmountError}. */
export function minorUnitsOf(value: unknown, currency: string): MinorUnits {
  const exponent = exponentOf(currency);
  if (exponent === null) throw new InvalidAmountError('has no known currency');
  return decimalToMinorUnits(value, exponent);
}

/** Every number of digits that ISO 4217 gives a currency. */
const EXPONENTS = [0, 2, 3, 4];

/** Without a known currency, only what would be wrong in any of them: the currency's own fault says the rest. */
export function decimalIssue(value: unknown, currency: unknown): string | null {
  const code = currencyCode(currency);
  const exponent = code === null ? null : exponentOf(code);
  const faults = (exponent === null ? EXPONENTS : [exponent]).map((digits) => faultAt(value, digits));
  return faults.every((fault) => fault !== null) ? (faults.at(0) ?? null) : null;
}

function faultAt(value: unknown, exponent: number): string | null {
  try {
    decimalToMinorUnits(value, exponent);
    return null;
  } catch (error) {
    if (error instanceof InvalidAmountError) return error.message;
    throw error;
  }
}
