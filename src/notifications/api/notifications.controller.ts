import { Controller, Get, HttpCode, Inject, Param, Post, Query, UseGuards } from '@nestjs/common';
import {
  ApiAcceptedResponse,
  ApiBearerAuth,
  ApiConflictResponse,
  ApiNotFoundResponse,
  ApiOkResponse,
  ApiOperation,
  ApiPropertyOptional,
  ApiQuery,
  ApiTags,
} from '@nestjs/swagger';
import { InjectRepository } from '@nestjs/typeorm';
import { IsIn, IsOptional, IsUUID } from 'class-validator';
import { In, LessThan, type Repository } from 'typeorm';
import { validate as isUuid } from 'uuid';
import { ApiKeyGuard, RequireRole } from '../../platform/http/api-key.guard.js';
import { KeyName, logOperatorAction } from '../../platform/http/operator-act.js';
import { PageQuery, toPage, parseQuery } from '../../platform/http/page.js';
import { notFound, Problem } from '../../platform/http/problem.js';
import { Payment } from '../../payments/index.js';
import { NotificationWorker } from '../sending/notification-worker.js';
import { resetDeadNotification } from '../notification.store.js';
import { Notification, NOTIFICATION_STATUSES, type NotificationStatus } from '../notification.entity.js';
import {
  NotificationPageView,
  toNotificationSummary,
  NotificationView,
  toNotificationView,
  type OrderIds,
} from './notification.view.js';

class NotificationsQuery extends PageQuery {
  @ApiPropertyOptional() @IsOptional() @IsUUID() paymentId?: string;
  @ApiPropertyOptional({ enum: NOTIFICATION_STATUSES })
  @IsOptional()
  @IsIn(NOTIFICATION_STATUSES)
  status?: NotificationStatus;
}

@ApiTags('notifications')
@ApiBearerAuth()
@UseGuards(ApiKeyGuard)
@Controller('notifications')
export class NotificationsController {
  constructor(
    @InjectRepository(Notification) private readonly notifications: Repository<Notification>,
    @InjectRepository(Payment) private readonly payments: Repository<Payment>,
    @Inject(NotificationWorker) private readonly worker: NotificationWorker,
  ) {}

  @Get()
  @ApiQuery({ type: NotificationsQuery })
  @ApiOkResponse({ type: NotificationPageView })
  async list(@Query() given: Record<string, unknown>): Promise<NotificationPageView> {
    const { paymentId, status, limit, cursor } = parseQuery(NotificationsQuery, given);
    const rows = await this.notifications.find({
      where: {
        ...(paymentId && { paymentId }),
        ...(status && { status }),
        ...(cursor && { id: LessThan(cursor) }),
      },
      order: { id: 'DESC' },
      take: limit + 1,
    });
    const orders = await this.ordersOf(rows);
    return toPage(rows, limit, (row) => toNotificationSummary(row, orders.get(row.paymentId)));
  }

  /** The order ids by payment. The order key of a message may be older and say less than the payment says today. */
  private async ordersOf(rows: readonly Notification[]): Promise<ReadonlyMap<string, OrderIds>> {
    const payments = await this.payments.find({
      select: { id: true, orderId: true, gatewayOrderId: true },
      where: { id: In([...new Set(rows.map(({ paymentId }) => paymentId))]) },
    });
    return new Map(payments.map((payment) => [payment.id, payment]));
  }

  @Get(':id')
  @ApiOkResponse({ type: NotificationView })
  @ApiNotFoundResponse()
  async find(@Param('id') id: string): Promise<NotificationView> {
    const notification = isUuid(id) ? await this.notifications.findOneBy({ id }) : null;
    if (!notification) throw notFound('notification');
    return toNotificationView(
      notification,
      (await this.ordersOf([notification])).get(notification.paymentId),
    );
  }

  /** A resent message has all its attempts again, and is decided again before it is sent. */
  @Post(':id/resend')
  @HttpCode(202)
  @RequireRole('operate')
  @ApiOperation({ summary: 'Try a dead notification again; it is checked once more before it goes out' })
  @ApiAcceptedResponse({ schema: { example: { id: '…', status: 'pending' } } })
  @ApiNotFoundResponse()
  @ApiConflictResponse({ description: 'It is not dead' })
  async resend(@Param('id') id: string, @KeyName() key: string): Promise<{ id: string; status: 'pending' }> {
    if (!isUuid(id) || !(await this.notifications.existsBy({ id }))) throw notFound('notification');
    if (!(await resetDeadNotification(this.notifications.manager, id))) throw notDead();
    logOperatorAction(key, 'resend', { notificationId: id });
    this.worker.loop.wake();
    return { id, status: 'pending' };
  }
}

const notDead = (): Problem =>
  new Problem({ type: '/problems/not-dead', title: 'Only a dead notification is sent again', status: 409 });
