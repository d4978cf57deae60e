import { Column, Entity, PrimaryColumn } from 'typeorm';

/**
 * A payment whose books are to be compared with it. The row is written by the transaction that changes the payment, and
 * deleted by the one that books. A payment may have several rows: they never conflict, so no writer waits for another.
 */
@Entity('ledger_work')
export class LedgerWork {
  @PrimaryColumn({ type: 'uuid', primaryKeyConstraintName: 'pk_ledger_work' })
  id!: string;

  @Column({ type: 'uuid', name: 'payment_id' })
  paymentId!: string;
}
