import { type PaymentReport, type ReportedRefund } from '../../../payments/index.js';
import { type ValidationIssue, isValidId } from '../gateway.js';
import { fieldOf } from '../fields/wire-fields.js';
import { chargeKind, refundMeaning } from './stripe.kinds.js';
import { amountIfReadable, feeOf, moneyOf } from './stripe.money.js';
import { customerOfCharge, failureOfCharge, orderIdOf } from './stripe.people.js';
import { type Statement } from './stripe.statement.js';
import { paidBackOf } from './stripe.versions.js';
import { type Charge, idOf, RefundedCharge } from './stripe-event.dto.js';

/**
 * What a charge's event says: of the PaymentIntent it belongs to, or of itself where there is none (the Charges API).
 * `captured` is absent in the oldest events, which knew charges that were captured at once only.
 */
export function readCharge(
  charge: Charge,
  type: string,
  apiVersion: unknown,
  faults: ValidationIssue[],
): Statement {
  const intent = idOf(charge.payment_intent);
  const captured = charge.captured ?? true;
  const kind = chargeKind(type, { ofIntent: intent !== null, captured });
  const money = moneyOf(charge.currency, faults);
  return {
    gatewayPaymentId: intent ?? charge.id,
    kind,
    currency: money.currency,
    amount: money.of('amount', charge.amount),
    orderId: orderIdOf(charge),
    failure: kind === 'failed' ? failureOfCharge(charge) : null,
    customer: customerOfCharge(charge),
    fee: feeOf(charge),
    ...(kind === 'succeeded' && {
      amountCaptured: money.of('amount_captured', charge.amount_captured ?? charge.amount),
    }),
    ...(charge instanceof RefundedCharge &&
      (captured ? paidBack(charge, money, apiVersion) : released(intent === null))),
  };
}

/** An authorisation that was let go. Of a bare charge nothing else tells that it was never captured. */
const released = (isBare: boolean): Partial<PaymentReport> => (isBare ? { amountCaptured: '0' } : {});

/** The running total, and the refunds by id where they are listed. */
export function paidBack(
  charge: Charge & { amount_refunded?: number | null },
  money: ReturnType<typeof moneyOf>,
  apiVersion: unknown,
): Pick<PaymentReport, 'amountCaptured' | 'refundedTotal' | 'refunds'> {
  const { amount_refunded: told } = charge;
  // Read as told first, so that a total which cannot be read is a fault at its own path.
  const total = money.of('amount_refunded', told);
  const paid = total === null || told == null ? null : paidBackOf(charge, told, apiVersion);
  return {
    amountCaptured: money.of('amount_captured', charge.amount_captured),
    refundedTotal: money.of('amount_refunded', paid),
    refunds: listedRefunds(charge.refunds, money.currency),
  };
}

/** Stripe lists ten refunds of a charge, and at most this many where a request asked for more. */
const MAX_LISTED = 100;

/**
 * The list is an object with `data`, and was a plain array before 2014-06-17. Entries beyond the bound, and those that
 * cannot be read, are left out: the total counts them, and their own events tell them.
 */
function listedRefunds(list: unknown, currency: string | null): ReportedRefund[] {
  const data = Array.isArray(list) ? (list as unknown[]) : fieldOf(list, 'data');
  if (!Array.isArray(data)) return [];
  return data.slice(0, MAX_LISTED).flatMap((refund: unknown): ReportedRefund[] => {
    const id = fieldOf(refund, 'id');
    const status = fieldOf(refund, 'status');
    const meaning = status == null || typeof status === 'string' ? refundMeaning(status) : undefined;
    const amount = amountIfReadable(fieldOf(refund, 'amount'), currency);
    if (!isValidId(id) || !meaning || amount === null) return [];
    const createdAt = secondsToDate(fieldOf(refund, 'created'));
    return [{ id, amount, status: meaning.status, createdAt, mayBeRelease: true }];
  });
}

const LATEST_SECOND = 253_402_300_799;

export function secondsToDate(seconds: unknown): Date | null {
  const isTime = typeof seconds === 'number' && seconds >= 0 && seconds <= LATEST_SECOND;
  return isTime ? new Date(seconds * 1000) : null;
}
