import { Check, Column, Entity, PrimaryColumn } from 'typeorm';

/** The number of refused requests of a gateway by reason, over all processes. */
@Entity('refusal_counts')
@Check('ck_refusal_counts_reason', `reason <> ''`)
@Check('ck_refusal_counts_count', `count >= 0`)
export class RefusalCount {
  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'pk_refusal_counts' })
  gateway!: string;

  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'pk_refusal_counts' })
  reason!: string;

  @Column({ type: 'bigint' })
  count!: string;
}
