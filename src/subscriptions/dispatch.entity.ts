import { Check, Column, Entity, Index, PrimaryColumn, Unique } from 'typeorm';
import { isOneOfSql } from '../feature.js';

export const DISPATCH_STATUSES = ['pending', 'delivered', 'dead'] as const;
export type DispatchStatus = (typeof DISPATCH_STATUSES)[number];

/**
 * An event that was sent to a subscriber, or waits for its next try. There is no row before the first try has ended, but
 * for what waits behind an earlier event of the same subject, and for what an operator asked to send again.
 */
@Entity('dispatches')
@Unique('uq_dispatches_event', ['subscriptionId', 'eventId'])
@Check('ck_dispatches_status', isOneOfSql('status', DISPATCH_STATUSES))
@Index('ix_dispatches_subscription', ['subscriptionId', 'id'])
@Index('ix_dispatches_due', ['subscriptionId', 'dueAt'], {
  where: `status = 'pending' AND due_at IS NOT NULL`,
})
@Index('ix_dispatches_subject', ['subscriptionId', 'subjectId', 'sequence'], { where: `status = 'pending'` })
@Index('ix_dispatches_pending', ['subscriptionId', 'id'], { where: `status = 'pending'` })
@Index('ix_dispatches_dead', ['subscriptionId', 'id'], { where: `status = 'dead'` })
@Index('ix_dispatches_answers', ['paymentId'], { where: 'answer IS NOT NULL AND payment_id IS NOT NULL' })
@Index('ix_dispatches_updated', ['updatedAt'])
export class Dispatch {
  @PrimaryColumn({ type: 'uuid', primaryKeyConstraintName: 'pk_dispatches' })
  id!: string;

  @Column({ type: 'uuid', name: 'subscription_id' })
  subscriptionId!: string;

  @Column({ type: 'uuid', name: 'event_id' })
  eventId!: string;

  @Column({ type: 'text', name: 'event_name' })
  eventName!: string;

  @Column({ type: 'uuid', name: 'subject_id' })
  subjectId!: string;

  /** The payment that the event is about, where it names one. */
  @Column({ type: 'uuid', name: 'payment_id', nullable: true })
  paymentId!: string | null;

  @Column({ type: 'bigint' })
  sequence!: string;

  @Column({ type: 'text' })
  status!: DispatchStatus;

  @Column({ type: 'integer' })
  attempts!: number;

  /** When a pending one is tried; null while it waits for an earlier event of its subject. */
  @Column({ type: 'timestamptz', name: 'due_at', nullable: true })
  dueAt!: Date | null;

  /** Of the last answer. */
  @Column({ type: 'integer', name: 'http_status', nullable: true })
  httpStatus!: number | null;

  /** Why the last try failed. */
  @Column({ type: 'text', nullable: true })
  reason!: string | null;

  /** The last answer, of at most 64 kB. A subscriber may have written a person into it. */
  @Column({ type: 'text', nullable: true })
  answer!: string | null;

  @Column({ type: 'timestamptz', name: 'created_at' })
  createdAt!: Date;

  @Column({ type: 'timestamptz', name: 'updated_at' })
  updatedAt!: Date;
}
