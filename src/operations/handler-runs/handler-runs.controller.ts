import { Controller, Get, HttpCode, Inject, Param, Post, Query, Res, UseGuards } from '@nestjs/common';
import {
  ApiAcceptedResponse,
  ApiBearerAuth,
  ApiBody,
  ApiNotFoundResponse,
  ApiOkResponse,
  ApiOperation,
  ApiQuery,
  ApiTags,
} from '@nestjs/swagger';
import type { Response } from 'express';
import { validate as isUuid } from 'uuid';
import { HandlerRuns } from '../../platform/events/index.js';
import { ApiKeyGuard, RequireRole } from '../../platform/http/api-key.guard.js';
import { JsonBody } from '../../platform/http/json-body.js';
import { KeyName, logOperatorAction } from '../../platform/http/operator-act.js';
import { parseBody, parseQuery } from '../../platform/http/page.js';
import { badRequest, notFound } from '../../platform/http/problem.js';
import {
  HandlerReplayRequest,
  toHandlerRunPage,
  HandlerRunPageView,
  HandlerRunsQuery,
  parseCursor,
} from './handler-runs.view.js';

/** Shows handler runs, and replays dead ones when their cause is gone. */
@ApiTags('operations')
@ApiBearerAuth()
@UseGuards(ApiKeyGuard)
@Controller('handler-runs')
export class HandlerRunsController {
  constructor(@Inject(HandlerRuns) private readonly runs: HandlerRuns) {}

  @Get()
  @ApiQuery({ type: HandlerRunsQuery })
  @ApiOkResponse({ type: HandlerRunPageView })
  async list(@Query() query: Record<string, unknown>): Promise<HandlerRunPageView> {
    const { limit, cursor, ...filter } = parseQuery(HandlerRunsQuery, query);
    const after = cursor === undefined ? null : parseCursor(cursor);
    return toHandlerRunPage(await this.runs.list(filter, limit + 1, after), limit);
  }

  @Post('replay')
  @HttpCode(202)
  @RequireRole('operate')
  @ApiOperation({ summary: 'Replay all dead runs that match; with "dryRun", only count them' })
  @ApiBody({ type: HandlerReplayRequest })
  @ApiAcceptedResponse({ schema: { example: { runs: 3, status: 'pending' } } })
  @ApiOkResponse({ description: 'With "dryRun"', schema: { example: { runs: 3 } } })
  async replayAll(
    @JsonBody() body: Record<string, unknown>,
    @Res({ passthrough: true }) response: Response,
    @KeyName() key: string,
  ): Promise<{ runs: number; status?: 'pending' }> {
    const { dryRun = false, status, ...filter } = parseBody(HandlerReplayRequest, body);
    if (status === undefined && Object.values(filter).every((value) => value === undefined))
      throw badRequest('name at least one of status, handler, event');
    if (dryRun) {
      response.status(200);
      return { runs: await this.runs.count(filter) };
    }
    const runs = await this.runs.replayAll(filter);
    logOperatorAction(key, 'handler_replay_all', { ...filter, runs });
    return { runs, status: 'pending' };
  }

  @Post(':eventId/:handler/replay')
  @HttpCode(202)
  @RequireRole('operate')
  @ApiOperation({ summary: 'Replay one dead run' })
  @ApiAcceptedResponse({ schema: { example: { eventId: '…', handler: '…', status: 'pending' } } })
  @ApiNotFoundResponse()
  async replay(
    @Param('eventId') eventId: string,
    @Param('handler') handler: string,
    @KeyName() key: string,
  ): Promise<{ eventId: string; handler: string; status: 'pending' }> {
    const known = isUuid(eventId) && !handler.includes('\0');
    if (!known || !(await this.runs.replay({ eventId, handler }))) throw notFound('dead run of a handler');
    logOperatorAction(key, 'handler_replay', { eventId, handler });
    return { eventId, handler, status: 'pending' };
  }
}
