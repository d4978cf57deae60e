import { Body, Controller, Get, HttpCode, Inject, Param, Post, Query, Res } from '@nestjs/common';
import { ApiAcceptedResponse, ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import type { Response } from 'express';
import { validate as isUuid } from 'uuid';
import { RequireRole } from '../../platform/http/api-key.guard.js';
import { ApiProblems } from '../../platform/http/api-problems.decorator.js';
import { ReadsJson } from '../../platform/http/json-body.js';
import { KeyedApi } from '../../platform/http/keyed-api.decorator.js';
import { KeyName, logOperatorAction } from '../../platform/http/operator-act.js';
import { notFound, type Problem, problemOf } from '../../platform/http/problem.js';
import { BAD_REQUEST, BY_ID, type ProblemType } from '../../platform/http/problem-types.js';
import { ReplayDryRun } from '../replay/replay-dry-run.js';
import { ReplayService } from '../replay/replay.service.js';
import { DeliveriesQuery } from './deliveries.query.js';
import { DeliveriesService } from './deliveries.service.js';
import { DeliveryPageView, DeliveryView } from './delivery.view.js';
import { DeliveryTypesReader } from './delivery-types.reader.js';
import { DeliveryTypesView } from './delivery-types.view.js';
import {
  PreviewView,
  ReplayOneQuery,
  ReplayRequest,
  ReplaysView,
  ReplayView,
  toReplay,
} from './replay.request.js';

const PAYLOAD_GONE: ProblemType = {
  type: '/problems/payload-gone',
  title: 'The bytes of this delivery have expired or were erased',
  status: 409,
  when: 'the bytes of the delivery have expired or were erased',
};

@Controller('deliveries')
@KeyedApi('deliveries')
export class DeliveriesController {
  constructor(
    @Inject(DeliveriesService) private readonly deliveries: DeliveriesService,
    @Inject(DeliveryTypesReader) private readonly types: DeliveryTypesReader,
    @Inject(ReplayService) private readonly replays: ReplayService,
    @Inject(ReplayDryRun) private readonly dryRuns: ReplayDryRun,
  ) {}

  @Get()
  @ApiOperation({ summary: 'List deliveries, newest first' })
  @ApiOkResponse({ type: DeliveryPageView, description: 'One page of deliveries, without their bodies' })
  @ApiProblems(BAD_REQUEST)
  list(@Query() query: DeliveriesQuery): Promise<DeliveryPageView> {
    return this.deliveries.list(query);
  }

  @Get('types')
  @ApiOperation({
    summary: 'Count deliveries by type and status, also those that are laid aside',
    description: 'The counts are exact, and of one moment after the request came.',
  })
  @ApiOkResponse({ type: DeliveryTypesView, description: 'The most frequent first' })
  countTypes(): Promise<DeliveryTypesView> {
    return this.types.read();
  }

  @Get(':id')
  @ApiOperation({ summary: 'Show one delivery as it was received' })
  @ApiOkResponse({ type: DeliveryView, description: 'The delivery, with its headers and its body' })
  @ApiProblems(...BY_ID)
  async find(@Param('id') id: string): Promise<DeliveryView> {
    const delivery = isUuid(id) ? await this.deliveries.find(id) : null;
    if (!delivery) throw notFound('delivery');
    return delivery;
  }

  @Post('replay')
  @HttpCode(202)
  @RequireRole('operate')
  @ApiOperation({ summary: 'Replay every delivery that matches the filter' })
  @ApiOkResponse({ type: PreviewView, description: 'With `dryRun`: what the replay would change' })
  @ApiAcceptedResponse({ type: ReplaysView, description: 'The deliveries will be replayed' })
  @ReadsJson()
  async replayAll(
    @Body() body: ReplayRequest,
    @Res({ passthrough: true }) response: Response,
    @KeyName() key: string,
  ): Promise<ReplaysView | PreviewView> {
    const { filter, alerts, dryRun } = toReplay(body);
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
  @ApiOperation({ summary: 'Replay one delivery: interpret its stored bytes again' })
  @ApiOkResponse({ type: PreviewView, description: 'With `dryRun=true`: what the replay would change' })
  @ApiAcceptedResponse({ type: ReplayView, description: 'The delivery will be replayed' })
  @ApiProblems(BAD_REQUEST, ...BY_ID, PAYLOAD_GONE)
  async replay(
    @Param('id') id: string,
    @Res({ passthrough: true }) response: Response,
    @Query() query: ReplayOneQuery,
    @KeyName() key: string,
  ): Promise<ReplayView | PreviewView> {
    const { alerts, dryRun } = query;
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
      ? problemOf(PAYLOAD_GONE)
      : notFound('delivery with its bytes still there and nobody at work on it');
  }
}
