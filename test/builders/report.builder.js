import { bareReport } from '../../src/payments/payment-report.js';
export const T0 = Date.UTC(2026, 0, 1);
/** A report of a given kind at a given second; everything else is what a plain telling has. */
export function report(kind, second, told = {}, id = `${kind}_${second}`) {
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
    ...told,
    key: id,
    eventId: id,
  };
}
export const refund = (id, amount, status, createdAt) => ({
  refund: { id, amount, status, createdAt: new Date(T0 + createdAt * 1000) },
});
export const dispute = (id, status, amount = '10000') => ({
  dispute: { id, amount, status, reason: 'fraudulent' },
});
//# sourceMappingURL=report.builder.js.map
