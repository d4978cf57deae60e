import { exponentOf } from '../../../payments/report/index.js';

/** Minor units as a decimal: a number, or a string where a number would not be exact. */
export function toDecimal(minor: string, currency: string): number | string {
  const exponent = exponentOf(currency) ?? 2;
  const digits = minor.padStart(exponent + 1, '0');
  const decimal = exponent === 0 ? digits : `${digits.slice(0, -exponent)}.${digits.slice(-exponent)}`;
  return minor.length > 15 ? decimal : Number(decimal);
}
