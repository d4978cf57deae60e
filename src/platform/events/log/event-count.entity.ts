import { Column, Entity, PrimaryColumn } from 'typeorm';

/** How many events of a subject were removed, so that the next one goes on counting. */
@Entity('event_counts')
export class EventCount {
  @PrimaryColumn({ type: 'uuid', name: 'subject_id', primaryKeyConstraintName: 'pk_event_counts' })
  subjectId!: string;

  @Column({ type: 'integer' })
  expired!: number;
}
