import { Check, Column, Entity, Index, PrimaryColumn, Unique } from 'typeorm';
import { isOneOfSql } from '../database/check-sql.js';

export const NOTICE_STATUSES = ['pending', 'sent', 'suppressed', 'dead'] as const;
export type NoticeStatus = (typeof NOTICE_STATUSES)[number];

/** What a mail to the operator says, in plain words and without anything personal. */
export interface NoticeContent {
  /** One line. */
  readonly subject: string;
  readonly paragraphs: readonly string[];
  /** What to look at, in the order of likelihood. */
  readonly points: readonly string[];
  /** The request that shows how it stands. Left out: `GET /gateways`. */
  readonly where?: string;
}

/** One mail to the operator. The key makes it the only one about its occasion. */
@Entity('operator_notices')
@Unique('uq_operator_notices_key', ['key'])
@Check('ck_operator_notices_status', isOneOfSql('status', NOTICE_STATUSES))
@Index('ix_operator_notices_open', ['status', 'dueAt'])
export class OperatorNotice {
  @PrimaryColumn({ type: 'uuid', primaryKeyConstraintName: 'pk_operator_notices' })
  id!: string;

  @Column({ type: 'text' })
  key!: string;

  @Column({ type: 'jsonb' })
  content!: NoticeContent;

  @Column({ type: 'text' })
  status!: NoticeStatus;

  /** Why it is suppressed. */
  @Column({ type: 'text', nullable: true })
  reason!: string | null;

  @Column({ type: 'integer' })
  attempts!: number;

  @Column({ type: 'timestamptz', name: 'due_at' })
  dueAt!: Date;

  @Column({ type: 'timestamptz', name: 'created_at' })
  createdAt!: Date;

  @Column({ type: 'timestamptz', name: 'sent_at', nullable: true })
  sentAt!: Date | null;

  @Column({ type: 'uuid', nullable: true })
  lease!: string | null;

  @Column({ type: 'timestamptz', name: 'leased_until', nullable: true })
  leasedUntil!: Date | null;

  @Column({ type: 'text', name: 'last_error', nullable: true })
  lastError!: string | null;
}
