import { AmountFault, bareReport, type MinorUnits, type PaymentReport } from '../../../payments/index.js';
import {
  type Fault,
  occurredAtFault,
  type Translation,
  UntranslatableError,
  type VerifiedMessage,
} from '../gateway.js';
import { firstText, readCurrency } from '../wire-fields.js';
import { fromStripeAmount, STRIPE_EXPONENTS } from './stripe.amounts.js';
import { disputeMeaning, PAYMENT_INTENT_KINDS, REFUND_MEANINGS, sessionKind } from './stripe.kinds.js';
import {
  customerOfCharge,
  customerOfIntent,
  customerOfSession,
  failureOf,
  orderIdOf,
} from './stripe.people.js';
import {
  Charge,
  type CheckoutSession,
  Dispute,
  idOf,
  PaymentIntent,
  Refund,
  type StripeEvent,
  type StripeObject,
} from './stripe-event.dto.js';

type Statement = Pick<PaymentReport, 'gatewayPaymentId' | 'kind'> & Partial<PaymentReport>;

/** One report for each event, told at the event's own time. All faults of a body are thrown together. */
export function translateStripe(event: StripeEvent, message: VerifiedMessage): Translation {
  const faults: Fault[] = [];
  const occurredAt = new Date(event.created * 1000);
  const timeFault = occurredAtFault(occurredAt, message.receivedAt);
  if (timeFault !== null) faults.push({ path: 'created', message: timeFault });

  const statement = read(event.data.object, event.type, faults);
  if (faults.length > 0) throw new UntranslatableError(faults);
  if (statement === null) return { is: 'ignored' };

  const mode = event.livemode == null ? message.mode : event.livemode ? 'live' : 'test';
  return { is: 'reports', reports: [bareReport({ type: event.type, occurredAt, mode, ...statement })] };
}

function read(object: StripeObject, type: string, faults: Fault[]): Statement | null {
  if (object instanceof PaymentIntent) return readIntent(object, type, faults);
  if (object instanceof Charge) return readCharge(object, faults);
  if (object instanceof Refund) return readRefund(object, faults);
  if (object instanceof Dispute) return readDispute(object, type, faults);
  return readSession(object, type, faults);
}

function readIntent(intent: PaymentIntent, type: string, faults: Fault[]): Statement {
  const kind = PAYMENT_INTENT_KINDS.get(type) ?? 'noted';
  const money = moneyOf(intent.currency, faults);
  return {
    gatewayPaymentId: intent.id,
    kind,
    currency: money.currency,
    amount: money.of('amount', intent.amount),
    amountCaptured: kind === 'succeeded' ? money.of('amount_received', intent.amount_received) : null,
    orderId: orderIdOf(intent),
    failure: kind === 'failed' ? failureOf(intent) : null,
    customer: customerOfIntent(intent),
  };
}

/** Only charge.refunded comes here. What was never captured was not paid back but released. */
function readCharge(charge: Charge, faults: Fault[]): Statement {
  const money = moneyOf(charge.currency, faults);
  return {
    gatewayPaymentId: idOf(charge.payment_intent) ?? charge.id,
    kind: charge.captured ? 'refund_created' : 'noted',
    currency: money.currency,
    amount: money.of('amount', charge.amount),
    amountCaptured: charge.captured ? money.of('amount_captured', charge.amount_captured) : null,
    refundedTotal: charge.captured ? money.of('amount_refunded', charge.amount_refunded) : null,
    orderId: orderIdOf(charge),
    customer: customerOfCharge(charge),
  };
}

function readRefund(refund: Refund, faults: Fault[]): Statement {
  const meaning = REFUND_MEANINGS.get(refund.status);
  if (!meaning) faults.push({ path: 'data.object.status', message: 'must be the status of a refund' });
  const money = moneyOf(refund.currency, faults);
  const amount = money.of('amount', refund.amount);
  const createdAt = refund.created == null ? null : new Date(refund.created * 1000);
  return {
    gatewayPaymentId: paymentIdOf(refund, faults),
    kind: meaning?.kind ?? 'noted',
    currency: money.currency,
    orderId: orderIdOf(refund),
    refunds: meaning ? [{ id: refund.id, amount, status: meaning.status, createdAt }] : [],
  };
}

function readDispute(dispute: Dispute, type: string, faults: Fault[]): Statement {
  const meaning = disputeMeaning(type, dispute.status);
  if (!meaning)
    faults.push({ path: 'data.object.status', message: 'must be the status of a closed dispute' });
  const money = moneyOf(dispute.currency, faults);
  const amount = money.of('amount', dispute.amount);
  const reason = firstText(dispute.reason);
  return {
    gatewayPaymentId: paymentIdOf(dispute, faults),
    kind: meaning?.kind ?? 'noted',
    currency: money.currency,
    orderId: orderIdOf(dispute),
    dispute: meaning?.status
      ? { id: dispute.id, amount, currency: money.currency, status: meaning.status, reason }
      : null,
  };
}

/** Null for a session that pays nothing: it only sets something up, or begins a subscription. */
function readSession(session: CheckoutSession, type: string, faults: Fault[]): Statement | null {
  const gatewayPaymentId = idOf(session.payment_intent);
  if (gatewayPaymentId === null) return null;
  const money = moneyOf(session.currency, faults);
  return {
    gatewayPaymentId,
    kind: sessionKind(type, session.payment_status),
    currency: money.currency,
    amount: money.of('amount_total', session.amount_total),
    orderId: orderIdOf(session),
    customer: customerOfSession(session),
  };
}

function paymentIdOf(object: Refund | Dispute, faults: Fault[]): string {
  const id = idOf(object.payment_intent) ?? idOf(object.charge);
  if (id === null) faults.push({ path: 'data.object.payment_intent', message: 'must name a payment' });
  return id ?? '';
}

/** Reads the amounts of one object. Without a known currency there is one fault, and no amount. */
function moneyOf(sent: string | null | undefined, faults: Fault[]) {
  const currency = sent == null ? null : readCurrency(sent, 'data.object.currency', faults, STRIPE_EXPONENTS);
  const of = (field: string, value: number | null | undefined): MinorUnits | null => {
    if (currency === null || value == null) return null;
    try {
      return fromStripeAmount(value, currency);
    } catch (error) {
      if (!(error instanceof AmountFault)) throw error;
      faults.push({ path: `data.object.${field}`, message: error.message });
      return null;
    }
  };
  return { currency, of };
}
