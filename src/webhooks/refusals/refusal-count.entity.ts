import { Column, Entity, PrimaryColumn } from 'typeorm';

/** The number of refused requests of a gateway by reason, over all processes. */
@Entity('refusal_counts')
export class RefusalCount {
  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'pk_refusal_counts' })
  gateway!: string;

  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'pk_refusal_counts' })
  reason!: string;

  @Column({ type: 'bigint' })
  count!: string;
}
