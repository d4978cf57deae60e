import { type PaymentReport, type ReportedDispute } from '../../../payments/index.js';
import {
  type Identity,
  isValidId,
  type Translation,
  type ValidationIssue,
  type VerifiedMessage,
} from '../gateway.js';
import { merchantOfAnswer } from '../merchant-of-answer.js';
import { type FieldPath, identityOfObject } from '../object-identity.js';
import { type ObjectStatement, reportsOfObject } from '../object-reports.js';
import { fieldOf, firstText } from '../fields/wire-fields.js';
import { isInquiry } from './razorpay.kinds.js';
import { currencyOf, disputedMoney, minorUnits } from './razorpay.money.js';
import { failureOf, orderIdOf } from './razorpay.people.js';
import { besides } from './razorpay.translate.js';
import {
  DisputeEntity,
  type OrderEntity,
  PaymentEntity,
  type RazorpayEntity,
  RefundEntity,
} from './razorpay-object.dto.js';

/** What an entity that Razorpay's API answered says of its payment. All faults are thrown together. */
export function translateRazorpayEntity(
  entity: RazorpayEntity,
  message: Pick<VerifiedMessage, 'mode' | 'receivedAt' | 'observedAt' | 'provenance' | 'headers'>,
): Translation {
  const faults: ValidationIssue[] = [];
  const merchant = merchantOfAnswer(message);
  const statements = read(entity, faults).map((statement) => ({ ...statement, merchant }));
  const { mode } = message;
  return reportsOfObject({ id: entity.id, type: typeOf(entity), mode }, statements, message, faults);
}

function read(entity: RazorpayEntity, faults: ValidationIssue[]): ObjectStatement[] {
  if (entity instanceof PaymentEntity) return readPayment(entity, faults);
  if (entity instanceof RefundEntity) return readRefund(entity, faults);
  return entity instanceof DisputeEntity ? readDispute(entity, faults) : readOrder(entity);
}

function paymentIdOf({ payment_id: id }: RefundEntity | DisputeEntity, faults: ValidationIssue[]): string {
  if (id == null) faults.push({ path: 'payment_id', message: 'must name a payment' });
  return id ?? '';
}

const typeOf = (entity: unknown): string => {
  const status = fieldOf(entity, 'status');
  return `${String(fieldOf(entity, 'entity'))}:${typeof status === 'string' ? status : 'created'}`.slice(
    0,
    255,
  );
};

const SAID: readonly FieldPath[] = [
  ['status'],
  ['amount'],
  ['amount_refunded'],
  ['amount_paid'],
  ['currency'],
  ['captured'],
  ['fee'],
  ['order_id'],
  ['payment_id'],
  ['phase'],
  ['reason_code'],
  ['error_code'],
  ['error_reason'],
  ['receipt'],
  ['notes', 'orderId'],
  ['notes', 'order_id'],
  ['created_at'],
  ['payments', 'count'],
];

export const identifyRazorpayEntity = (message: Pick<VerifiedMessage, 'raw' | 'body'>): Identity =>
  identityOfObject(message, typeOf(message.body), SAID);

/**
 * The entity tells when the payment was begun, and not when it was authorized or captured. A payment that fails may be
 * authorized up to three days later, so both are as of the asking, and behind a failure that was told. A payment that is
 * only begun says nothing: no event tells it either.
 */
function readPayment(entity: PaymentEntity, faults: ValidationIssue[]): ObjectStatement[] {
  const payload = { payment: { entity } };
  const told = { gatewayPaymentId: entity.id, ...besides(payload, currencyOf(entity, '', faults)) };
  const paid: ObjectStatement = {
    ...told,
    kind: 'succeeded',
    at: null,
    amountCaptured: minorUnits(entity.amount),
  };
  const failed = { ...told, kind: 'failed' as const, failure: failureOf(entity) };
  switch (entity.status) {
    case 'created':
      return [];
    case 'authorized':
      return [{ ...told, kind: 'authorized', at: null }];
    case 'captured':
      return [paid];
    case 'refunded':
      // What was authorized and never captured is refunded by Razorpay itself.
      return entity.captured === false ? [{ ...told, kind: 'authorized', at: null }] : [paid];
    case 'failed':
      return [
        { ...failed, at: secondsToDate(entity.created_at) },
        { ...failed, at: null },
      ];
    default:
      return [{ ...told, kind: 'noted', at: null, about: entity.status }];
  }
}

