import { Controller, Get, HttpCode, Inject, Param, Post, Query, Res, UseGuards } from '@nestjs/common';
import {
  ApiAcceptedResponse,
  ApiBearerAuth,
  ApiBody,
  ApiConflictResponse,
  ApiNotFoundResponse,
  ApiOkResponse,
  ApiOperation,
  ApiQuery,
  ApiTags,
} from '@nestjs/swagger';
import type { Response } from 'express';
import { validate as isUuid } from 'uuid';
import { ApiKeyGuard, RequireRole } from '../../platform/http/api-key.guard.js';
import { JsonBody } from '../../platform/http/json-body.js';
import { KeyName, logOperatorAction } from '../../platform/http/operator-act.js';
import { parseBody, parseQuery } from '../../platform/http/page.js';
import { badRequest, notFound, Problem } from '../../platform/http/problem.js';
import { isEmptyFilter } from '../inbox/delivery-filter.js';
import { ReplayDryRun } from '../replay/replay-dry-run.js';
import { ReplayService } from '../replay/replay.service.js';
import { DeliveriesQuery } from './deliveries.query.js';
import { DeliveriesService } from './deliveries.service.js';
import { DeliveryPageView, DeliveryView } from './delivery.view.js';
import { PreviewView, ReplayOneQuery, ReplayRequest, ReplaysView, ReplayView } from './replay.request.js';

@ApiTags('deliveries')
@ApiBearerAuth()
@UseGuards(ApiKeyGuard)
@Controller('deliveries')
export class DeliveriesController {
  constructor(
    @Inject(DeliveriesService) private readonly deliveries: DeliveriesService,
    @Inject(ReplayService) private readonly replays: ReplayService,
    @Inject(ReplayDryRun) private readonly dryRuns: ReplayDryRun,
  ) {}

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

  /** By filter, in batches; an empty filter would mean everything there ever was, and is refused. */
  @Post('replay')
  @HttpCode(202)
  @RequireRole('operate')
  @ApiOperation({ summary: 'Work on all that match again; with "dryRun", only tell what would change' })
  @ApiBody({ type: ReplayRequest })
  @ApiOkResponse({ type: PreviewView, description: 'With "dryRun"' })
  @ApiAcceptedResponse({ type: ReplaysView })
  async replayAll(
    @JsonBody() body: Record<string, unknown>,
    @Res({ passthrough: true }) response: Response,
    @KeyName() key: string,
  ): Promise<ReplaysView | PreviewView> {
    const { alerts = false, dryRun = false, ...filter } = parseBody(ReplayRequest, body);
    if (isEmptyFilter(filter))
      throw badRequest('name at least one of status, gateway, account, type, from, to');
    if (dryRun) {
      response.status(200);
      return this.dryRuns.all(filter, alerts);
    }
    const deliveries = await this.replays.all(filter, alerts);
    logOperatorAction(key, 'replay_all', { ...filter, alerts, deliveries });
    return { deliveries, status: 'pending' };
  }

  @Post(':id/replay')
  @HttpCode(202)
  @RequireRole('operate')
  @ApiOperation({
    summary: 'Work on the stored bytes again; alerts nobody unless ?alerts=true, and then of what it changes',
  })
  @ApiQuery({ type: ReplayOneQuery })
  @ApiOkResponse({ type: PreviewView, description: 'With dryRun=true' })
  @ApiAcceptedResponse({ type: ReplayView })
  @ApiNotFoundResponse()
  @ApiConflictResponse({ description: 'Its bytes have expired or were erased' })
  async replay(
    @Param('id') id: string,
    @Res({ passthrough: true }) response: Response,
    @Query() query: Record<string, unknown>,
    @KeyName() key: string,
  ): Promise<ReplayView | PreviewView> {
    const { alerts, dryRun } = parseQuery(ReplayOneQuery, query);
    const loud = alerts === 'true';
    if (dryRun === 'true') {
      const preview = isUuid(id) ? await this.dryRuns.one(id, loud) : null;
      if (!preview) throw await this.notReplayable(id);
      response.status(200);
      return preview;
    }
    const taken = isUuid(id) && (await this.replays.one(id, loud));
    if (!taken) throw await this.notReplayable(id);
    logOperatorAction(key, 'replay', { deliveryId: id, alerts: loud });
    return { id, status: 'pending' };
  }

  private async notReplayable(id: string): Promise<Problem> {
    return isUuid(id) && (await this.deliveries.hasLostPayload(id))
      ? payloadGoneProblem()
      : notFound('delivery with its bytes still there and nobody at work on it');
  }
}

const payloadGoneProblem = (): Problem =>
  new Problem({
    type: '/problems/payload-gone',
    title: 'The bytes of this delivery have expired or were erased',
    status: 409,
  });
