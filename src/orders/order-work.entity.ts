import { Column, Entity, PrimaryColumn } from 'typeorm';

/**
 * A change of a payment that its orders do not know yet. Written in the transaction that changes the payment and deleted by
 * the one that brings the orders up to date. A row is written once, so writing it
 * waits for nobody; only one that failed is changed.
 */
@Entity('order_work')
export class OrderWork {
  @PrimaryColumn({ type: 'uuid', primaryKeyConstraintName: 'pk_order_work' })
  id!: string;

  @Column({ type: 'uuid', name: 'payment_id' })
  paymentId!: string;

  /** Nobody is to be mailed for what follows from it. */
  @Column({ type: 'boolean' })
  silent!: boolean;

  /** The order that the payment belonged to before, where the change moved it to another one. */
  @Column({ type: 'text', name: 'previous_mode', nullable: true })
  previousMode!: string | null;

  @Column({ type: 'text', name: 'previous_merchant', nullable: true })
  previousMerchant!: string | null;

  @Column({ type: 'text', name: 'previous_order_id', nullable: true })
  previousOrderId!: string | null;

  /** How often it failed by itself. */
  @Column({ type: 'integer', default: 0 })
  attempts!: number;

  /** When it is tried again; null where it never failed. */
  @Column({ type: 'timestamptz', name: 'retry_at', nullable: true })
  retryAt!: Date | null;
}
