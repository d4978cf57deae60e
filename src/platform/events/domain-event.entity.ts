import { Check, Column, Entity, PrimaryColumn, Unique } from 'typeorm';

/** A domain event, stored by the transaction that made it true. */
@Entity('domain_events')
@Check('ck_domain_events_name', `name <> ''`)
@Unique('uq_domain_events_once', ['subjectId', 'name', 'causeId'])
export class DomainEventRow {
  @PrimaryColumn({ type: 'uuid', primaryKeyConstraintName: 'pk_domain_events' })
  id!: string;

  @Column({ type: 'text' })
  name!: string;

  /** The id of what the event is about. With `name` and `cause_id` it identifies the event. */
  @Column({ type: 'uuid', name: 'subject_id' })
  subjectId!: string;

  @Column({ type: 'uuid', name: 'cause_id' })
  causeId!: string;

  /** An operator replays work without alerts: handlers that reach people ignore the event. */
  @Column({ type: 'boolean' })
  silent!: boolean;

  /**
   * Without the fields that have their default. Null where the next event of the same subject and cause has the same
   * payload. See stored-payload.ts.
   */
  @Column({ type: 'jsonb', nullable: true })
  payload!: object | null;

  @Column({ type: 'timestamptz', name: 'created_at' })
  createdAt!: Date;
}
