import { Check, Column, Entity, Index, PrimaryColumn, Unique } from 'typeorm';
import { MODES, type Mode } from '../../payments/index.js';
import { isOneOfSql } from '../../platform/database/check-sql.js';

/**
 * An order under dunning: it failed, no success followed, and a reminder may still come. Derived from the reports of its
 * payments, and written again whenever one of them changes.
 */
@Entity('dunned_orders')
@Unique('uq_dunned_orders_order', ['orderId', 'merchant', 'mode'])
@Check('ck_dunned_orders_mode', isOneOfSql('mode', MODES))
@Index('ix_dunned_orders_due', ['dueAt'])
export class DunnedOrder {
  /** A UUIDv7: its time is when the dunning became known here. */
  @PrimaryColumn({ type: 'uuid', primaryKeyConstraintName: 'pk_dunned_orders' })
  id!: string;

  /** The merchant's order id, else the gateway's. */
  @Column({ type: 'text', name: 'order_id' })
  orderId!: string;

  @Column({ type: 'text' })
  mode!: Mode;

  /** Empty where the endpoint serves one merchant. */
  @Column({ type: 'text' })
  merchant!: string;

  /** The payment that the next reminder is about. */
  @Column({ type: 'uuid', name: 'payment_id' })
  paymentId!: string;

  /** The gateway of that payment. */
  @Column({ type: 'text' })
  gateway!: string;

  /** The first failure since the last success, by the gateway's clock. */
  @Column({ type: 'timestamptz', name: 'started_at' })
  startedAt!: Date;

  /** The next reminder: N of `DUNNING_DAYS`; null while a payment is under way. */
  @Column({ type: 'double precision', nullable: true })
  day!: number | null;

  /** When the order is looked at again. */
  @Column({ type: 'timestamptz', name: 'due_at' })
  dueAt!: Date;

  /** How often its reminder could not be scheduled since its last change. */
  @Column({ type: 'integer', default: 0 })
  attempts!: number;

  /** When that is tried again; null where it never failed. */
  @Column({ type: 'timestamptz', name: 'retry_at', nullable: true })
  retryAt!: Date | null;
}
