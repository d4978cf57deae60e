import { Column, Entity, PrimaryColumn } from 'typeorm';

/** How many requests of a gateway were refused for a reason, over all processes. */
@Entity('refusal_counts')
export class RefusalCount {
  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'pk_refusal_counts' })
  gateway!: string;

  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'pk_refusal_counts' })
  reason!: string;

  @Column({ type: 'bigint' })
  count!: string;
}
