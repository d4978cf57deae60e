import { Column, Entity, PrimaryColumn } from 'typeorm';

/**
 * A change of a payment that the dunning of its order does not know yet. Written in the transaction that changes the
 * payment, so it waits for nobody, and deleted by the one that brings the order up to date.
 */
@Entity('dunning_work')
export class DunningWork {
  @PrimaryColumn({ type: 'uuid', primaryKeyConstraintName: 'pk_dunning_work' })
  id!: string;

  @Column({ type: 'uuid', name: 'payment_id' })
  paymentId!: string;

  /** The change may put an order under dunning. */
  @Column({ type: 'boolean' })
  starts!: boolean;

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