const REFUND_ENDS: ReadonlyMap<unknown, Pick<ObjectStatement, 'kind'> & { status: 'succeeded' | 'failed' }> =
  new Map([
    ['processed', { kind: 'refund_succeeded', status: 'succeeded' }],
    ['failed', { kind: 'refund_failed', status: 'failed' }],
  ] as const);

/** A refund tells when it was made, and not when it ended. A status that is not known is no end. */
function readRefund(entity: RefundEntity, faults: ValidationIssue[]): ObjectStatement[] {
  const createdAt = secondsToDate(entity.created_at);
  const told = { gatewayPaymentId: paymentIdOf(entity, faults), currency: currencyOf(entity, '', faults) };
  const stated = (status: PaymentReport['refunds'][number]['status']) => ({
    refunds: [{ id: entity.id, amount: minorUnits(entity.amount), status, createdAt }],
  });
  const end = REFUND_ENDS.get(entity.status);
  return [
    { ...told, kind: 'refund_created', at: createdAt, ...stated('pending') },
    ...(end ? [{ ...told, kind: end.kind, at: null, ...stated(end.status) }] : []),
  ];
}

/** The statuses that a dispute with money withheld may have. `closed` says nothing of the money, as its event does. */
const DISPUTED = new Set<unknown>(['open', 'under_review', 'won', 'lost', 'closed']);
const DISPUTE_ENDS: ReadonlyMap<unknown, Pick<ObjectStatement, 'kind'> & Pick<ReportedDispute, 'status'>> =
  new Map([
    ['won', { kind: 'dispute_won', status: 'won' }],
    ['lost', { kind: 'dispute_lost', status: 'lost' }],
  ] as const);

/** The amount is in the payment's currency where the answer holds the payment. Else the currencies may differ. */
function readDispute(entity: DisputeEntity, faults: ValidationIssue[]): ObjectStatement[] {
  const { id, status, phase } = entity;
  if (!DISPUTED.has(status) || isInquiry(phase)) return [];
  const currency = currencyOf(entity.payment, '', []);
  const own = { amount: minorUnits(entity.amount), currency: currencyOf(entity, '', []) };
  const money = disputedMoney(own, entity.payment, currency);
  const told = { gatewayPaymentId: paymentIdOf(entity, faults), currency };
  const dispute = { id, reason: firstText(entity.reason_code), ...money };
  const end = DISPUTE_ENDS.get(status);
  return [
    {
      ...told,
      kind: 'dispute_opened',
      at: secondsToDate(entity.created_at),
      dispute: { ...dispute, status: 'open' },
    },
    ...(end ? [{ ...told, kind: end.kind, at: null, dispute: { ...dispute, status: end.status } }] : []),
  ];
}

/** Razorpay lists this many payments of an order at most in one answer. */
const MAX_PAYMENTS = 100;

/** What the merchant calls the order, for each of its payments that was more than begun. */
function readOrder(entity: OrderEntity): ObjectStatement[] {
  if (orderIdOf({ order: { entity } }) === null) return [];
  const items = fieldOf(entity.payments, 'items');
  const payments: readonly unknown[] = Array.isArray(items) ? items.slice(0, MAX_PAYMENTS) : [];
  return payments.flatMap((payment): ObjectStatement[] => {
    const id = fieldOf(payment, 'id');
    // As in `order.paid`: the notes of the payment come first, so that the list of payments says the same.
    const orderId = orderIdOf({ payment: { entity: payment }, order: { entity } });
    if (orderId === null || !isValidId(id) || fieldOf(payment, 'status') === 'created') return [];
    return [{ gatewayPaymentId: id, kind: 'noted', at: null, orderId, gatewayOrderId: entity.id, about: id }];
  });
}

const LATEST_SECOND = 253_402_300_799;

const secondsToDate = (seconds: unknown): Date | null =>
  typeof seconds === 'number' && seconds >= 0 && seconds <= LATEST_SECOND ? new Date(seconds * 1000) : null;
