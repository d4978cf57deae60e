import { type ValidationIssue } from '../gateway.js';
import { type ObjectStatement } from '../object-reports.js';
import { STRIPE_VERSION } from './stripe.api.js';
import { paidBack, secondsToDate } from './stripe.charges.js';
import { feeOf, moneyOf } from './stripe.money.js';
import { customerOfCharge, failureOfCharge, orderIdOf } from './stripe.people.js';
import { idOf } from './stripe-event.dto.js';
import { type ChargeObject } from './stripe-object.dto.js';

/**
 * A charge without a PaymentIntent is a payment of its own, and has one attempt. A charge of an intent is one of its
 * attempts: it tells what the intent does not, the attempts that failed before another one succeeded.
 */
export function readChargeObject(charge: ChargeObject, faults: ValidationIssue[]): ObjectStatement[] {
  const intent = idOf(charge.payment_intent);
  const money = moneyOf(charge.currency, faults, '');
  const told = {
    gatewayPaymentId: intent ?? charge.id,
    currency: money.currency,
    amount: money.of('amount', charge.amount),
    orderId: orderIdOf(charge),
    customer: customerOfCharge(charge),
    fee: feeOf(charge),
    at: secondsToDate(charge.created),
  };
  const captured = money.of('amount_captured', charge.amount_captured ?? charge.amount);
  const failure = failureOfCharge(charge);
  switch (charge.status) {
    case 'pending':
      return [{ ...told, kind: 'processing' }];
    case 'failed':
      // A debit was pending until it failed. Of an intent, the intent tells whether the failure still stands.
      return intent === null
        ? [
            { ...told, kind: 'failed', failure },
            { ...told, kind: 'failed', failure, at: null },
          ]
        : [{ ...told, kind: 'failed', failure }];
    case 'succeeded':
      if (intent !== null)
        return isWhole(charge) ? [{ ...told, kind: 'succeeded', amountCaptured: captured }] : [];
      if (charge.captured ?? true) return [{ ...told, kind: 'succeeded', amountCaptured: captured }];
      return [
        { ...told, kind: 'authorized' },
        ...(charge.refunded ? [{ ...told, kind: 'noted' as const, amountCaptured: '0', at: null }] : []),
      ];
    default:
      return [{ ...told, kind: 'noted', at: null, about: charge.status }];
  }
}

/**
 * What of a charge was paid back. The total counts every refund that was made before the asking, so it is told as of the
 * newest one: a refund that fails later is then subtracted. Without a list of refunds it is as of the notification that
 * was asked about.
 */
export function readRefundedCharge(charge: ChargeObject, faults: ValidationIssue[]): ObjectStatement[] {
  const { amount_refunded: sum, captured, status } = charge;
  if (faults.length > 0 || status !== 'succeeded' || captured === false || !sum) return [];
  const money = moneyOf(charge.currency, faults, '');
  // The version of the request that captured is not told. No more is paid back than was captured, so more holds a release.
  const holdsRelease = sum > (charge.amount_captured ?? charge.amount);
  const told = paidBack(charge, money, holdsRelease ? null : STRIPE_VERSION);
  const made = told.refunds.flatMap(({ createdAt }) => createdAt?.getTime() ?? []);
  return [
    {
      gatewayPaymentId: idOf(charge.payment_intent) ?? charge.id,
      kind: 'refund_created',
      currency: money.currency,
      amount: money.of('amount', charge.amount),
      orderId: orderIdOf(charge),
      ...told,
      at: made.length > 0 ? new Date(Math.max(...made)) : null,
    },
  ];
}

/** Of a charge that was captured in part, only its intent tells whether the rest is still to be captured. */
const isWhole = ({ captured, amount, amount_captured: sum }: ChargeObject): boolean =>
  (captured ?? true) && (sum ?? amount) === amount;
