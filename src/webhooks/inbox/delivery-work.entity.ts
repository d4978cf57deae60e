import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/**
 * What is left to do for one delivery. The row is written with the delivery and deleted with the work, so a delivery is
 * pending while it has a row here. Its own row says what it is once no work is left.
 *
 * Whoever works on a delivery holds the lock of this row until the transaction ends. Hints alone have a lease, because
 * a question to a gateway outlives a transaction.
 */
@Entity('delivery_work')
@Index('ix_delivery_work_due', ['dueAt'], { where: 'hint_order is null' })
@Index('ix_delivery_work_hints', ['gateway', 'account', 'hintOrder'], { where: 'hint_order is not null' })
export class DeliveryWork {
  @PrimaryColumn({ type: 'uuid', name: 'delivery_id', primaryKeyConstraintName: 'pk_delivery_work' })
  deliveryId!: string;

  /** From this moment on any process may take the row. */
  @Column({ type: 'timestamptz', name: 'due_at' })
  dueAt!: Date;

  /** How often it was tried. Of a hint with a lease, the attempt under way counts. */
  @Column({ type: 'integer' })
  attempts!: number;

  /** Why the last attempt failed. */
  @Column({ type: 'text', name: 'last_error', nullable: true })
  lastError!: string | null;

  /** Processed work is processed again, at an operator's request. */
  @Column({ type: 'boolean' })
  replay!: boolean;

  /** Processing it alerts nobody. */
  @Column({ type: 'boolean' })
  silent!: boolean;

  /** A hash of the first payment in the body; 0 where the body was not read. Deliveries of one payment have one lane. */
  @Column({ type: 'smallint' })
  lane!: number;

  /** For a hint: where to ask about which order. Null for every other delivery. */
  @Column({ type: 'text', nullable: true })
  gateway!: string | null;

  @Column({ type: 'text', nullable: true })
  account!: string | null;

  @Column({ type: 'text', name: 'hint_order', nullable: true })
  hintOrder!: string | null;

  @Column({ type: 'uuid', nullable: true })
  lease!: string | null;

  @Column({ type: 'timestamptz', name: 'leased_until', nullable: true })
  leasedUntil!: Date | null;
}
