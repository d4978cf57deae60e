import { ApiProperty } from '@nestjs/swagger';
import { maskCardNumbers } from '../../platform/logging/card-numbers.js';
import { pageViewOf } from '../../platform/http/page.js';
import { COUNT, DATE_TIME, orNull, textOrNull, UUID } from '../../platform/http/schema-types.js';
import type { Payment } from '../../payments/index.js';
import { renderFrozen } from '../messages/message.js';
import { NOTIFICATION_KINDS } from '../kinds/message-kinds.js';
import { NOTIFICATION_STATUSES, type Notification } from '../notification.entity.js';

export class NotificationSummaryView {
  @ApiProperty(UUID) id!: string;
  @ApiProperty({ enum: NOTIFICATION_KINDS }) kind!: string;
  @ApiProperty(UUID) paymentId!: string;
  @ApiProperty(textOrNull('ord_1')) orderId!: string | null;
  @ApiProperty(textOrNull('ch_1', 'The failed attempt that the message is about')) attemptId!: string | null;
  @ApiProperty({ example: 'email' }) channel!: string;
  @ApiProperty({ enum: NOTIFICATION_STATUSES, example: 'sent' }) status!: string;
  @ApiProperty({ ...textOrNull('recent', 'Why it was suppressed'), example: null }) reason!: string | null;
  @ApiProperty(textOrNull('asha@example.com')) to!: string | null;
  @ApiProperty(textOrNull('en')) locale!: string | null;
  @ApiProperty({ ...COUNT, example: 1 }) attempts!: number;
  @ApiProperty(DATE_TIME) createdAt!: string;
  @ApiProperty(DATE_TIME) dueAt!: string;
  @ApiProperty(orNull(DATE_TIME)) sentAt!: string | null;
}

export class NotificationView extends NotificationSummaryView {
  @ApiProperty(textOrNull('Your payment did not go through', 'As rendered, card-like numbers masked'))
  subject!: string | null;
  @ApiProperty(textOrNull('Your payment of $100.00 did not go through.')) text!: string | null;
  @ApiProperty(textOrNull('<p>Your payment of $100.00 did not go through.</p>')) html!: string | null;
  @ApiProperty(textOrNull('<1@shop.example>', 'The id that the channel gave the message')) reference!:
    string | null;
  @ApiProperty({ ...textOrNull('TimeoutError', 'Why the last attempt failed'), example: null })
  lastError!: string | null;
}

export class NotificationPageView extends pageViewOf(NotificationSummaryView) {}

export class ResendView {
  @ApiProperty(UUID) id!: string;
  @ApiProperty({ enum: ['pending'] }) status!: 'pending';
}

/** The ids of the order that a payment belongs to, as they are known today. */
export type OrderIds = Pick<Payment, 'orderId' | 'gatewayOrderId'>;

/** What a list reads of a notification. */
type ListedNotification = Omit<
  Notification,
  'subject' | 'text' | 'html' | 'facts' | 'reference' | 'lastError'
>;

export function toNotificationSummary(
  notification: ListedNotification,
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
  const { reference, lastError } = notification;
  const { subject, text, html } = renderedOf(notification);
  return {
    ...toNotificationSummary(notification, order),
    subject: maskCards(subject),
    text: maskCards(text),
    html: maskCards(html),
    reference,
    lastError: maskCards(lastError),
  };
}

/** What the message says: as it went out or as an earlier version rendered it, else rendered now from its facts. */
function renderedOf(notification: Notification): Pick<Notification, 'subject' | 'text' | 'html'> {
  const { text, facts } = notification;
  return text === null && facts !== null ? renderFrozen(facts, notification) : notification;
}

const maskCards = (text: string | null): string | null => text && maskCardNumbers(text);
