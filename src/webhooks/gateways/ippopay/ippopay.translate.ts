import { bareReport, type MinorUnits, type PaymentReport, type ReportKind } from '../../../payments/index.js';
import { decimalIssue, minorUnitsOf } from '../fields/decimal-fields.js';
import { parseIsoTime } from '../fields/iso-time.js';
import {
  type ValidationIssue,
  occurredAtIssue,
  type Translation,
  UntranslatableError,
  type VerifiedMessage,
} from '../gateway.js';
import { firstText } from '../fields/wire-fields.js';
import { currencyOf, kindOf } from './ippopay.answer.js';
import {
  type IppopayAnswer,
  type IppopayCustomer,
  type IppopayPhone,
  type IppopayTransaction,
} from './ippopay-answer.dto.js';

const ORDER = 'order.data.order';
const TRANSACTION = 'transaction.data.transaction';

export const typeOfTransaction = (status: string): string => `transaction.${status.toLowerCase()}`;

/**
 * One report: what the transaction came to. `refund_status` is kept in the stored answer and says nothing here:
 * the API tells neither the amount nor the id of a refund. Throws {@link UntranslatableError}.
 */
export function translateIppopay(answer: IppopayAnswer, { mode, receivedAt }: VerifiedMessage): Translation {
  const { order } = answer.order.data;
  const { transaction } = answer.transaction.data;
  const faults: ValidationIssue[] = [];

  const kind = kindOf(transaction);
  if (kind === null) {
    faults.push({ path: `${TRANSACTION}.status`, message: 'must be success, failure or cancelled' });
  }
  const occurredAt = readOccurredAt(transaction, receivedAt, faults);
  const currency = currencyOf(order);
  if (currency === null) {
    faults.push({ path: `${ORDER}.currency`, message: 'must be the code of a known currency' });
  }
  const amount = readAmount(order.amount, currency, `${ORDER}.amount`, faults);
  const paidAt = `${TRANSACTION}.cost.paid`;
  const amountCaptured =
    kind === 'succeeded' ? readAmount(transaction.cost?.paid, currency, paidAt, faults) : null;
  if (kind === null || faults.length > 0) throw new UntranslatableError(faults);

  const report = bareReport({
    gatewayPaymentId: transaction.trans_id,
    kind,
    type: typeOfTransaction(transaction.status),
    occurredAt,
    mode,
    currency,
    amount,
    amountCaptured,
    gatewayOrderId: order.order_id,
    orderId: order.order_id,
    failure: toldFailure(kind, transaction),
    customer: toldCustomer(transaction.customer, order.customer),
  });
  return { kind: 'reports', reports: [report] };
}

function readOccurredAt(transaction: IppopayTransaction, receivedAt: Date, faults: ValidationIssue[]): Date {
  const field = transaction.updatedAt ? 'updatedAt' : 'createdAt';
  const occurredAt = parseIsoTime(transaction[field]) ?? new Date(NaN);
  const message = occurredAtIssue(occurredAt, receivedAt);
  if (message !== null) faults.push({ path: `${TRANSACTION}.${field}`, message });
  return occurredAt;
}

/** Without a known currency, whose fault is noted already, an amount is not guessed at. */
function readAmount(
  value: unknown,
  currency: string | null,
  path: string,
  faults: ValidationIssue[],
): MinorUnits | null {
  const message = decimalIssue(value, currency);
  if (message !== null) faults.push({ path, message });
  return message !== null || currency === null ? null : minorUnitsOf(value, currency);
}

/** `failure_reason` is text of no documented form: a single word is taken for a code, too. */
function toldFailure(kind: ReportKind, transaction: IppopayTransaction): PaymentReport['failure'] {
  if (kind !== 'failed') return null;
  const message = firstText(transaction.failure_reason);
  const code = message !== null && /^[A-Za-z0-9_.-]{1,64}$/.test(message) ? message : null;
  return { code, message, attemptId: transaction.trans_id };
}

/** The payer's, as far as the transaction tells, else as the order was made with. */
function toldCustomer(
  ...tellers: readonly (IppopayCustomer | null | undefined)[]
): PaymentReport['customer'] {
  const email = firstText(...tellers.map((teller) => teller?.email));
  const name = firstText(...tellers.map((teller) => teller?.name));
  const phone = firstText(...tellers.map((teller) => phoneNumber(teller?.phone)));
  return (email ?? name ?? phone) ? { id: null, email, name, phone, locale: null } : null;
}

/** `+` and digits, as far as a country code is told (`91` and `+91` are both seen). */
function phoneNumber(phone: IppopayPhone | null | undefined): string | null {
  const national = firstText(phone?.national_number);
  const country = firstText(phone?.country_code)?.replace(/^\+/, '');
  if (national === null) return null;
  return country ? `+${country}${national}` : national;
}
