import { bareReport, type PaymentReport } from '../../../payments/index.js';
import {
  type Fault,
  isValidId,
  occurredAtFault,
  type Translation,
  UntranslatableError,
  type VerifiedMessage,
} from '../gateway.js';
import { fieldOf, firstText } from '../wire-fields.js';
import { disputeMeaning, PAYMENT_KINDS, REFUND_MEANINGS } from './razorpay.kinds.js';
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

/** One report for each event, told at the event's own time. All faults of a body are thrown together. */
export function translateRazorpay(event: RazorpayEvent, message: VerifiedMessage): Translation {
  const faults: Fault[] = [];
  const occurredAt = new Date(event.created_at * 1000);
  const timeFault = occurredAtFault(occurredAt, message.receivedAt);
  if (timeFault !== null) faults.push({ path: 'created_at', message: timeFault });

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
  return { is: 'reports', reports: [report] };
}

function readPayload(event: RazorpayEvent, faults: Fault[]): Partial<PaymentReport> {
  if (event instanceof RazorpayPaymentEvent) return readPayment(event, faults);
  const beside = besides(event.payload, faultless(event.payload));
  if (event instanceof RazorpayRefundEvent) return readRefund(event, beside, faults);
  return event instanceof RazorpayDisputeEvent ? readDispute(event, beside, faults) : beside;
}

/** The payment of a refund, a dispute or an unknown type: the one enclosed, else the one named. */
function paymentIdOf({ payload }: RazorpayEvent, faults: Fault[]): string {
  const told = [
    fieldOf(entityOf(payload, 'payment'), 'id'),
    fieldOf(entityOf(payload, 'refund'), 'payment_id'),
    fieldOf(entityOf(payload, 'dispute'), 'payment_id'),
  ];
  const id = told.find(isValidId);
  if (id === undefined) faults.push({ path: `${PAYMENT}.id`, message: 'must name a payment' });
  return id ?? '';
}

/** The currency of a payment that only stands beside what the event is about: nothing is wrong with such an event. */
const faultless = (payload: RazorpayPayload): string | null =>
  currencyOf(entityOf(payload, 'payment'), PAYMENT, []);

/** What the enclosed payment tells of itself, on whichever event it comes. */
function besides(payload: RazorpayPayload, currency: string | null): Partial<PaymentReport> {
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

function readPayment({ event, payload }: RazorpayPaymentEvent, faults: Fault[]): Partial<PaymentReport> {
  const { entity } = payload.payment;
  const told = besides(payload, currencyOf(entity, PAYMENT, faults));
  const kind = PAYMENT_KINDS.get(event) ?? 'noted';
  return {
    ...told,
    kind,
    amountCaptured: kind === 'succeeded' ? (told.amount ?? null) : null,
    failure: kind === 'failed' ? failureOf(entity) : null,
  };
}

function readRefund(
  { event, payload }: RazorpayRefundEvent,
  beside: Partial<PaymentReport>,
  faults: Fault[],
): Partial<PaymentReport> {
  const { entity } = payload.refund;
  const meaning = REFUND_MEANINGS.get(event);
  const currency = currencyOf(entity, 'payload.refund.entity', faults) ?? beside.currency ?? null;
  const createdAt = entity.created_at == null ? null : new Date(entity.created_at * 1000);
  const refund = { id: entity.id, amount: minorUnits(entity.amount), createdAt };
  // In another currency than the payment's: told in its own, so that the payment refuses it and nothing is relabelled.
  const ofPayment = beside.currency === null || beside.currency === currency ? beside : withoutMoney(beside);
  return {
    ...ofPayment,
    kind: meaning?.kind ?? 'noted',
    currency,
    refunds: meaning ? [{ ...refund, status: meaning.status }] : [],
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
  beside: Partial<PaymentReport>,
  faults: Fault[],
): Partial<PaymentReport> {
  const { entity } = payload.dispute;
  const meaning = disputeMeaning(event, entity.phase);
  const currency = currencyOf(entity, 'payload.dispute.entity', faults);
  const told = { amount: minorUnits(entity.amount), currency };
  const money = disputedMoney(told, entityOf(payload, 'payment'), beside.currency ?? null);
  const dispute = { id: entity.id, reason: firstText(entity.reason_code), ...money };
  return {
    ...beside,
    kind: meaning?.kind ?? 'noted',
    currency: beside.currency ?? currency,
    dispute: meaning ? { ...dispute, status: meaning.status } : null,
  };
}
