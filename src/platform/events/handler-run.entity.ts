import { Check, Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn } from 'typeorm';
import { isOneOfSql } from '../database/check-sql.js';
import { DomainEventRow } from './domain-event.entity.js';

export const HANDLER_RUN_STATUSES = ['pending', 'dead'] as const;
export type HandlerRunStatus = (typeof HANDLER_RUN_STATUSES)[number];

/**
 * The work of one handler on one event. It is retried on its own, and dead after the last attempt. A run that succeeded
 * is deleted.
 */
@Entity('handler_runs')
// Early versions kept runs that were done, with this status.
@Check('ck_handler_runs_status', isOneOfSql('status', [...HANDLER_RUN_STATUSES, 'done']))
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
