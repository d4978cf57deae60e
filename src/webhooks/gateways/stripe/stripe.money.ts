import { InvalidAmountError, type MinorUnits, type ReportedFee } from '../../../payments/index.js';
import { type ValidationIssue } from '../gateway.js';
import { fieldOf, readCurrency } from '../fields/wire-fields.js';
import { fromStripeAmount, STRIPE_EXPONENTS } from './stripe.amounts.js';

/** Reads the amounts of one object: `of` gives an amount in minor units, or null and a fault at the field's path. */
export interface ObjectMoney {
  currency: string | null;
  of: (field: string, value: number | null | undefined) => MinorUnits | null;
}

/**
 * Without a known currency there is one fault, and no amount. `root` is the place of the object in its body, with a dot
 * behind it.
 */
export function moneyOf(
  sent: string | null | undefined,
  faults: ValidationIssue[],
  root = 'data.object.',
): ObjectMoney {
  const currency = sent == null ? null : readCurrency(sent, `${root}currency`, faults, STRIPE_EXPONENTS);
  const of = (field: string, value: number | null | undefined): MinorUnits | null => {
    if (currency === null || value == null) return null;
    try {
      return fromStripeAmount(value, currency);
    } catch (error) {
      if (!(error instanceof InvalidAmountError)) throw error;
      faults.push({ path: `${root}${field}`, message: error.message });
      return null;
    }
  };
  return { currency, of };
}

/** An amount that no statement depends on: null where it cannot be read, and never a fault. */
export function amountIfReadable(value: unknown, currency: string | null): MinorUnits | null {
  return typeof value === 'number' ? moneyOf(currency, []).of('', value) : null;
}

/**
 * Stripe's fee for a charge. It stands in the balance transaction, which an event holds only where it was told to
 * expand it, and is in the currency of the merchant's balance.
 */
export function feeOf(charge: unknown): ReportedFee | null {
  const transaction = fieldOf(charge, 'balance_transaction');
  const currency = fieldOf(transaction, 'currency');
  const fee = fieldOf(transaction, 'fee');
  if (typeof currency !== 'string' || typeof fee !== 'number') return null;
  const money = moneyOf(currency, []);
  const amount = money.of('', fee);
  return amount === null || money.currency === null ? null : { amount, currency: money.currency };
}
