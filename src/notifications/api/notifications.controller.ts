import { Controller, Get, HttpCode, Inject, Param, Post, Query } from '@nestjs/common';
import { ApiAcceptedResponse, ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import { validate as isUuid } from 'uuid';
import { RequireRole } from '../../platform/http/api-key.guard.js';
import { ApiProblems } from '../../platform/http/api-problems.decorator.js';
import { KeyedApi } from '../../platform/http/keyed-api.decorator.js';
import { KeyName, logOperatorAction } from '../../platform/http/operator-act.js';
import { notFound, problemOf } from '../../platform/http/problem.js';
import { BAD_REQUEST, BY_ID, type ProblemType } from '../../platform/http/problem-types.js';
import { NotificationPageView, NotificationView, ResendView } from './notification.view.js';
import { NotificationsQuery } from './notifications.query.js';
import { NotificationsService } from './notifications.service.js';

const NOT_DEAD: ProblemType = {
  type: '/problems/not-dead',
  title: 'Only a dead notification is sent again',
  status: 409,
  when: 'the notification is not dead',
};

@Controller('notifications')
@KeyedApi('notifications')
export class NotificationsController {
  constructor(@Inject(NotificationsService) private readonly notifications: NotificationsService) {}

  @Get()
  @ApiOperation({ summary: 'List notifications, newest first' })
  @ApiOkResponse({
    type: NotificationPageView,
    description: 'One page of notifications, without their texts',
  })
  @ApiProblems(BAD_REQUEST)
  list(@Query() query: NotificationsQuery): Promise<NotificationPageView> {
    return this.notifications.list(query);
  }

  @Get(':id')
  @ApiOperation({ summary: 'Show one notification as it was rendered' })
  @ApiOkResponse({ type: NotificationView, description: 'The notification, with its texts' })
  @ApiProblems(...BY_ID)
  async find(@Param('id') id: string): Promise<NotificationView> {
    const notification = isUuid(id) ? await this.notifications.find(id) : null;
    if (!notification) throw notFound('notification');
    return notification;
  }

  @Post(':id/resend')
  @HttpCode(202)
  @RequireRole('operate')
  @ApiOperation({ summary: 'Send a dead notification again; it is checked once more before it goes out' })
  @ApiAcceptedResponse({ type: ResendView, description: 'The notification will be sent again' })
  @ApiProblems(...BY_ID, NOT_DEAD)
  async resend(@Param('id') id: string, @KeyName() key: string): Promise<ResendView> {
    const status = isUuid(id) ? await this.notifications.resend(id) : 'unknown';
    if (status === 'unknown') throw notFound('notification');
    if (status === 'not_dead') throw problemOf(NOT_DEAD);
    logOperatorAction(key, 'resend', { notificationId: id });
    return { id, status };
  }
}
