import { type ValidationIssue } from '../gateway.js';
import { type ObjectStatement } from '../object-reports.js';
import { secondsToDate } from './stripe.charges.js';
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

/** Of a charge that was captured in part, only its intent tells whether the rest is still to be captured. */
const isWhole = ({ captured, amount, amount_captured: sum }: ChargeObject): boolean =>
  (captured ?? true) && (sum ?? amount) === amount;
