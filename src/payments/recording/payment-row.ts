import type { PublishedFailures } from '../projection/payment-changes.js';
import type { Payment } from './payment.entity.js';

/** The columns of `payments` with their SQL types. The hot path reads and writes rows by these names, without TypeORM. */
export const PAYMENT_COLUMNS = {
  id: 'uuid',
  gateway: 'text',
  account: 'text',
  gateway_payment_id: 'text',
  gateway_order_id: 'text',
  order_id: 'text',
  merchant: 'text',
  mode: 'text',
  status: 'text',
  state: 'text',
  currency: 'text',
  amount: 'numeric',
  amount_captured: 'numeric',
  amount_refunded: 'numeric',
  amount_disputed: 'numeric',
  amount_reversed: 'numeric',
  fee: 'jsonb',
  captures: 'jsonb',
  refunds: 'jsonb',
  disputes: 'jsonb',
  failure: 'jsonb',
  customer_id: 'text',
  customer_email: 'text',
  customer_phone: 'text',
  customer_name: 'text',
  customer_locale: 'text',
  fold: 'jsonb',
  published_failures: 'jsonb',
  created_at: 'timestamptz',
  updated_at: 'timestamptz',
  expired_at: 'timestamptz',
} as const;

type PaymentColumn = keyof typeof PAYMENT_COLUMNS;

/** A row of `payments` by column name. */
export type PaymentRow = Record<PaymentColumn, unknown> &
  ErasureMarks & {
    id: string;
    fold: Payment['fold'];
    published_failures: Partial<PublishedFailures>;
  };

/** The three fields that identify a payment: the gateway, the account at that gateway, and the gateway's own id. */
export interface PaymentKey {
  gateway: string;
  account: string;
  gatewayPaymentId: string;
}

/** When the customer of a payment was erased, and until when received data has expired. No report changes them. */
export type ErasureMarks = {
  erased_at?: Date | null;
  expired_until?: Date | null;
};

/**
 * Whether personal data of a report received at `receivedAt` must be dropped. True for every report of an erased
 * customer, and for a report that was received before its data expired: a rebuild or a replay must not bring it back.
 */
export const mustDropPersonalData = (payment: ErasureMarks | undefined, receivedAt: Date): boolean =>
  payment !== undefined &&
  ((payment.erased_at ?? null) !== null || (payment.expired_until ?? new Date(0)) >= receivedAt);
