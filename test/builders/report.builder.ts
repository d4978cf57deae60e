import type { OrderedReport } from '../../src/payments/projection/causal-order.js';
import { bareReport, type PaymentReport, type ReportKind } from '../../src/payments/report/payment-report.js';

/** 2026-01-01T00:00:00Z, in milliseconds since 1970. */
export const T0 = Date.UTC(2026, 0, 1);

/** A report of a kind at a second after {@link T0}. `fields` replace the default values. */
export function report(
  kind: ReportKind,
  second: number,
  fields: Partial<PaymentReport> = {},
  id = `${kind}_${second}`,
): OrderedReport {
  return {
    ...bareReport({
      gatewayPaymentId: 'pay_1',
      kind,
      type: `test.${kind}`,
      occurredAt: new Date(T0 + second * 1000),
      mode: 'live',
    }),
    currency: 'USD',
    amount: kind.startsWith('refund') || kind.startsWith('dispute') ? null : '10000',
    amountCaptured: kind === 'succeeded' ? '10000' : null,
    failure: kind === 'failed' ? { code: 'card_declined', message: null, attemptId: null } : null,
    ...fields,
    key: id,
    eventId: id,
  };
}

export const refund = (
  id: string,
  amount: string,
  status: 'pending' | 'succeeded' | 'failed' | 'canceled',
  createdAt: number,
) => ({
  refunds: [{ id, amount, status, createdAt: new Date(T0 + createdAt * 1000) }],
});

export const dispute = (id: string, status: 'open' | 'won' | 'lost', amount = '10000') => ({
  dispute: { id, amount, currency: null, status, reason: 'fraudulent' },
});
