import { Check, Column, Entity, PrimaryColumn } from 'typeorm';

/** One row: from where to where the log goes. It stays when every event has expired. */
@Entity('event_log_state')
@Check('ck_event_log_state_one', 'id = 1')
@Check('ck_event_log_state_order', 'expired_through >= 0 AND head >= expired_through')
export class EventLogState {
  @PrimaryColumn({ type: 'smallint', primaryKeyConstraintName: 'pk_event_log_state' })
  id!: number;

  /** The position of the newest event. */
  @Column({ type: 'bigint' })
  head!: string;

  /** Every position up to this one is removed. */
  @Column({ type: 'bigint', name: 'expired_through' })
  expiredThrough!: string;

  @Column({ type: 'timestamptz', name: 'published_at' })
  publishedAt!: Date;
}
