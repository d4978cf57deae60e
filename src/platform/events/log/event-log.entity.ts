import { Column, Entity, PrimaryColumn } from 'typeorm';

/** Up to 256 events that follow each other in the log. A row is never changed, and retention removes the first rows. */
@Entity('event_log')
export class LoggedEvents {
  /** The position of the last event of the row. Positions count events from 1, without a gap. */
  @PrimaryColumn({ type: 'bigint', primaryKeyConstraintName: 'pk_event_log' })
  position!: string;

  @Column({ type: 'uuid', array: true, name: 'event_ids' })
  eventIds!: string[];

  /** For each event: how many events of its subject there are up to this one. */
  @Column({ type: 'integer', array: true })
  sequences!: number[];

  /** Never before that of an earlier row. */
  @Column({ type: 'timestamptz', name: 'published_at' })
  publishedAt!: Date;
}
