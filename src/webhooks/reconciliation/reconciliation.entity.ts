import { Check, Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { isOneOfSql } from '../../platform/database/check-sql.js';
import type { Position } from './position.js';

/** `pending`: under way, or waiting for its next request. */
export const RECONCILIATION_STATUSES = ['pending', 'completed', 'failed'] as const;
export type ReconciliationStatus = (typeof RECONCILIATION_STATUSES)[number];

export const RECONCILIATION_ORIGINS = ['operator', 'command', 'schedule'] as const;
export type ReconciliationOrigin = (typeof RECONCILIATION_ORIGINS)[number];

/** One run: the objects of one gateway's account compared with what is stored. It is a job, one request at a time. */
@Entity('reconciliations')
@Check('ck_reconciliations_origin', isOneOfSql('origin', RECONCILIATION_ORIGINS))
@Check('ck_reconciliations_status', isOneOfSql('status', RECONCILIATION_STATUSES))
@Check(
  'ck_reconciliations_counts',
  'missing >= 0 AND different >= 0 AND same >= 0 AND problems >= 0 AND requests >= 0',
)
// One run of an account at a time: the second INSERT violates this index.
@Index('uq_reconciliations_running', ['gateway', 'account'], { unique: true, where: `status = 'pending'` })
@Index('ix_reconciliations_of_account', ['gateway', 'account', 'createdAt'])
export class Reconciliation {
  @PrimaryColumn({ type: 'uuid', primaryKeyConstraintName: 'pk_reconciliations' })
  id!: string;

  @Column({ type: 'text' })
  gateway!: string;

  @Column({ type: 'text' })
  account!: string;

  /** Who asked for it. */
  @Column({ type: 'text' })
  origin!: ReconciliationOrigin;

  /** Nothing is stored but the run and its items. */
  @Column({ type: 'boolean', name: 'dry_run' })
  dryRun!: boolean;

  /** Objects that were created at this time or later are listed. */
  @Column({ type: 'timestamptz' })
  since!: Date;

  @Column({ type: 'timestamptz' })
  until!: Date;

  @Column({ type: 'text' })
  status!: ReconciliationStatus;

  /** Where the next request begins. It is committed with the work of the request before. */
  @Column({ type: 'jsonb' })
  position!: Position;

  /** The last unfinished payment that was asked about. The next run goes on behind it. */
  @Column({ type: 'uuid', name: 'asked_until', nullable: true })
  askedUntil!: string | null;

  /** All objects created before this time were compared, by this run and those before it. Null unless completed. */
  @Column({ type: 'timestamptz', name: 'covered_until', nullable: true })
  coveredUntil!: Date | null;

  @Column({ type: 'integer', default: 0 })
  missing!: number;

  @Column({ type: 'integer', default: 0 })
  different!: number;

  @Column({ type: 'integer', default: 0 })
  same!: number;

  /** Items that are neither missing nor different. */
  @Column({ type: 'integer', default: 0 })
  problems!: number;

  @Column({ type: 'integer', default: 0 })
  requests!: number;

  /** How often the next request was tried. */
  @Column({ type: 'integer', default: 0 })
  attempts!: number;

  /** When the next request may be made. */
  @Column({ type: 'timestamptz', name: 'due_at' })
  dueAt!: Date;

  /** What of the budget of requests is spent: see request-budget.ts. The next run of the account takes it over. */
  @Column({ type: 'timestamptz', name: 'paced_until', nullable: true })
  pacedUntil!: Date | null;

  @Column({ type: 'timestamptz', name: 'leased_until', nullable: true })
  leasedUntil!: Date | null;

  @Column({ type: 'uuid', nullable: true })
  lease!: string | null;

  /** Why the last request failed, or why the run failed. Null after a request that succeeded. */
  @Column({ type: 'text', name: 'last_error', nullable: true })
  lastError!: string | null;

  @Column({ type: 'timestamptz', name: 'created_at' })
  createdAt!: Date;

  @Column({ type: 'timestamptz', name: 'finished_at', nullable: true })
  finishedAt!: Date | null;
}
