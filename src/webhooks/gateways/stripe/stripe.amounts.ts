import {
  InvalidAmountError,
  decimalToMinorUnits,
  type ExponentDeviations,
  exponentOf,
  integerToMinorUnits,
  type MinorUnits,
} from '../../../payments/index.js';

/**
 * Where Stripe counts other digits than ISO 4217: ISK and UGX have none and are sent with two, MGA has two and is
 * sent with none. What leaves this gateway is counted by ISO, so that an amount means the same whoever told it.
 */
export const STRIPE_EXPONENTS: ExponentDeviations = { ISK: 2, UGX: 2, MGA: 0 };

/** Throws AmountFault for no whole number, one too large, or a fraction that the currency does not have. */
export function fromStripeAmount(value: unknown, currency: string): MinorUnits {
  const told = integerToMinorUnits(value);
  const { sent, iso } = exponents(currency);
  if (sent === iso) return told;
  const step = 10 ** Math.max(sent - iso, 0);
  if (Number(told) % step !== 0)
    throw new InvalidAmountError(
      `must be a multiple of ${step}: Stripe sends ${currency} with ${sent} decimals and takes whole ${currency} only`,
    );
  return decimalToMinorUnits(withPoint(told, sent), iso);
}

/** The number that Stripe would send for it. */
export function toStripeAmount(amount: MinorUnits, currency: string): number {
  const { sent, iso } = exponents(currency);
  return Number(sent === iso ? amount : decimalToMinorUnits(withPoint(amount, iso), sent));
}

function exponents(currency: string): { sent: number; iso: number } {
  return { sent: exponentOf(currency, STRIPE_EXPONENTS) ?? 0, iso: exponentOf(currency) ?? 0 };
}

function withPoint(digits: string, exponent: number): string {
  if (exponent === 0) return digits;
  const padded = digits.padStart(exponent + 1, '0');
  return `${padded.slice(0, -exponent)}.${padded.slice(-exponent)}`;
}
