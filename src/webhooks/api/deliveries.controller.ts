import { Controller, Get, HttpCode, Inject, Param, Post, Query, UseGuards } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiConflictResponse,
  ApiNotFoundResponse,
  ApiOkResponse,
  ApiOperation,
  ApiQuery,
  ApiTags,
} from '@nestjs/swagger';
import { validate as isUuid } from 'uuid';
import { ApiKeyGuard, NeedsRole } from '../../http/api-key.guard.js';
import { parseQuery } from '../../http/page.js';
import { badRequest, notFound } from '../../http/problem.js';
import { DeliveriesQuery } from './deliveries.query.js';
import { DeliveriesService } from './deliveries.service.js';
import { DeliveryPageView, DeliveryView } from './delivery.view.js';

@ApiTags('deliveries')
@ApiBearerAuth()
@UseGuards(ApiKeyGuard)
@Controller('deliveries')
export class DeliveriesController {
  constructor(@Inject(DeliveriesService) private readonly deliveries: DeliveriesService) {}

  @Get()
  @ApiQuery({ type: DeliveriesQuery })
  @ApiOkResponse({ type: DeliveryPageView })
  list(@Query() query: Record<string, unknown>): Promise<DeliveryPageView> {
    return this.deliveries.list(parseQuery(DeliveriesQuery, query));
  }

  @Get(':id')
  @ApiOkResponse({ type: DeliveryView })
  @ApiNotFoundResponse()
  async find(@Param('id') id: string): Promise<DeliveryView> {
    const delivery = isUuid(id) ? await this.deliveries.find(id) : null;
    if (!delivery) throw notFound('delivery');
    return delivery;
  }

  @Post(':id/replay')
  @HttpCode(202)
  @NeedsRole('operate')
  @ApiOperation({ summary: 'Work on the stored bytes again; alerts nobody unless ?alerts=true' })
  @ApiQuery({ name: 'alerts', required: false, enum: ['true', 'false'] })
  @ApiNotFoundResponse()
  @ApiConflictResponse({ description: 'Its bytes have expired or were erased' })
  async replay(
    @Param('id') id: string,
    @Query('alerts') alerts?: unknown,
  ): Promise<{ id: string; status: 'pending' }> {
    if (alerts !== undefined && alerts !== 'true' && alerts !== 'false')
      throw badRequest('bad parameter: alerts');
    const taken = isUuid(id) && (await this.deliveries.replay(id, alerts === 'true'));
    if (!taken) throw notFound('delivery with its bytes still there and nobody at work on it');
    return { id, status: 'pending' };
  }
}
