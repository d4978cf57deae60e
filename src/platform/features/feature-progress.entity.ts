import { Column, Entity, PrimaryColumn } from 'typeorm';

/** How far a feature has taken in the payments that were stored before it was added. */
@Entity('feature_progress')
export class FeatureProgress {
  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'pk_feature_progress' })
  feature!: string;

  /** The newest payment that was taken in; null before the first. */
  @Column({ type: 'uuid', name: 'last_payment_id', nullable: true })
  lastPaymentId!: string | null;

  /** Null while payments are left. */
  @Column({ type: 'timestamptz', name: 'finished_at', nullable: true })
  finishedAt!: Date | null;
}
