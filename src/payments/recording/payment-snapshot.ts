import type { PaymentSnapshot } from '../payment.events.js';
import type { MoneyFacts } from '../projection/money-facts.js';
import type { Projection } from '../projection/projection.js';
import type { PaymentKey } from './payment-row.js';

/** A payment as events show it, without personal data. `occurredAt` is the time of the causing report (ISO 8601). */
export function createSnapshot(
  { id, gateway, account, gatewayPaymentId }: PaymentKey & { id: string },
  projection: Projection,
  money: MoneyFacts,
  occurredAt: string,
): PaymentSnapshot {
  const { gatewayOrderId, failure } = projection;
  return {
    paymentId: id,
    gateway,
    account,
    gatewayPaymentId,
    gatewayOrderId,
    orderId: projection.orderId ?? gatewayOrderId,
    merchant: projection.merchant,
    mode: projection.mode ?? 'live',
    state: projection.state ?? 'created',
    status: money.status,
    currency: money.currency,
    amount: money.amount,
    amountCaptured: money.amountCaptured,
    amountRefunded: money.amountRefunded,
    amountDisputed: money.amountDisputed,
    amountReversed: money.amountReversed,
    fee: money.fee,
    failure: failure && { ...failure, message: null },
    occurredAt,
  };
}
