import { fieldOf } from '../fields/wire-fields.js';
import { decimalIssue, minorUnitsOf, currencyCode } from '../fields/decimal-fields.js';
import { type ReportKind } from '../../../payments/index.js';

/** How the two answers of the API are read, wherever they are: as they arrive, and once they are stored. */

/** The documented default of an order that names no currency. */
const DEFAULT_CURRENCY = 'INR';

export const orderOf = (orderAnswer: unknown): unknown => fieldOf(fieldOf(orderAnswer, 'data'), 'order');

/** The order's transaction; null where there is none yet (absent, null or empty). */
export function transactionOf(transactionAnswer: unknown): unknown {
  const transaction = fieldOf(fieldOf(transactionAnswer, 'data'), 'transaction');
  const isEmpty =
    typeof transaction === 'object' && transaction !== null && Object.keys(transaction).length === 0;
  return transaction === undefined || transaction === '' || isEmpty ? null : transaction;
}

/** The upper-case code of the order's currency; null where it names one that is not known. */
export function currencyOf(order: unknown): string | null {
  const told = fieldOf(order, 'currency');
  return told === undefined || told === null || told === '' ? DEFAULT_CURRENCY : currencyCode(told);
}

/**
 * The statuses a transaction is documented to have, in lower case: `success` and `failure` in the API and the
 * browser's handler; the mobile kits write SUCCESS, FAILURE and CANCELLED. Their other spellings are taken too.
 */
const KIND_OF_STATUS: ReadonlyMap<string, ReportKind> = new Map([
  ['success', 'succeeded'],
  ['failure', 'failed'],
  ['failed', 'failed'],
  ['cancelled', 'canceled'],
  ['canceled', 'canceled'],
]);

export function kindOf(transaction: unknown): ReportKind | null {
  const status = fieldOf(transaction, 'status');
  return (typeof status === 'string' && KIND_OF_STATUS.get(status.toLowerCase())) || null;
}

/** Was exactly the order's amount paid? Amounts that cannot be read, or of no known currency, agree with nothing. */
export function paidInFull(order: unknown, transaction: unknown): boolean {
  const currency = currencyOf(order);
  const amount = fieldOf(order, 'amount');
  const paid = fieldOf(fieldOf(transaction, 'cost'), 'paid');
  if (currency === null || decimalIssue(amount, currency) !== null) return false;
  return (
    decimalIssue(paid, currency) === null && minorUnitsOf(amount, currency) === minorUnitsOf(paid, currency)
  );
}
