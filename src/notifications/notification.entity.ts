import { Check, Column, Entity, Index, PrimaryColumn, Unique } from 'typeorm';
import { isOneOfSql } from '../platform/database/check-sql.js';

export const NOTIFICATION_KINDS = ['payment_failed', 'payment_received'] as const;
export type NotificationKind = (typeof NOTIFICATION_KINDS)[number];

export const NOTIFICATION_STATUSES = ['pending', 'sent', 'suppressed', 'dead'] as const;
export type NotificationStatus = (typeof NOTIFICATION_STATUSES)[number];

/** A message to a customer: reserved once, sent when its time has come, or kept with the reason it was not. */
@Entity('notifications')
@Check('ck_notifications_kind', isOneOfSql('kind', NOTIFICATION_KINDS))
@Check('ck_notifications_mode', isOneOfSql('mode', ['live', 'test', '*']))
@Check('ck_notifications_status', isOneOfSql('status', NOTIFICATION_STATUSES))
@Unique('uq_notifications_once', ['paymentId', 'kind', 'attemptKey'])
@Index('uq_notifications_received_once', ['gateway', 'account', 'merchant', 'mode', 'orderKey'], {
  unique: true,
  where: `kind = 'payment_received'`,
})
@Index(
  'uq_notifications_received_once_by_gateway_order',
  ['gateway', 'account', 'merchant', 'mode', 'gatewayOrderId'],
  { unique: true, where: `kind = 'payment_received'` },
)
@Index('ix_notifications_order', ['gateway', 'account', 'orderKey'])
@Index('ix_notifications_gateway_order', ['gateway', 'account', 'gatewayOrderId'], {
  where: `gateway_order_id is not null`,
})
@Index('ix_notifications_pending', ['dueAt'], { where: `status = 'pending'` })
@Index('ix_notifications_dead', ['id'], { where: `status = 'dead'` })
@Index('ix_notifications_expiring', ['createdAt'], { where: `text is not null` })
export class Notification {
  @PrimaryColumn({ type: 'uuid', primaryKeyConstraintName: 'pk_notifications' })
  id!: string;

  @Column({ type: 'text' })
  kind!: NotificationKind;

  @Column({ type: 'uuid', name: 'payment_id' })
  paymentId!: string;

  /** Which failed attempt it tells of; `received` for the message that all is well. */
  @Column({ type: 'text', name: 'attempt_key' })
  attemptKey!: string;

  @Column({ type: 'text' })
  gateway!: string;

  @Column({ type: 'text' })
  account!: string;

  /** Whose order it is: empty where the endpoint serves one merchant, `*` in what version 0.1 wrote. */
  @Column({ type: 'text', default: '*' })
  merchant!: string;

  /** The payment's mode: a test payment's order is another order. `*` where version 0.1 wrote it. */
  @Column({ type: 'text', default: '*' })
  mode!: string;

  /** The order's id, else the gateway's, else the payment's own, as it was known when the message was sent. */
  @Column({ type: 'text', name: 'order_key' })
  orderKey!: string;

  /** The gateway's own order, as it was known when the message was sent. */
  @Column({ type: 'text', name: 'gateway_order_id', nullable: true })
  gatewayOrderId!: string | null;

  @Column({ type: 'text' })
  channel!: string;

  @Column({ type: 'text', nullable: true })
  recipient!: string | null;

  @Column({ type: 'text', nullable: true })
  locale!: string | null;

  @Column({ type: 'text' })
  status!: NotificationStatus;

  @Column({ type: 'text', nullable: true })
  reason!: string | null;

  /** When what it tells of happened, by the gateway. */
  @Column({ type: 'timestamptz', name: 'occurred_at' })
  occurredAt!: Date;

  @Column({ type: 'timestamptz', name: 'created_at' })
  createdAt!: Date;

  /** When it is checked and sent: after settling, and after each failed try. */
  @Column({ type: 'timestamptz', name: 'due_at' })
  dueAt!: Date;

  @Column({ type: 'timestamptz', name: 'sent_at', nullable: true })
  sentAt!: Date | null;

  @Column({ type: 'integer' })
  attempts!: number;

  @Column({ type: 'text', nullable: true })
  subject!: string | null;

  @Column({ type: 'text', nullable: true })
  text!: string | null;

  @Column({ type: 'text', nullable: true })
  html!: string | null;

  /** The channel's own id of what was sent. */
  @Column({ type: 'text', nullable: true })
  reference!: string | null;

  @Column({ type: 'text', name: 'last_error', nullable: true })
  lastError!: string | null;

  /** Set while one process decides and sends; a dead one's runs out. */
  @Column({ type: 'timestamptz', name: 'leased_until', nullable: true })
  leasedUntil!: Date | null;

  @Column({ type: 'uuid', nullable: true })
  lease!: string | null;
}
