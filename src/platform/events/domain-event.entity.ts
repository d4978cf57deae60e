import { Check, Column, Entity, PrimaryColumn, Unique } from 'typeorm';

/** A domain event as it left with the commit that made it true. */
@Entity('domain_events')
@Check('ck_domain_events_name', `name <> ''`)
@Unique('uq_domain_events_once', ['subjectId', 'name', 'causeId'])
export class DomainEventRow {
  @PrimaryColumn({ type: 'uuid', primaryKeyConstraintName: 'pk_domain_events' })
  id!: string;

  @Column({ type: 'text' })
  name!: string;

  /** What it is about, and what caused it: with the name, what makes it unique. */
  @Column({ type: 'uuid', name: 'subject_id' })
  subjectId!: string;

  @Column({ type: 'uuid', name: 'cause_id' })
  causeId!: string;

  /** Work run again by an operator: handlers that reach people leave it alone. */
  @Column({ type: 'boolean' })
  silent!: boolean;

  @Column({ type: 'jsonb' })
  payload!: object;

  @Column({ type: 'timestamptz', name: 'created_at' })
  createdAt!: Date;
}
