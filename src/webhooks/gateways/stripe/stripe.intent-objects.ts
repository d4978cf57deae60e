import { type PaymentReport, type ReportKind } from '../../../payments/index.js';
import { type ValidationIssue } from '../gateway.js';
import { type ObjectStatement } from '../object-reports.js';
import { fieldOf } from '../fields/wire-fields.js';
import { secondsToDate } from './stripe.charges.js';
import { feeOf, moneyOf } from './stripe.money.js';
import { customerOfIntent, failureOf, failureOfCharge, newestCharge, orderIdOf } from './stripe.people.js';
import { idOf } from './stripe-event.dto.js';
import { type PaymentIntentObject } from './stripe-object.dto.js';

/** The states after which an intent waits for another attempt. It failed where an attempt did. */
const AWAITS_ATTEMPT: ReadonlySet<string> = new Set(['requires_payment_method', 'requires_confirmation']);

const KINDS: ReadonlyMap<string, ReportKind> = new Map<string, ReportKind>([
  ['requires_action', 'requires_action'],
  ['processing', 'processing'],
  ['requires_capture', 'authorized'],
  ['canceled', 'canceled'],
  ['succeeded', 'succeeded'],
]);

/** That it was made, its last failed attempt, and its state. */
export function readIntentObject(intent: PaymentIntentObject, faults: ValidationIssue[]): ObjectStatement[] {
  const money = moneyOf(intent.currency, faults, '');
  const charge = newestCharge(intent);
  const told = {
    gatewayPaymentId: intent.id,
    currency: money.currency,
    amount: money.of('amount', intent.amount),
    orderId: orderIdOf(intent),
    customer: customerOfIntent(intent),
    fee: feeOf(charge),
  };
  const received = money.of('amount_received', intent.amount_received);
  const state = stateOf(intent, charge);
  return [
    { ...told, kind: 'created', at: secondsToDate(intent.created) },
    ...failuresOf(intent, charge).map((failed) => ({ ...told, ...failed })),
    ...state.map((reached) => ({
      ...told,
      ...reached,
      amountCaptured: reached.kind === 'succeeded' ? received : null,
    })),
  ];
}

type Reached = Pick<ObjectStatement, 'kind' | 'at' | 'about'>;

/**
 * The money of a success or an authorisation is the charge's, which was made after every earlier attempt had ended. An
 * action or a process is as of the asking: an attempt that failed before may have been told at any time until then.
 */
function stateOf(intent: PaymentIntentObject, charge: unknown): Reached[] {
  const { status } = intent;
  if (AWAITS_ATTEMPT.has(status)) return [];
  const kind = KINDS.get(status) ?? 'noted';
  if (kind === 'canceled') return [{ kind, at: secondsToDate(intent.canceled_at) }];
  if (kind === 'succeeded' || kind === 'authorized')
    return [{ kind, at: fieldOf(charge, 'status') === 'succeeded' ? createdOf(charge) : null }];
  return [{ kind, at: null, about: [idOf(charge), idOf(intent.payment_method), status].join(' ') }];
}

/**
 * The last attempt, where it failed. The charge tells when it was made: a card's charge fails in that second. A debit
 * fails days after, and has been `processing` until then, so a failure that still stands is told once more as of the
 * asking. Both are the same attempt, and the alert has the time of the first.
 */
function failuresOf(
  intent: PaymentIntentObject,
  charge: unknown,
): (Reached & Pick<PaymentReport, 'failure'>)[] {
  const error = intent.last_payment_error;
  const isFailedCharge = fieldOf(charge, 'status') === 'failed';
  const isOfCharge = isFailedCharge && (idOf(error?.charge) ?? idOf(charge)) === idOf(charge);
  const failedAt = isOfCharge ? createdOf(charge) : null;
  const failure = error && (isOfCharge || !isFailedCharge) ? failureOf(intent) : failureOfCharge(charge);
  const stands = AWAITS_ATTEMPT.has(intent.status) && (error != null || isFailedCharge);
  const about = `${idOf(charge) ?? ''} ${idOf(intent.payment_method) ?? ''}`;
  return [
    ...(failedAt ? [{ kind: 'failed' as const, at: failedAt, failure }] : []),
    ...(stands ? [{ kind: 'failed' as const, at: null, failure, about }] : []),
  ];
}

const createdOf = (charge: unknown): Date | null => secondsToDate(fieldOf(charge, 'created'));
