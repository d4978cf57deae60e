import {
  bareReport,
  type MinorUnits,
  type PaymentReport,
  type ReportedCapture,
  type ReportedFailure,
  type ReportKind,
} from '../../../payments/index.js';
import {
  type ValidationIssue,
  occurredAtIssue,
  type Translation,
  UntranslatableError,
  type VerifiedMessage,
} from '../gateway.js';
import { firstText } from '../fields/wire-fields.js';
import { currencyCode, minorUnitsOf } from '../fields/decimal-fields.js';
import { parseIsoTime } from '../fields/iso-time.js';
import { type StandardCustomer, type StandardEvent, type StandardPayment } from './standard-event.dto.js';
import { readCaptures } from './standard.captures.js';
import { EVENTS, KIND_OF_STATUS, type StandardEventName, type StandardStatus } from './standard.kinds.js';

/** One event tells one report. All but the clock was checked by the DTO. Throws {@link UntranslatableError}. */
export function translateStandard(
  name: StandardEventName,
  { data, timestamp }: StandardEvent,
  { mode, receivedAt }: VerifiedMessage,
): Translation {
  const faults: ValidationIssue[] = [];
  const occurredAt = parseIsoTime(timestamp) ?? new Date(NaN);
  const tooFarOff = occurredAtIssue(occurredAt, receivedAt);
  if (tooFarOff !== null) faults.push({ path: 'timestamp', message: tooFarOff });

  const status = data.status ?? EVENTS[name].implied;
  if (status === null) faults.push({ path: 'data.status', message: 'is missing' });
  const captures = readCaptures(data.captures, currencyCode(data.currency) ?? '', 'data.captures', faults);
  if (status === null || faults.length > 0) throw new UntranslatableError(faults);
  const report = bareReport({
    gatewayPaymentId: data.paymentId,
    kind: kindOf(status, captures),
    type: name,
    occurredAt,
    mode,
    orderId: data.orderId,
    customer: data.customer ? toldCustomer(data.customer) : null,
    ...toldAmounts(data, status, captures),
  });
  return { kind: 'reports', reports: [report] };
}

/** A payment that fails in its captures may have succeeded before: that is another word than a failed attempt. */
function kindOf(status: StandardStatus, captures: readonly ReportedCapture[]): ReportKind {
  const kind = KIND_OF_STATUS[status];
  const cameToNothing = captures.some(
    (capture) => capture.status === 'failed' || capture.status === 'reversed',
  );
  return kind === 'failed' && cameToNothing ? 'capture_failed' : kind;
}

function toldAmounts(
  data: StandardPayment,
  status: StandardStatus,
  captures: readonly ReportedCapture[],
): Partial<PaymentReport> {
  const currency = currencyCode(data.currency) ?? '';
  const units = (value: unknown) => (value == null ? null : minorUnitsOf(value, currency));
  const amount = units(data.amount);
  const captured = units(data.amountCaptured);
  const kind = KIND_OF_STATUS[status];
  return {
    currency,
    amount,
    amountCaptured: kind === 'succeeded' && captures.length === 0 ? (captured ?? amount) : captured,
    captures,
    refundedTotal:
      kind === 'refund_succeeded'
        ? (units(data.refundedAmount) ?? captured ?? capturedIn(captures) ?? amount)
        : null,
    reversedTotal: units(data.reversedAmount),
    failure: kind === 'failed' || kind === 'reversed' ? toldFailure(data) : null,
    // The format names no dispute of its own: a payment has one.
    dispute:
      kind === 'dispute_opened'
        ? { id: data.paymentId, amount, currency: null, status: 'open', reason: null }
        : null,
  };
}

function capturedIn(captures: readonly ReportedCapture[]): MinorUnits | null {
  const succeeded = captures.filter(({ status }) => status === 'succeeded');
  if (succeeded.length === 0) return null;
  return succeeded.reduce((sum, { amount }) => sum + BigInt(amount ?? 0), 0n).toString();
}

function toldFailure({ failure, attemptId }: StandardPayment): ReportedFailure | null {
  if (!failure && !attemptId) return null;
  return {
    code: firstText(failure?.code),
    message: firstText(failure?.message),
    attemptId: attemptId ?? null,
  };
}

function toldCustomer({ id, email, phone, name, locale }: StandardCustomer): PaymentReport['customer'] {
  return {
    id: firstText(id),
    email: firstText(email),
    phone: firstText(phone),
    name: firstText(name),
    locale: firstText(locale),
  };
}
