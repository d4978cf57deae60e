import { Check, Column, Entity, Index, PrimaryColumn } from 'typeorm';

/**
 * One half of a transaction: an amount on one ledger account. The rows hold ids and amounts only. Triggers refuse to change
 * or remove a row, and a transaction whose amounts do not sum to zero.
 */
@Entity('ledger_entries')
@Check('ck_ledger_entries_amount', 'amount <> 0')
@Index('ix_ledger_entries_payment', ['paymentId', 'id'])
// This index includes the amount, which an entity cannot declare: see the migration.
@Index('ix_ledger_entries_account', { synchronize: false })
export class LedgerEntry {
  /** A UUIDv7: when the entry was booked. */
  @PrimaryColumn({ type: 'uuid', primaryKeyConstraintName: 'pk_ledger_entries' })
  id!: string;

  @Column({ type: 'uuid', name: 'transaction_id' })
  transactionId!: string;

  @Column({ type: 'integer', name: 'ledger_account_id' })
  ledgerAccountId!: number;

  @Column({ type: 'uuid', name: 'payment_id' })
  paymentId!: string;

  /** Minor units: a debit is positive, a credit negative. */
  @Column({ type: 'numeric' })
  amount!: string;

  /** The name of the event that explains the transaction, or `correction`. */
  @Column({ type: 'text' })
  cause!: string;

  /** The report that explains the transaction. */
  @Column({ type: 'uuid', name: 'cause_id' })
  causeId!: string;

  /** When that report happened, by the gateway's clock. */
  @Column({ type: 'timestamptz', name: 'occurred_at' })
  occurredAt!: Date;

  /** The transaction that this one undoes, wholly or in part. */
  @Column({ type: 'uuid', nullable: true })
  corrects!: string | null;
}
