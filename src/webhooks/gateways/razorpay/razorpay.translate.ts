import {
  bareReport,
  integerToMinorUnits,
  type MinorUnits,
  type PaymentReport,
  type ReportedCustomer,
  type ReportedFailure,
} from '../../../payments/index.js';
import {
  type Fault,
  occurredAtFault,
  type Translation,
  UntranslatableError,
  type VerifiedMessage,
} from '../gateway.js';
import { fieldOf, firstText, readCurrency } from '../wire-fields.js';
import { disputeMeaning, PAYMENT_KINDS, REFUND_MEANINGS } from './razorpay.kinds.js';
import {
  type RazorpayDispute,
  type RazorpayEvent,
  type RazorpayOrder,
  type RazorpayPayment,
  type RazorpayRefund,
} from './razorpay-event.dto.js';

/** One report for each event, told at the event's own time. All faults of a body are thrown together. */
export function translateRazorpay(event: RazorpayEvent, message: VerifiedMessage): Translation {
  const faults: Fault[] = [];
  const occurredAt = new Date(event.created_at * 1000);
  const timeFault = occurredAtFault(occurredAt, message.receivedAt);
  if (timeFault !== null) faults.push({ path: 'created_at', message: timeFault });

  const { payment, order, refund, dispute } = event.payload;
  const report = bareReport({
    gatewayPaymentId: '',
    kind: PAYMENT_KINDS.get(event.event) ?? 'noted',
    type: event.event,
    occurredAt,
    mode: message.mode,
    ...(refund && readRefund(refund.entity, event.event, faults)),
    ...(dispute && readDispute(dispute.entity, event.event, faults)),
    ...(payment && readPayment(payment.entity, order?.entity, event.event, faults)),
  });
  if (faults.length > 0) throw new UntranslatableError(faults);
  return { is: 'reports', reports: [report] };
}

/** What the payment tells of itself, on whichever event it comes; it has the last word on its own id and currency. */
function readPayment(
  payment: RazorpayPayment,
  order: RazorpayOrder | undefined,
  type: string,
  faults: Fault[],
): Partial<PaymentReport> {
  const kind = PAYMENT_KINDS.get(type);
  const amount = minorUnits(payment.amount);
  return {
    gatewayPaymentId: payment.id,
    currency: readCurrency(payment.currency, 'payload.payment.entity.currency', faults),
    amount,
    amountCaptured: kind === 'succeeded' ? amount : null,
    refundedTotal: payment.amount_refunded ? minorUnits(payment.amount_refunded) : null,
    gatewayOrderId: firstText(payment.order_id, order?.id),
    orderId: orderIdOf(payment, order),
    failure: kind === 'failed' ? failureOf(payment) : null,
    customer: customerOf(payment),
  };
}

function readRefund(refund: RazorpayRefund, type: string, faults: Fault[]): Partial<PaymentReport> {
  const meaning = REFUND_MEANINGS.get(type);
  const { id, amount, created_at: createdAt } = refund;
  return {
    gatewayPaymentId: refund.payment_id,
    kind: meaning?.kind ?? 'noted',
    currency: readCurrency(refund.currency, 'payload.refund.entity.currency', faults),
    refunds: meaning
      ? [
          {
            id,
            amount: minorUnits(amount),
            status: meaning.status,
            createdAt: createdAt == null ? null : new Date(createdAt * 1000),
          },
        ]
      : [],
  };
}

function readDispute(dispute: RazorpayDispute, type: string, faults: Fault[]): Partial<PaymentReport> {
  const meaning = disputeMeaning(type, dispute.phase);
  const reason = firstText(dispute.reason_code);
  const currency = readCurrency(dispute.currency, 'payload.dispute.entity.currency', faults);
  return {
    gatewayPaymentId: dispute.payment_id,
    kind: meaning?.kind ?? 'noted',
    currency,
    dispute: meaning
      ? { id: dispute.id, amount: minorUnits(dispute.amount), currency, status: meaning.status, reason }
      : null,
  };
}

/** The merchant's order: in the notes, or the order's receipt; Razorpay's own order where neither is told. */
function orderIdOf(payment: RazorpayPayment, order: RazorpayOrder | undefined): string | null {
  return firstText(
    noteOf(payment.notes, 'orderId'),
    noteOf(payment.notes, 'order_id'),
    noteOf(order?.notes, 'orderId'),
    noteOf(order?.notes, 'order_id'),
    order?.receipt,
    payment.order_id,
  );
}

/** Merchants write numbers into notes too. */
function noteOf(notes: unknown, key: string): unknown {
  const note = fieldOf(notes, key);
  return Number.isSafeInteger(note) ? String(note) : note;
}

/** The reason is the finer word: `error_code` is BAD_REQUEST_ERROR for nearly everything. */
function failureOf(payment: RazorpayPayment): ReportedFailure {
  return {
    code: firstText(payment.error_reason, payment.error_code),
    message: firstText(payment.error_description),
    attemptId: payment.id,
  };
}

function customerOf(payment: RazorpayPayment): ReportedCustomer | null {
  const customer = {
    id: firstText(payment.customer_id),
    email: firstText(payment.email),
    phone: firstText(payment.contact),
    name: firstText(payment.card?.name),
    locale: null,
  };
  return Object.values(customer).some((value) => value !== null) ? customer : null;
}

/** The DTO has checked it by the same rule; Razorpay counts digits as ISO 4217 does. */
const minorUnits = (value: number): MinorUnits => integerToMinorUnits(value);
