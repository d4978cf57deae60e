import { bareReport, type PaymentReport, type ReportedFailure } from '../../../payments/index.js';
import { occurredAtFault, type Translation, UntranslatableError, type VerifiedMessage } from '../gateway.js';
import { firstText } from '../wire-fields.js';
import { currencyCode, minorUnitsOf } from '../decimal-fields.js';
import { parseIsoTime } from '../iso-time.js';
import { type StandardCustomer, type StandardEvent, type StandardPayment } from './standard-event.dto.js';
import { EVENTS, KIND_OF_STATUS, type StandardEventName, type StandardStatus } from './standard.kinds.js';

/** One event tells one report. All but the clock was checked by the DTO. Throws {@link UntranslatableError}. */
export function translateStandard(
  name: StandardEventName,
  { data, timestamp }: StandardEvent,
  { mode, receivedAt }: VerifiedMessage,
): Translation {
  const occurredAt = parseIsoTime(timestamp) ?? new Date(NaN);
  const tooFarOff = occurredAtFault(occurredAt, receivedAt);
  if (tooFarOff !== null) throw new UntranslatableError([{ path: 'timestamp', message: tooFarOff }]);

  const status = data.status ?? EVENTS[name].implied;
  if (status === null) throw new UntranslatableError([{ path: 'data.status', message: 'is missing' }]);
  const report = bareReport({
    gatewayPaymentId: data.paymentId,
    kind: KIND_OF_STATUS[status],
    type: name,
    occurredAt,
    mode,
    orderId: data.orderId,
    customer: data.customer ? toldCustomer(data.customer) : null,
    ...toldAmounts(data, status),
  });
  return { is: 'reports', reports: [report] };
}

function toldAmounts(data: StandardPayment, status: StandardStatus): Partial<PaymentReport> {
  const currency = currencyCode(data.currency) ?? '';
  const units = (value: unknown) => (value == null ? null : minorUnitsOf(value, currency));
  const amount = units(data.amount);
  const captured = units(data.amountCaptured);
  const kind = KIND_OF_STATUS[status];
  return {
    currency,
    amount,
    amountCaptured: kind === 'succeeded' ? (captured ?? amount) : captured,
    refundedTotal: kind === 'refund_succeeded' ? (units(data.refundedAmount) ?? captured ?? amount) : null,
    failure: kind === 'failed' ? toldFailure(data) : null,
    // The format names no dispute of its own: a payment has one.
    dispute:
      kind === 'dispute_opened'
        ? { id: data.paymentId, amount, currency: null, status: 'open', reason: null }
        : null,
  };
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
