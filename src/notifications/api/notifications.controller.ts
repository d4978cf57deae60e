import { Controller, Get, Param, Query, UseGuards } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiNotFoundResponse,
  ApiOkResponse,
  ApiPropertyOptional,
  ApiQuery,
  ApiTags,
} from '@nestjs/swagger';
import { InjectRepository } from '@nestjs/typeorm';
import { IsIn, IsOptional, IsUUID } from 'class-validator';
import { LessThan, type Repository } from 'typeorm';
import { validate as isUuid } from 'uuid';
import { ApiKeyGuard } from '../../http/api-key.guard.js';
import { PageQuery, pageOf, parseQuery } from '../../http/page.js';
import { notFound } from '../../http/problem.js';
import { Notification, NOTIFICATION_STATUSES, type NotificationStatus } from '../notification.entity.js';
import {
  NotificationPageView,
  notificationSummaryOf,
  NotificationView,
  notificationViewOf,
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
  constructor(@InjectRepository(Notification) private readonly notifications: Repository<Notification>) {}

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
    return pageOf(rows, limit, notificationSummaryOf);
  }

  /** As rendered. */
  @Get(':id')
  @ApiOkResponse({ type: NotificationView })
  @ApiNotFoundResponse()
  async find(@Param('id') id: string): Promise<NotificationView> {
    const notification = isUuid(id) ? await this.notifications.findOneBy({ id }) : null;
    if (!notification) throw notFound('notification');
    return notificationViewOf(notification);
  }
}
