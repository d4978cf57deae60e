import { Inject, Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { In, LessThan, type FindOptionsSelect, type Repository } from 'typeorm';
import { toPage } from '../../platform/http/page.js';
import { Payment } from '../../payments/index.js';
import { CHANNELS, type MessageChannel } from '../channels/channel.js';
import { HTTP_CHANNEL } from '../channels/http.channel.js';
import { NotificationWorker } from '../sending/notification-worker.js';
import { Notification } from '../notification.entity.js';
import { resetDeadNotification } from '../notification.store.js';
import {
  type NotificationPageView,
  toNotificationSummary,
  type NotificationView,
  toNotificationView,
  type OrderIds,
} from './notification.view.js';
import type { NotificationsQuery } from './notifications.query.js';

/** Notifications as operators see them, and how a dead one is sent again. */
@Injectable()
export class NotificationsService {
  /** Channels whose messages go to no address. HTTP is one also where it is switched off. */
  private readonly withoutAddress: ReadonlySet<string>;

  constructor(
    @InjectRepository(Notification) private readonly notifications: Repository<Notification>,
    @InjectRepository(Payment) private readonly payments: Repository<Payment>,
    private readonly worker: NotificationWorker,
    @Inject(CHANNELS) channels: readonly MessageChannel[],
  ) {
    const names = channels.filter(({ addressOf }) => addressOf === null).map(({ name }) => name);
    this.withoutAddress = new Set([HTTP_CHANNEL, ...names]);
  }

  async list({ paymentId, status, limit, cursor }: NotificationsQuery): Promise<NotificationPageView> {
    const rows = await this.notifications.find({
      select: SUMMARY_COLUMNS,
      where: {
        ...(paymentId && { paymentId }),
        ...(status && { status }),
        ...(cursor && { id: LessThan(cursor) }),
      },
      order: { id: 'DESC' },
      take: limit + 1,
    });
    const orders = await this.ordersOf(rows);
    return toPage(rows, limit, (row) =>
      toNotificationSummary(this.withReceiver(row), orders.get(row.paymentId)),
    );
  }

  /** Null when there is no such notification. */
  async find(id: string): Promise<NotificationView | null> {
    const notification = await this.notifications.findOneBy({ id });
    if (!notification) return null;
    const orders = await this.ordersOf([notification]);
    return toNotificationView(this.withReceiver(notification), orders.get(notification.paymentId));
  }

  /**
   * Makes a dead notification pending again, with its attempts counted from 0. The worker checks it like any other
   * before it is sent.
   */
  async resend(id: string): Promise<'pending' | 'not_dead' | 'unknown'> {
    if (!(await this.notifications.existsBy({ id }))) return 'unknown';
    if (!(await resetDeadNotification(this.notifications.manager, id))) return 'not_dead';
    this.worker.wake();
    return 'pending';
  }

  /** Without the address by which the message is counted, where it does not go to that address. */
  private withReceiver<T extends Pick<Notification, 'channel' | 'recipient'>>(row: T): T {
    return this.withoutAddress.has(row.channel) ? { ...row, recipient: null } : row;
  }

  /** By payment. The order is read from the payment: a notification keeps the order id of the time it was made. */
  private async ordersOf(rows: readonly Notification[]): Promise<ReadonlyMap<string, OrderIds>> {
    const payments = await this.payments.find({
      select: { id: true, orderId: true, gatewayOrderId: true },
      where: { id: In([...new Set(rows.map(({ paymentId }) => paymentId))]) },
    });
    return new Map(payments.map((payment) => [payment.id, payment]));
  }
}

/** Not the rendered text, which may be large. */
const SUMMARY_COLUMNS = {
  id: true,
  kind: true,
  paymentId: true,
  attemptKey: true,
  channel: true,
  status: true,
  reason: true,
  recipient: true,
  locale: true,
  attempts: true,
  createdAt: true,
  dueAt: true,
  sentAt: true,
} as const satisfies FindOptionsSelect<Notification>;
