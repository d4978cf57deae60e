import { Column, Entity, PrimaryColumn } from 'typeorm';

/**
 * Changes of payments that a feature does not know yet: those of one transaction, in one row. The transaction that changes
 * the payments writes the row, and the one that follows them deletes it. A row is written once, so writing it waits for
 * nobody; only one that failed is changed.
 */
@Entity('feature_work')
export class FeatureWork {
  /** The name of the feature. */
  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'pk_feature_work' })
  feature!: string;

  @PrimaryColumn({ type: 'uuid', primaryKeyConstraintName: 'pk_feature_work' })
  id!: string;

  /** Payments; or orders, where no payment changed. */
  @Column({ type: 'uuid', array: true, name: 'payment_ids' })
  paymentIds!: string[];

  /** Nobody is to be mailed for what follows from it. */
  @Column({ type: 'boolean' })
  silent!: boolean;

  /** The order that the payments belonged to before, where the change moved them to another one. */
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
