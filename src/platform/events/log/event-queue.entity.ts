import { Column, Entity, PrimaryColumn } from 'typeorm';

/**
 * Events of one INSERT that have no place in the log yet. The trigger `tr_domain_events_queue` writes the row in the
 * transaction that stores the events, so it becomes visible with them, and never where the transaction is rolled back.
 */
@Entity('event_queue')
export class QueuedEvents {
  /** Drawn when the events are stored. Whoever locks a subject draws behind everybody who locked it before. */
  @PrimaryColumn({ type: 'bigint', primaryKeyConstraintName: 'pk_event_queue' })
  id!: string;

  @Column({ type: 'uuid', array: true, name: 'event_ids' })
  eventIds!: string[];
}
