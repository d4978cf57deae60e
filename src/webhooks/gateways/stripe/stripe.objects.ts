import { type PaymentReport, type ReportKind } from '../../../payments/index.js';
import { type Identity, type Translation, type ValidationIssue, type VerifiedMessage } from '../gateway.js';
import { type FieldPath, identityOfObject } from '../object-identity.js';
import { reportsOfObject, type ObjectStatement } from '../object-reports.js';
import { fieldOf, firstText } from '../fields/wire-fields.js';
import { readChargeObject, readRefundedCharge } from './stripe.charge-objects.js';
import { meaningsOfStatus } from './stripe.disputes.js';
import { readIntentObject } from './stripe.intent-objects.js';
import { refundMeaning, sessionKind } from './stripe.kinds.js';
import { moneyOf } from './stripe.money.js';
import { customerOfSession, orderIdOf } from './stripe.people.js';
import { secondsToDate } from './stripe.charges.js';
import { paymentIdOf } from './stripe.statement.js';
import { idOf } from './stripe-event.dto.js';
import {
  ChargeObject,
  type CheckoutSessionObject,
  DisputeObject,
  PaymentIntentObject,
  RefundObject,
  type StripeApiObject,
} from './stripe-object.dto.js';

/** What an object that Stripe's API answered says of its payment. All faults are thrown together. */
export function translateStripeObject(
  object: StripeApiObject,
  message: Pick<VerifiedMessage, 'mode' | 'receivedAt' | 'observedAt' | 'provenance'>,
): Translation {
  const faults: ValidationIssue[] = [];
  const statements = [...read(object, faults), ...readTotal(object, message, faults)];
  const { id } = object;
  const mode = modeOf(object) ?? message.mode;
  return reportsOfObject({ id, type: typeOf(object), mode }, statements, message, faults);
}

function read(object: StripeApiObject, faults: ValidationIssue[]): ObjectStatement[] {
  if (object instanceof PaymentIntentObject) return readIntentObject(object, faults);
  if (object instanceof ChargeObject) return readChargeObject(object, faults);
  if (object instanceof RefundObject) return readRefund(object, faults);
  return object instanceof DisputeObject ? readDispute(object, faults) : readSession(object, faults);
}

/** Whoever lists charges lists refunds too. A hint asks for the charge alone, so its total is all that tells them. */
const readTotal = (
  object: StripeApiObject,
  { provenance }: Pick<VerifiedMessage, 'provenance'>,
  faults: ValidationIssue[],
): ObjectStatement[] =>
  provenance === 'fetched' && object instanceof ChargeObject ? readRefundedCharge(object, faults) : [];

/** A refund does not say it. The charge does, in a list that was told to expand it. */
function modeOf(object: StripeApiObject): 'live' | 'test' | null {
  const live = fieldOf(object, 'livemode') ?? fieldOf(fieldOf(object, 'charge'), 'livemode');
  return typeof live === 'boolean' ? (live ? 'live' : 'test') : null;
}

const typeOf = (object: unknown): string => {
  const status = fieldOf(object, 'payment_status') ?? fieldOf(object, 'status');
  return `${String(fieldOf(object, 'object'))}:${typeof status === 'string' ? status : 'pending'}`.slice(
    0,
    255,
  );
};

const SAID: readonly FieldPath[] = [
  ['status'],
  ['payment_status'],
  ['amount'],
  ['amount_received'],
  ['amount_captured'],
  ['amount_refunded'],
  ['amount_total'],
  ['currency'],
  ['captured'],
  ['refunded'],
  ['canceled_at'],
  ['created'],
  ['reason'],
  ['payment_method'],
  ['payment_intent'],
  ['charge'],
  ['client_reference_id'],
  ['metadata', 'orderId'],
  ['metadata', 'order_id'],
  ['latest_charge'],
  ['latest_charge', 'status'],
  ['latest_charge', 'balance_transaction'],
  ['last_payment_error', 'charge'],
  ['last_payment_error', 'code'],
  ['last_payment_error', 'decline_code'],
  ['failure_code'],
  ['outcome', 'reason'],
];

export const identifyStripeObject = (message: Pick<VerifiedMessage, 'raw' | 'body'>): Identity =>
  identityOfObject(message, typeOf(message.body), SAID);

/**
 * A refund tells when it was made, and not when it ended. That it was made comes first, so that refunds stand in their
 * order. An end is as of the asking: a total that was told after the refund was made included it.
 */
function readRefund(refund: RefundObject, faults: ValidationIssue[]): ObjectStatement[] {
  const meaning = refundMeaning(refund.status);
  if (!meaning) faults.push({ path: 'status', message: 'must be the status of a refund' });
  const money = moneyOf(refund.currency, faults, '');
  const createdAt = secondsToDate(refund.created);
  const told = {
    gatewayPaymentId: paymentIdOf(refund, faults, ''),
    currency: money.currency,
    orderId: orderIdOf(refund),
  };
  const amount = money.of('amount', refund.amount);
  const stated = (status: PaymentReport['refunds'][number]['status']) => ({
    refunds: [{ id: refund.id, amount, status, createdAt, mayBeRelease: true as const }],
  });
  const made: ObjectStatement = { ...told, kind: 'refund_created', at: createdAt, ...stated('pending') };
  return [
    ...(isExpiry(refund) ? [{ ...told, kind: 'canceled' as const, at: createdAt }] : []),
    made,
    ...(meaning && meaning.status !== 'pending'
      ? [{ ...told, kind: meaning.kind, at: null, ...stated(meaning.status) }]
      : []),
  ];
}

/** Stripe's own reason of a refund: the authorisation of a charge expired. An intent tells its end itself. */
const isExpiry = ({ reason, payment_intent, charge }: RefundObject): boolean =>
  reason === 'expired_uncaptured_charge' &&
  idOf(payment_intent) === null &&
  idOf(fieldOf(charge, 'payment_intent')) === null;

/** Money is withheld from the day of the dispute on. Its end is as of the asking. */
function readDispute(dispute: DisputeObject, faults: ValidationIssue[]): ObjectStatement[] {
  const { currency, of } = moneyOf(dispute.currency, faults, '');
  const amount = of('amount', dispute.amount);
  const gatewayPaymentId = paymentIdOf(dispute, faults, '');
  const told = { gatewayPaymentId, currency, orderId: orderIdOf(dispute) };
  const reason = firstText(dispute.reason);
  return meaningsOfStatus(dispute.status).map(({ kind, status }) => ({
    ...told,
    kind,
    at: kind === 'dispute_opened' ? secondsToDate(dispute.created) : null,
    dispute: status && { id: dispute.id, amount, currency, status, reason },
  }));
}

/** A session that is paid. Any other state is the intent's to tell. */
function readSession(session: CheckoutSessionObject, faults: ValidationIssue[]): ObjectStatement[] {
  const gatewayPaymentId = idOf(session.payment_intent);
  if (gatewayPaymentId === null) return [];
  const money = moneyOf(session.currency, faults, '');
  const kind: ReportKind = sessionKind('checkout.session.completed', session.payment_status);
  return [
    {
      gatewayPaymentId,
      kind,
      at: null,
      currency: money.currency,
      amount: money.of('amount_total', session.amount_total),
      orderId: orderIdOf(session),
      customer: customerOfSession(session),
    },
  ];
}
