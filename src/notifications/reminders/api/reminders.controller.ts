import { Controller, Get, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import { InjectRepository } from '@nestjs/typeorm';
import { IsNull, LessThan, Not, type Repository } from 'typeorm';
import { MODES, type Mode } from '../../../payments/index.js';
import { ApiProblems } from '../../../platform/http/api-problems.decorator.js';
import { KeyedApi } from '../../../platform/http/keyed-api.decorator.js';
import { PageQuery, toPage } from '../../../platform/http/page.js';
import { BAD_REQUEST } from '../../../platform/http/problem-types.js';
import { OneOfFilter, TextFilter } from '../../../platform/http/query-filters.js';
import { DunnedOrder } from '../dunned-order.entity.js';
import { ReminderPageView, toReminderView } from './reminder.view.js';

/** Filters of the list of reminders. A reminder is listed when it matches all that are given. */
export class RemindersQuery extends PageQuery {
  @TextFilter({ description: "The merchant's order id, or the gateway's where the merchant gave none" })
  orderId?: string;
  @OneOfFilter(MODES) mode?: Mode;
  @TextFilter({ description: 'Where one endpoint serves several merchants' }) merchant?: string;
}

@Controller('reminders')
@KeyedApi('notifications')
export class RemindersController {
  constructor(@InjectRepository(DunnedOrder) private readonly dunned: Repository<DunnedOrder>) {}

  @Get()
  @ApiOperation({
    summary: 'List the reminders that wait for their day, newest first',
    description: 'The next one of each order. A reminder that is due is listed by `GET /notifications`.',
  })
  @ApiOkResponse({ type: ReminderPageView, description: 'One page of scheduled reminders' })
  @ApiProblems(BAD_REQUEST)
  async list(@Query() { orderId, mode, merchant, limit, cursor }: RemindersQuery): Promise<ReminderPageView> {
    const rows = await this.dunned.find({
      where: {
        day: Not(IsNull()),
        ...(orderId !== undefined && { orderId }),
        ...(mode !== undefined && { mode }),
        ...(merchant !== undefined && { merchant }),
        ...(cursor !== undefined && { id: LessThan(cursor) }),
      },
      order: { id: 'DESC' },
      take: limit + 1,
    });
    return toPage(rows, limit, toReminderView);
  }
}
