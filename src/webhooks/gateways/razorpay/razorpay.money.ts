import {
  InvalidAmountError,
  integerToMinorUnits,
  type MinorUnits,
  type ReportedFee,
} from '../../../payments/index.js';
import { type ValidationIssue } from '../gateway.js';
import { fieldOf, readCurrency } from '../fields/wire-fields.js';

/** Razorpay counts digits as ISO 4217 does. */

/** An amount as it stands; null where it cannot be read. What a DTO has checked always can. */
export function minorUnits(value: unknown): MinorUnits | null {
  try {
    return integerToMinorUnits(value);
  } catch (error) {
    if (error instanceof InvalidAmountError) return null;
    throw error;
  }
}

/**
 * The currency of an entity; null where it names none, and a fault where it names one that is not known. `path` is the
 * place of the entity in its body; empty for the body itself.
 */
export function currencyOf(entity: unknown, path: string, faults: ValidationIssue[]): string | null {
  const told = fieldOf(entity, 'currency');
  const place = path === '' ? 'currency' : `${path}.currency`;
  return typeof told === 'string' && told !== '' ? readCurrency(told, place, faults) : null;
}

/**
 * Razorpay's share of a payment, tax included. Of a payment in another currency than the merchant's (`base_currency`)
 * Razorpay does not say in which of the two the fee is: then none is told.
 */
export function feeOf(payment: unknown, currency: string | null): ReportedFee | null {
  const amount = minorUnits(fieldOf(payment, 'fee'));
  const base = fieldOf(payment, 'base_currency');
  const isForeign = typeof base === 'string' && base.toUpperCase() !== currency;
  return amount === null || currency === null || isForeign ? null : { amount, currency };
}

interface Money {
  amount: MinorUnits | null;
  currency: string | null;
}

/**
 * The amount of a dispute in the payment's currency, where Razorpay tells what it comes to: banks dispute in rupees, and
 * a dispute of exactly the payment's `base_amount` is one of all of it. Any other stays in the currency it is told in.
 */
export function disputedMoney(disputed: Money, payment: unknown, currency: string | null): Money {
  if (currency === null || disputed.currency === null || disputed.currency === currency) return disputed;
  const base = fieldOf(payment, 'base_currency') ?? 'INR';
  const isAll = disputed.amount !== null && disputed.amount === minorUnits(fieldOf(payment, 'base_amount'));
  const amount = minorUnits(fieldOf(payment, 'amount'));
  return base === disputed.currency && isAll && amount !== null ? { amount, currency } : disputed;
}
