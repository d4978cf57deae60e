import type { Mode } from '../report/payment-report.js';

/** The order that a payment belongs to. Orders of different modes or merchants are different, whatever their ids. */
export interface PaymentOrder {
  mode: Mode;
  /** Null where the endpoint serves one merchant. */
  merchant: string | null;
  orderId: string;
}

/** The fields of a payment that say to which order it belongs. */
export interface OrderIds {
  mode: Mode;
  merchant: string | null;
  /** The merchant's own order id. Where it is the gateway's already, nothing changes. */
  orderId: string | null;
  gatewayOrderId: string | null;
  gatewayPaymentId: string;
}

/** A payment belongs to one order: its merchant's, else the gateway's, else an order of its own. */
export const orderOfPayment = (payment: OrderIds): PaymentOrder => ({
  mode: payment.mode,
  merchant: payment.merchant,
  orderId: payment.orderId ?? payment.gatewayOrderId ?? payment.gatewayPaymentId,
});

export const isSameOrder = (one: PaymentOrder, other: PaymentOrder): boolean =>
  one.mode === other.mode && one.merchant === other.merchant && one.orderId === other.orderId;
