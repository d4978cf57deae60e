import { ApiProperty } from '@nestjs/swagger';
import { maskCardNumbers } from '../../platform/logging/card-numbers.js';
import type { Payment } from '../../payments/index.js';
import { NOTIFICATION_KINDS, NOTIFICATION_STATUSES, type Notification } from '../notification.entity.js';

export class NotificationSummaryView {
  @ApiProperty() id!: string;
  @ApiProperty({ enum: NOTIFICATION_KINDS }) kind!: string;
  @ApiProperty() paymentId!: string;
  @ApiProperty({ type: String, nullable: true }) orderId!: string | null;
  @ApiProperty({ type: String, nullable: true, description: 'The failed attempt that the message is about' })
  attemptId!: string | null;
  @ApiProperty() channel!: string;
  @ApiProperty({ enum: NOTIFICATION_STATUSES }) status!: string;
  @ApiProperty({ type: String, nullable: true, description: 'Why it was suppressed' }) reason!: string | null;
  @ApiProperty({ type: String, nullable: true }) to!: string | null;
  @ApiProperty({ type: String, nullable: true }) locale!: string | null;
  @ApiProperty() attempts!: number;
  @ApiProperty() createdAt!: string;
  @ApiProperty() dueAt!: string;
  @ApiProperty({ type: String, nullable: true }) sentAt!: string | null;
}

export class NotificationView extends NotificationSummaryView {
  @ApiProperty({ type: String, nullable: true, description: 'As rendered, card-like numbers masked' })
  subject!: string | null;
  @ApiProperty({ type: String, nullable: true }) text!: string | null;
  @ApiProperty({ type: String, nullable: true }) html!: string | null;
  @ApiProperty({ type: String, nullable: true, description: 'The channel’s own id' }) reference!:
    string | null;
  @ApiProperty({ type: String, nullable: true }) lastError!: string | null;
}

export class NotificationPageView {
  @ApiProperty({ type: [NotificationSummaryView] }) items!: NotificationSummaryView[];
  @ApiProperty({ type: String, nullable: true }) nextCursor!: string | null;
}

/** The ids of the order that a payment belongs to, as they are known today. */
export type OrderIds = Pick<Payment, 'orderId' | 'gatewayOrderId'>;

export function toNotificationSummary(
  notification: Notification,
  order: OrderIds | undefined,
): NotificationSummaryView {
  const { paymentId } = notification;
  return {
    id: notification.id,
    kind: notification.kind,
    paymentId,
    orderId: order?.orderId ?? order?.gatewayOrderId ?? null,
    attemptId: notification.kind === 'payment_failed' ? notification.attemptKey : null,
    channel: notification.channel,
    status: notification.status,
    reason: maskCards(notification.reason),
    to: maskCards(notification.recipient),
    locale: notification.locale,
    attempts: notification.attempts,
    createdAt: notification.createdAt.toISOString(),
    dueAt: notification.dueAt.toISOString(),
    sentAt: notification.sentAt?.toISOString() ?? null,
  };
}

export function toNotificationView(
  notification: Notification,
  order: OrderIds | undefined,
): NotificationView {
  const { subject, text, html, reference, lastError } = notification;
  return {
    ...toNotificationSummary(notification, order),
    subject: maskCards(subject),
    text: maskCards(text),
    html: maskCards(html),
    reference,
    lastError: maskCards(lastError),
  };
}

const maskCards = (text: string | null): string | null => text && maskCardNumbers(text);
