import { bareReport, type PaymentReport } from '../../../payments/index.js';
import {
  type ValidationIssue,
  isValidId,
  occurredAtIssue,
  type Translation,
  UntranslatableError,
  type VerifiedMessage,
} from '../gateway.js';
import { fieldOf, firstText } from '../fields/wire-fields.js';
import { readCharge } from './stripe.charges.js';
import { disputeMeaning } from './stripe.disputes.js';
import { PAYMENT_INTENT_KINDS, refundMeaning, sessionKind } from './stripe.kinds.js';
import { amountIfReadable, feeOf, moneyOf } from './stripe.money.js';
import {
  customerOfIntent,
  customerOfInvoice,
  customerOfSession,
  failureOf,
  newestCharge,
  orderIdOf,
} from './stripe.people.js';
import { namedPaymentId, paymentIdOf, type Statement } from './stripe.statement.js';
import { nextAttemptOf } from './stripe.retries.js';
import {
  Charge,
  CheckoutSession,
  Dispute,
  idOf,
  Invoice,
  type NamedObject,
  PaymentIntent,
  Refund,
  type StripeEvent,
} from './stripe-event.dto.js';

/** One report for each payment that the event is about, at the event's own time. All faults are thrown together. */
export function translateStripe(event: StripeEvent, message: VerifiedMessage): Translation {
  const faults: ValidationIssue[] = [];
  const occurredAt = new Date(event.created * 1000);
  const timeIssue = occurredAtIssue(occurredAt, message.receivedAt);
  if (timeIssue !== null) faults.push({ path: 'created', message: timeIssue });

  const statements = read(event, faults);
  if (faults.length > 0) throw new UntranslatableError(faults);
  if (statements.length === 0) return { kind: 'ignored' };

  const mode = event.livemode == null ? message.mode : event.livemode ? 'live' : 'test';
  const merchant = isValidId(event.account) ? event.account : null;
  const reportOf = (statement: Statement): PaymentReport =>
    bareReport({ type: event.type, occurredAt, mode, merchant, ...statement });
  return { kind: 'reports', reports: statements.map(reportOf) };
}

function read(
  { type, api_version: apiVersion, data: { object } }: StripeEvent,
  faults: ValidationIssue[],
): Statement[] {
  if (object instanceof PaymentIntent) return [readIntent(object, type, faults)];
  if (object instanceof Charge) return [readCharge(object, type, apiVersion, faults)];
  if (object instanceof Refund) return [readRefund(object, faults)];
  if (object instanceof Dispute) return [readDispute(object, type, faults)];
  if (object instanceof CheckoutSession) return readSession(object, type, faults);
  return object instanceof Invoice ? readInvoice(object, type) : [readNamed(object, faults)];
}

function readIntent(intent: PaymentIntent, type: string, faults: ValidationIssue[]): Statement {
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
    fee: feeOf(newestCharge(intent)),
  };
}

function readRefund(refund: Refund, faults: ValidationIssue[]): Statement {
  const meaning = refundMeaning(refund.status);
  if (!meaning) faults.push({ path: 'data.object.status', message: 'must be the status of a refund' });
  const money = moneyOf(refund.currency, faults);
  const amount = money.of('amount', refund.amount);
  const createdAt = refund.created == null ? null : new Date(refund.created * 1000);
  return {
    gatewayPaymentId: paymentIdOf(refund, faults),
    kind: meaning?.kind ?? 'noted',
    currency: money.currency,
    orderId: orderIdOf(refund),
    refunds: meaning
      ? [{ id: refund.id, amount, status: meaning.status, createdAt, mayBeRelease: true }]
      : [],
  };
}

function readDispute(dispute: Dispute, type: string, faults: ValidationIssue[]): Statement {
  const meaning = disputeMeaning(type, dispute.status);
  if (!meaning)
    faults.push({ path: 'data.object.status', message: 'must be the status of a closed dispute' });
  const { currency, of } = moneyOf(dispute.currency, faults);
  const amount = of('amount', dispute.amount);
  const reason = firstText(dispute.reason);
  const gatewayPaymentId = paymentIdOf(dispute, faults);
  const id = dispute.id ?? idOf(dispute.charge) ?? gatewayPaymentId;
  return {
    gatewayPaymentId,
    kind: meaning?.kind ?? 'noted',
    currency,
    orderId: orderIdOf(dispute),
    dispute: meaning?.status ? { id, amount, currency, status: meaning.status, reason } : null,
  };
}

/** Nothing for a session that pays nothing: it only sets something up, or begins a subscription. */
function readSession(session: CheckoutSession, type: string, faults: ValidationIssue[]): Statement[] {
  const gatewayPaymentId = idOf(session.payment_intent);
  if (gatewayPaymentId === null) return [];
  const money = moneyOf(session.currency, faults);
  return [
    {
      gatewayPaymentId,
      kind: sessionKind(type, session.payment_status),
      currency: money.currency,
      amount: money.of('amount_total', session.amount_total),
      orderId: orderIdOf(session),
      customer: customerOfSession(session),
    },
  ];
}

/** Stripe lists at most ten payments of an invoice in its event. */
const MAX_PAYMENTS = 10;

/**
 * The payments of a renewal learn whose they are, and where they failed when Stripe tries again. An invoice that names no
 * PaymentIntent says nothing about one.
 */
function readInvoice(invoice: Invoice, type: string): Statement[] {
  const data = fieldOf(invoice.payments, 'data');
  const listed: readonly unknown[] = Array.isArray(data) ? data.slice(0, MAX_PAYMENTS) : [];
  const intents = listed.map((payment) => fieldOf(fieldOf(payment, 'payment'), 'payment_intent'));
  const ids = new Set([invoice.payment_intent, ...intents].map(idOf).filter((id) => id !== null));
  const told = {
    orderId: orderIdOf(invoice),
    customer: customerOfInvoice(invoice),
    nextAttempt: type === 'invoice.payment_failed' ? nextAttemptOf(invoice) : null,
  };
  return [...ids].map((gatewayPaymentId) => ({ gatewayPaymentId, kind: 'noted', ...told }));
}

/** A type that is not known in detail: that something was said of the payment, and what every object may tell of it. */
function readNamed(object: NamedObject, faults: ValidationIssue[]): Statement {
  const currency = typeof object.currency === 'string' ? moneyOf(object.currency, []).currency : null;
  return {
    gatewayPaymentId: namedPaymentId(object, faults),
    kind: 'noted',
    currency,
    amount: object.object === 'payment_intent' ? amountIfReadable(object.amount, currency) : null,
    orderId: orderIdOf({ metadata: object.metadata }),
    customer: customerOfIntent(object),
  };
}
