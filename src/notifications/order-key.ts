import type { PaymentSnapshot } from '../payments/index.js';

/** What alerts are counted by: the order, or the payment itself where no order is known. */
export const orderKeyOf = (payment: Pick<PaymentSnapshot, 'orderId' | 'paymentId'>): string =>
  payment.orderId ?? `payment:${payment.paymentId}`;
