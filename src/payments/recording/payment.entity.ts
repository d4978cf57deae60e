import { Column, Entity, Index, PrimaryColumn, Unique } from 'typeorm';
import type { Dispute } from '../projection/disputes.js';
import type {
  MinorUnits,
  Mode,
  ReportedCapture,
  ReportedFailure,
  ReportedFee,
} from '../report/payment-report.js';
import type { Attempt } from '../projection/failed-attempts.js';
import type { Captures } from '../projection/captures.js';
import type { CausalPosition } from '../projection/causal-order.js';
import type { PublishedFailures } from '../projection/payment-changes.js';
import type { Refund, Refunds } from '../projection/refunds.js';
import type { PaymentState, PaymentStatus } from '../projection/state-transitions.js';

/** What the fold needs beside the columns to go on from here without the earlier reports. */
export interface Fold {
  reports: number;
  last: CausalPosition;
  attempt: Attempt | null;
  lastWasFailed: boolean;
  refundTotal: Refunds['total'];
  /** Of the rules it was made by: one that is not {@link FOLD_VERSION} is folded anew from the reports. */
  version?: number;
  captures?: Captures | undefined;
  capturedAt?: number | undefined;
  canceledAt?: number | undefined;
  /** All refunds, where the column leaves some out because they are releases. */
  refunds?: readonly Refund[];
}

/** Version 0.1 wrote none. */
export const FOLD_VERSION = 2;

/** The one truth of a payment: always the projection of all its reports, never written by anything else. */
@Entity('payments')
@Unique('uq_payments_gateway_payment', ['gateway', 'account', 'gatewayPaymentId'])
@Index('ix_payments_order', ['orderId', 'gateway', 'account'], { where: `order_id is not null` })
@Index('ix_payments_gateway_order', ['gatewayOrderId', 'gateway', 'account'], {
  where: `gateway_order_id is not null`,
})
@Index('ix_payments_merchant', ['merchant', 'id'], { where: `merchant is not null` })
@Index('ix_payments_customer_id', ['customerId'])
// On expressions, which an entity cannot say: see the migration.
@Index('ix_payments_customer_email', { synchronize: false })
@Index('ix_payments_customer_phone', { synchronize: false })
@Index('ix_payments_expiring', ['createdAt'], { where: `expired_at is null and erased_at is null` })
@Index('ix_payments_erased', ['gateway', 'account', 'gatewayPaymentId'], {
  where: `erased_at is not null`,
})
export class Payment {
  @PrimaryColumn({ type: 'uuid', primaryKeyConstraintName: 'pk_payments' })
  id!: string;

  @Column({ type: 'text' })
  gateway!: string;

  @Column({ type: 'text' })
  account!: string;

  @Column({ type: 'text', name: 'gateway_payment_id' })
  gatewayPaymentId!: string;

  @Column({ type: 'text', name: 'gateway_order_id', nullable: true })
  gatewayOrderId!: string | null;

  /** What the merchant said; views fall back to the gateway's order where the merchant said nothing. */
  @Column({ type: 'text', name: 'order_id', nullable: true })
  orderId!: string | null;

  /** Whose payment it is, where one endpoint serves several merchants. */
  @Column({ type: 'text', nullable: true })
  merchant!: string | null;

  @Column({ type: 'text' })
  mode!: Mode;

  @Column({ type: 'text' })
  status!: PaymentStatus;

  @Column({ type: 'text' })
  state!: PaymentState;

  @Column({ type: 'text', nullable: true })
  currency!: string | null;

  /** Minor units; numeric, as sums of refunds may pass 64 bits. */
  @Column({ type: 'numeric', nullable: true })
  amount!: MinorUnits | null;

  @Column({ type: 'numeric', name: 'amount_captured', nullable: true })
  amountCaptured!: MinorUnits | null;

  @Column({ type: 'numeric', name: 'amount_refunded' })
  amountRefunded!: MinorUnits;

  @Column({ type: 'numeric', name: 'amount_disputed' })
  amountDisputed!: MinorUnits;

  /** Captured, and gone again. */
  @Column({ type: 'numeric', name: 'amount_reversed', default: 0 })
  amountReversed!: MinorUnits;

  @Column({ type: 'jsonb', nullable: true })
  fee!: ReportedFee | null;

  /** By id; empty where the gateway gives captures none. */
  @Column({ type: 'jsonb', default: [] })
  captures!: ReportedCapture[];

  @Column({ type: 'jsonb' })
  refunds!: Refund[];

  @Column({ type: 'jsonb' })
  disputes!: Dispute[];

  @Column({ type: 'jsonb', nullable: true })
  failure!: ReportedFailure | null;

  @Column({ type: 'text', name: 'customer_id', nullable: true })
  customerId!: string | null;

  @Column({ type: 'text', name: 'customer_email', nullable: true })
  customerEmail!: string | null;

  @Column({ type: 'text', name: 'customer_phone', nullable: true })
  customerPhone!: string | null;

  @Column({ type: 'text', name: 'customer_name', nullable: true })
  customerName!: string | null;

  @Column({ type: 'text', name: 'customer_locale', nullable: true })
  customerLocale!: string | null;

  @Column({ type: 'jsonb' })
  fold!: Fold;

  /** Which failed attempts were told to the rest of the business: none is told twice. */
  @Column({ type: 'jsonb', name: 'published_failures' })
  publishedFailures!: PublishedFailures;

  /** The earliest occurredAt. */
  @Column({ type: 'timestamptz', name: 'created_at' })
  createdAt!: Date;

  /** Our clock. */
  @Column({ type: 'timestamptz', name: 'updated_at' })
  updatedAt!: Date;

  /** When what it and its reports told of the customer expired; null again once a further report came. */
  @Column({ type: 'timestamptz', name: 'expired_at', nullable: true })
  expiredAt!: Date | null;

  /** When its customer was erased: nothing personal that is told later is taken in. */
  @Column({ type: 'timestamptz', name: 'erased_at', nullable: true })
  erasedAt!: Date | null;

  /** What was received up to then has expired: neither a rebuild nor a replay takes in again whom it was about. */
  @Column({ type: 'timestamptz', name: 'expired_until', nullable: true })
  expiredUntil!: Date | null;
}
