import { exponentOf } from '../../feature.js';
import { csvLine } from './csv.js';
import type { LedgerEntryView } from './ledger.view.js';

type Cell = (entry: LedgerEntryView) => string | null;

/** The columns of the file. `amount` is in minor units, `amountDecimal` in the digits of the currency. */
const COLUMNS: Readonly<Record<string, Cell>> = {
  id: ({ id }) => id,
  transaction: ({ transaction }) => transaction,
  ledgerAccount: ({ ledgerAccount }) => ledgerAccount,
  direction: ({ direction }) => direction,
  amount: ({ amount }) => amount,
  amountDecimal: ({ amount, currency }) => toDecimal(amount, exponentOf(currency) ?? 0),
  currency: ({ currency }) => currency,
  mode: ({ mode }) => mode,
  merchant: ({ merchant }) => merchant,
  paymentId: ({ paymentId }) => paymentId,
  orderId: ({ orderId }) => orderId,
  cause: ({ cause }) => cause,
  causeId: ({ causeId }) => causeId,
  occurredAt: ({ occurredAt }) => occurredAt,
  bookedAt: ({ bookedAt }) => bookedAt,
  corrects: ({ corrects }) => corrects,
};
const CELLS = Object.values(COLUMNS);

export const CSV_HEADER = csvLine(Object.keys(COLUMNS));

export const toCsv = (entries: readonly LedgerEntryView[]): string =>
  entries.map((entry) => csvLine(CELLS.map((cell) => cell(entry)))).join('');

/** Minor units with the decimal point of their currency, as text: a number would lose digits. */
export function toDecimal(minorUnits: string, exponent: number): string {
  if (exponent === 0) return minorUnits;
  const digits = minorUnits.padStart(exponent + 1, '0');
  return `${digits.slice(0, -exponent)}.${digits.slice(-exponent)}`;
}
