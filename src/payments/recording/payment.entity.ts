import { Check, Column, Entity, Index, PrimaryColumn, Unique } from 'typeorm';
import { isOneOfSql } from '../../platform/database/check-sql.js';
import type { Dispute } from '../projection/disputes.js';
import {
  MODES,
  type MinorUnits,
  type Mode,
  type ReportedCapture,
  type ReportedFailure,
  type ReportedFee,
} from '../report/payment-report.js';
import type { PublishedFailures } from '../projection/payment-changes.js';
import type { Refund } from '../projection/refunds.js';
import {
  PAYMENT_STATES,
  PAYMENT_STATUSES,
  type PaymentState,
  type PaymentStatus,
} from '../projection/state-transitions.js';
import type { StoredFold } from './stored-fold.js';

/** A payment: the projection of all its reports. Nothing else writes to it. */
@Entity('payments')
@Unique('uq_payments_gateway_payment', ['gatewayPaymentId', 'gateway', 'account'])
@Check('ck_payments_mode', isOneOfSql('mode', MODES))
@Check('ck_payments_status', isOneOfSql('status', PAYMENT_STATUSES))
@Check('ck_payments_state', isOneOfSql('state', PAYMENT_STATES))
@Check(
  'ck_payments_amounts',
  `amount >= 0 AND amount_captured >= 0 AND amount_refunded >= 0 AND amount_disputed >= 0 AND amount_reversed >= 0`,
)
@Index('ix_payments_order', ['orderId'], { where: `order_id is not null` })
@Index('ix_payments_gateway_order', ['gatewayOrderId'], {
  where: `gateway_order_id is not null`,
})
@Index('ix_payments_merchant', ['merchant', 'id'], { where: `merchant is not null` })
@Index('ix_payments_customer_id', ['customerId'], { where: `customer_id is not null` })
// These two indexes are on expressions, which an entity cannot declare: see the migration `indexes-of-payments`.
@Index('ix_payments_customer_email', { synchronize: false })
@Index('ix_payments_customer_phone', { synchronize: false })
// An entity cannot declare this condition either.
@Index('ix_payments_backdated', { synchronize: false })
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

  /** The merchant's order. Views show the gateway's order where it is null. */
  @Column({ type: 'text', name: 'order_id', nullable: true })
  orderId!: string | null;

  /** The merchant of the payment, where one endpoint serves several merchants. */
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

  /** Minor units. The type is numeric because a sum of refunds may exceed 64 bits. */
  @Column({ type: 'numeric', nullable: true })
  amount!: MinorUnits | null;

  @Column({ type: 'numeric', name: 'amount_captured', nullable: true })
  amountCaptured!: MinorUnits | null;

  @Column({ type: 'numeric', name: 'amount_refunded' })
  amountRefunded!: MinorUnits;

  @Column({ type: 'numeric', name: 'amount_disputed' })
  amountDisputed!: MinorUnits;

  /** The captured amount that was reversed later. */
  @Column({ type: 'numeric', name: 'amount_reversed', default: 0 })
  amountReversed!: MinorUnits;

  @Column({ type: 'jsonb', nullable: true })
  fee!: ReportedFee | null;

  /** Captures by id. Empty where the gateway gives captures no ids. */
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
  fold!: StoredFold;

  /** The failed attempts and refunds that events were published for. None is published twice. */
  @Column({ type: 'jsonb', name: 'published_failures' })
  publishedFailures!: Partial<PublishedFailures>;

  /** The earliest `occurredAt` of all reports. */
  @Column({ type: 'timestamptz', name: 'created_at' })
  createdAt!: Date;

  /** When this service last wrote the row, by its own clock. */
  @Column({ type: 'timestamptz', name: 'updated_at' })
  updatedAt!: Date;

  /** When the customer's data expired, here and in the reports. Null again after a further report. */
  @Column({ type: 'timestamptz', name: 'expired_at', nullable: true })
  expiredAt!: Date | null;

  /** When the customer was erased. Personal data of later reports is dropped. */
  @Column({ type: 'timestamptz', name: 'erased_at', nullable: true })
  erasedAt!: Date | null;

  /** Personal data of reports received until then has expired. A rebuild or a replay does not bring it back. */
  @Column({ type: 'timestamptz', name: 'expired_until', nullable: true })
  expiredUntil!: Date | null;
}
