import { Check, Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { isOneOfSql } from '../feature.js';
import type { SubscriptionFilter } from './rules/topics.js';

export const SUBSCRIPTION_STATUSES = ['unconfirmed', 'active', 'paused', 'ended'] as const;
export type SubscriptionStatus = (typeof SUBSCRIPTION_STATUSES)[number];

/** Why a subscription is paused or ended. An unconfirmed one that has a reason is paused once it is confirmed. */
export const STATUS_REASONS = ['operator', 'five_dead', 'gone'] as const;
export type StatusReason = (typeof STATUS_REASONS)[number];

/** Another system that is told of events, and how far it has been told. */
@Entity('subscriptions')
@Check('ck_subscriptions_status', isOneOfSql('status', SUBSCRIPTION_STATUSES))
@Check('ck_subscriptions_limits', 'max_in_flight > 0 AND rate_per_second > 0')
@Index('ix_subscriptions_challenge', ['challengeDueAt'], { where: 'challenge_due_at is not null' })
export class Subscription {
  @PrimaryColumn({ type: 'uuid', primaryKeyConstraintName: 'pk_subscriptions' })
  id!: string;

  @Column({ type: 'text' })
  url!: string;

  @Column({ type: 'jsonb' })
  topics!: readonly string[];

  @Column({ type: 'jsonb' })
  filter!: SubscriptionFilter;

  @Column({ type: 'boolean' })
  ordered!: boolean;

  @Column({ type: 'boolean', name: 'include_customer' })
  includeCustomer!: boolean;

  @Column({ type: 'integer', name: 'max_in_flight' })
  maxInFlight!: number;

  @Column({ type: 'integer', name: 'rate_per_second' })
  ratePerSecond!: number;

  @Column({ type: 'text', nullable: true })
  description!: string | null;

  /** Signs what is sent. It is encrypted where `PAYLOAD_KEYS` is set, and shown once. */
  @Column({ type: 'text' })
  secret!: string;

  /** The secret before a rotation. It signs as well until `previousSecretUntil`. */
  @Column({ type: 'text', name: 'previous_secret', nullable: true })
  previousSecret!: string | null;

  @Column({ type: 'timestamptz', name: 'previous_secret_until', nullable: true })
  previousSecretUntil!: Date | null;

  @Column({ type: 'text' })
  status!: SubscriptionStatus;

  @Column({ type: 'text', name: 'status_reason', nullable: true })
  statusReason!: StatusReason | null;

  /** What the URL must answer before anything is sent to it. */
  @Column({ type: 'text' })
  challenge!: string;

  @Column({ type: 'integer', name: 'challenge_attempts' })
  challengeAttempts!: number;

  /** When the challenge is sent by itself; null where it is not. */
  @Column({ type: 'timestamptz', name: 'challenge_due_at', nullable: true })
  challengeDueAt!: Date | null;

  /** After this time the challenge is not sent by itself any more. */
  @Column({ type: 'timestamptz', name: 'challenge_until' })
  challengeUntil!: Date;

  @Column({ type: 'text', name: 'challenge_error', nullable: true })
  challengeError!: string | null;

  /** Everything up to this place of the event log was sent, or has a dispatch; null before the first confirmation. */
  @Column({ type: 'bigint', nullable: true })
  position!: string | null;

  /** Events after this place are sent again, up to `redeliverUntil`; null where nothing is. */
  @Column({ type: 'bigint', name: 'redeliver_after', nullable: true })
  redeliverAfter!: string | null;

  @Column({ type: 'bigint', name: 'redeliver_until', nullable: true })
  redeliverUntil!: string | null;

  /** Dispatches that were given up since the last one that was delivered. */
  @Column({ type: 'integer', name: 'dead_in_a_row' })
  deadInARow!: number;

  @Column({ type: 'timestamptz', name: 'last_success_at', nullable: true })
  lastSuccessAt!: Date | null;

  /** The first failed try since the last success; null where none failed. */
  @Column({ type: 'timestamptz', name: 'failing_since', nullable: true })
  failingSince!: Date | null;

  @Column({ type: 'timestamptz', name: 'confirmed_at', nullable: true })
  confirmedAt!: Date | null;

  @Column({ type: 'timestamptz', name: 'created_at' })
  createdAt!: Date;

  @Column({ type: 'timestamptz', name: 'updated_at' })
  updatedAt!: Date;
}
