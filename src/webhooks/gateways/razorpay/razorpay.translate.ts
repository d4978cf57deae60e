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
import { disputeMeaning, paymentKind, REFUND_MEANINGS } from './razorpay.kinds.js';
import { currencyOf, disputedMoney, feeOf, minorUnits } from './razorpay.money.js';
import { customerOf, entityOf, failureOf, gatewayOrderIdOf, orderIdOf } from './razorpay.people.js';
import {
  RazorpayDisputeEvent,
  type RazorpayEvent,
  type RazorpayPayload,
  RazorpayPaymentEvent,
  RazorpayRefundEvent,
} from './razorpay-event.dto.js';

const PAYMENT = 'payload.payment.entity';
const REFUND = 'payload.refund.entity';
const DISPUTE = 'payload.dispute.entity';

/** One report for each event, told at the event's own time. All faults of a body are thrown together. */
export function translateRazorpay(event: RazorpayEvent, message: VerifiedMessage): Translation {
  const faults: ValidationIssue[] = [];
  const occurredAt = new Date(event.created_at * 1000);
  const timeIssue = occurredAtIssue(occurredAt, message.receivedAt);
  if (timeIssue !== null) faults.push({ path: 'created_at', message: timeIssue });

  const report = bareReport({
    gatewayPaymentId: paymentIdOf(event, faults),
    kind: 'noted',
    type: event.event,
    occurredAt,
    mode: message.mode,
    merchant: isValidId(event.account_id) ? event.account_id : null,
    ...readPayload(event, faults),
  });
  if (faults.length > 0) throw new UntranslatableError(faults);
  return { kind: 'reports', reports: [report] };
}

/** In what follows the spread comes last, as in all that is made for every webhook (docs/adr/0011). */
function readPayload(event: RazorpayEvent, faults: ValidationIssue[]): Partial<PaymentReport> {
  if (event instanceof RazorpayPaymentEvent) return readPayment(event, faults);
  if (event instanceof RazorpayRefundEvent) return readRefund(event, faults);
  if (event instanceof RazorpayDisputeEvent) return readDispute(event, faults);
  return besides(event.payload, enclosedCurrency(event.payload));
}

/** The payment that is enclosed, else the one that the refund or dispute names. */
function paymentIdOf(event: RazorpayEvent, faults: ValidationIssue[]): string {
  const { payload } = event;
  const told = [
    fieldOf(entityOf(payload, 'payment'), 'id'),
    fieldOf(entityOf(payload, 'refund'), 'payment_id'),
    fieldOf(entityOf(payload, 'dispute'), 'payment_id'),
  ];
  const id = told.find(isValidId);
  if (id === undefined) faults.push({ path: pathOfPaymentId(event), message: 'must name a payment' });
  return id ?? '';
}

function pathOfPaymentId(event: RazorpayEvent): string {
  if (event instanceof RazorpayRefundEvent) return `${REFUND}.payment_id`;
  return event instanceof RazorpayDisputeEvent ? `${DISPUTE}.payment_id` : `${PAYMENT}.id`;
}

/** Of a payment that only stands beside what the event is about: one that is not known is no fault of the event. */
const enclosedCurrency = (payload: RazorpayPayload): string | null =>
  currencyOf(entityOf(payload, 'payment'), PAYMENT, []);

/** What the enclosed payment tells of itself, on whichever event it comes. `currency` is the payment's. */
export function besides(payload: RazorpayPayload, currency: string | null): Partial<PaymentReport> {
  const payment = entityOf(payload, 'payment');
  const refunded = minorUnits(fieldOf(payment, 'amount_refunded'));
  return {
    currency,
    amount: minorUnits(fieldOf(payment, 'amount')),
    refundedTotal: refunded === '0' ? null : refunded,
    fee: feeOf(payment, currency),
    gatewayOrderId: gatewayOrderIdOf(payload),
    orderId: orderIdOf(payload),
    customer: customerOf(payload),
  };
}

function readPayment(
  { event, payload }: RazorpayPaymentEvent,
  faults: ValidationIssue[],
): Partial<PaymentReport> {
  const { entity } = payload.payment;
  const kind = paymentKind(event) ?? 'noted';
  return {
    kind,
    amountCaptured: kind === 'succeeded' ? minorUnits(entity.amount) : null,
    failure: kind === 'failed' ? failureOf(entity) : null,
    ...besides(payload, currencyOf(entity, PAYMENT, faults)),
  };
}

function readRefund(
  { event, payload }: RazorpayRefundEvent,
  faults: ValidationIssue[],
): Partial<PaymentReport> {
  const { id, amount, created_at: createdAt } = payload.refund.entity;
  const meaning = REFUND_MEANINGS.get(event);
  const ofPayment = enclosedCurrency(payload);
  const currency = currencyOf(payload.refund.entity, REFUND, faults) ?? ofPayment;
  const at = createdAt == null ? null : new Date(createdAt * 1000);
  const told = besides(payload, currency);
  return {
    kind: meaning?.kind ?? 'noted',
    refunds: meaning ? [{ id, amount: minorUnits(amount), status: meaning.status, createdAt: at }] : [],
    // In another currency than the payment's: told in its own alone, so that the payment refuses it.
    ...(ofPayment === null || ofPayment === currency ? told : withoutMoney(told)),
  };
}

const withoutMoney = (told: Partial<PaymentReport>): Partial<PaymentReport> => ({
  ...told,
  amount: null,
  refundedTotal: null,
  fee: null,
});

function readDispute(
  { event, payload }: RazorpayDisputeEvent,
  faults: ValidationIssue[],
): Partial<PaymentReport> {
  const { id, amount, phase, reason_code: reason } = payload.dispute.entity;
  const meaning = disputeMeaning(event, phase);
  const ofPayment = enclosedCurrency(payload);
  const currency = currencyOf(payload.dispute.entity, DISPUTE, faults);
  const told = { amount: minorUnits(amount), currency };
  const money = disputedMoney(told, entityOf(payload, 'payment'), ofPayment);
  return {
    kind: meaning?.kind ?? 'noted',
    dispute: meaning ? { id, status: meaning.status, reason: firstText(reason), ...money } : null,
    ...besides(payload, ofPayment ?? currency),
  };
}
