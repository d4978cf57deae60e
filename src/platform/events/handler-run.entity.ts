import { Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn } from 'typeorm';
import { DomainEventRow } from './domain-event.entity.js';

export type HandlerRunStatus = 'pending' | 'dead';

/** What one handler owes one event: tried, retried and given up on its own, and gone once it is done. */
@Entity('handler_runs')
@Index('ix_handler_runs_pending', ['nextAttemptAt'], { where: `status = 'pending'` })
@Index('ix_handler_runs_dead', ['eventId'], { where: `status = 'dead'` })
export class HandlerRun {
  @PrimaryColumn({ type: 'uuid', name: 'event_id', primaryKeyConstraintName: 'pk_handler_runs' })
  eventId!: string;

  @ManyToOne(() => DomainEventRow)
  @JoinColumn({ name: 'event_id', foreignKeyConstraintName: 'fk_handler_runs_event' })
  event?: DomainEventRow;

  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'pk_handler_runs' })
  handler!: string;

  @Column({ type: 'text' })
  status!: HandlerRunStatus;

  @Column({ type: 'integer' })
  attempts!: number;

  @Column({ type: 'timestamptz', name: 'next_attempt_at' })
  nextAttemptAt!: Date;

  @Column({ type: 'timestamptz', name: 'leased_until', nullable: true })
  leasedUntil!: Date | null;

  @Column({ type: 'uuid', nullable: true })
  lease!: string | null;

  @Column({ type: 'text', name: 'last_error', nullable: true })
  lastError!: string | null;
}
