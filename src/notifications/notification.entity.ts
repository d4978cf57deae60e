import { Check, Column, Entity, Index, PrimaryColumn, Unique } from 'typeorm';
import { isOneOfSql } from '../platform/database/check-sql.js';
import { NOTIFICATION_KINDS, type NotificationKind } from './kinds/message-kinds.js';
import type { FrozenFacts } from './messages/message.js';

export const NOTIFICATION_STATUSES = ['pending', 'sent', 'suppressed', 'dead'] as const;
export type NotificationStatus = (typeof NOTIFICATION_STATUSES)[number];

/**
 * A message to a customer on one channel. It is scheduled once for each channel, and ends as sent, suppressed (with the
 * reason) or dead.
 */
@Entity('notifications')
@Check('ck_notifications_kind', isOneOfSql('kind', NOTIFICATION_KINDS))
@Check('ck_notifications_mode', isOneOfSql('mode', ['live', 'test', '*']))
@Check('ck_notifications_status', isOneOfSql('status', NOTIFICATION_STATUSES))
@Unique('uq_notifications_once', ['paymentId', 'kind', 'attemptKey', 'channel'])
@Index('uq_notifications_received_once', ['gateway', 'account', 'merchant', 'mode', 'orderKey', 'channel'], {
  unique: true,
  where: `kind = 'payment_received'`,
})
@Index(
  'uq_notifications_received_once_by_gateway_order',
  ['gateway', 'account', 'merchant', 'mode', 'gatewayOrderId', 'channel'],
  { unique: true, where: `kind = 'payment_received'` },
)
@Index('ix_notifications_order', ['gateway', 'account', 'orderKey'])
@Index('ix_notifications_gateway_order', ['gateway', 'account', 'gatewayOrderId'], {
  where: `gateway_order_id is not null`,
})
@Index('ix_notifications_pending', ['channel', 'dueAt'], { where: `status = 'pending'` })
@Index('ix_notifications_dead', ['id'], { where: `status = 'dead'` })
// On an expression, which an entity cannot declare: see the migration `sends-by-phone`.
@Index('ix_notifications_address', { synchronize: false })
@Index('ix_notifications_expiring', ['createdAt'], { where: `text is not null or facts is not null` })
export class Notification {
  @PrimaryColumn({ type: 'uuid', primaryKeyConstraintName: 'pk_notifications' })
  id!: string;

  @Column({ type: 'text' })
  kind!: NotificationKind;

  @Column({ type: 'uuid', name: 'payment_id' })
  paymentId!: string;

  /** What the message is about, so that it is told once: for each kind see `KIND_TRAITS`. */
  @Column({ type: 'text', name: 'attempt_key' })
  attemptKey!: string;

  @Column({ type: 'text' })
  gateway!: string;

  @Column({ type: 'text' })
  account!: string;

  /** The merchant of the order. Empty where the endpoint serves one merchant; `*` in rows of version 0.1. */
  @Column({ type: 'text', default: '*' })
  merchant!: string;

  /** The payment's mode. The order of a test payment is a different order. `*` in rows of version 0.1. */
  @Column({ type: 'text', default: '*' })
  mode!: string;

  /** The merchant's order id, else the gateway's, else the payment's id, as known when the message was sent. */
  @Column({ type: 'text', name: 'order_key' })
  orderKey!: string;

  /** The gateway's order id, as known when the message was sent. */
  @Column({ type: 'text', name: 'gateway_order_id', nullable: true })
  gatewayOrderId!: string | null;

  /** The name of the channel that the message goes by. Each channel has a row of its own for a message. */
  @Column({ type: 'text' })
  channel!: string;

  /**
   * The address that the message went to. Where the channel needs none, an address or a phone number of the customer, by
   * which alerts are counted and to which nothing is sent.
   */
  @Column({ type: 'text', nullable: true })
  recipient!: string | null;

  @Column({ type: 'text', nullable: true })
  locale!: string | null;

  @Column({ type: 'text' })
  status!: NotificationStatus;

  @Column({ type: 'text', nullable: true })
  reason!: string | null;

  /** When the event happened that the message is about, by the gateway's clock. */
  @Column({ type: 'timestamptz', name: 'occurred_at' })
  occurredAt!: Date;

  @Column({ type: 'timestamptz', name: 'created_at' })
  createdAt!: Date;

  /** When the message is decided and sent: after it has settled, and after the backoff of a failed attempt. */
  @Column({ type: 'timestamptz', name: 'due_at' })
  dueAt!: Date;

  @Column({ type: 'timestamptz', name: 'sent_at', nullable: true })
  sentAt!: Date | null;

  @Column({ type: 'integer' })
  attempts!: number;

  /**
   * What the message says, as it was when the message was decided. Null before that, and again once the message was sent:
   * then the columns below hold what went out. They also hold every message that an earlier version rendered.
   */
  @Column({ type: 'jsonb', nullable: true })
  facts!: FrozenFacts | null;

  @Column({ type: 'text', nullable: true })
  subject!: string | null;

  @Column({ type: 'text', nullable: true })
  text!: string | null;

  @Column({ type: 'text', nullable: true })
  html!: string | null;

  /** The id by which the channel knows the sent message. */
  @Column({ type: 'text', nullable: true })
  reference!: string | null;

  @Column({ type: 'text', name: 'last_error', nullable: true })
  lastError!: string | null;

  /** Set while one process sends. After this moment another process may claim the message. */
  @Column({ type: 'timestamptz', name: 'leased_until', nullable: true })
  leasedUntil!: Date | null;

  @Column({ type: 'uuid', nullable: true })
  lease!: string | null;
}
