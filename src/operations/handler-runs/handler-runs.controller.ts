import { Body, Controller, Get, HttpCode, Inject, Param, Post, Query, Res } from '@nestjs/common';
import { ApiAcceptedResponse, ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import type { Response } from 'express';
import { validate as isUuid } from 'uuid';
import { HandlerRuns } from '../../platform/events/index.js';
import { RequireRole } from '../../platform/http/api-key.guard.js';
import { ApiProblems } from '../../platform/http/api-problems.decorator.js';
import { ReadsJson } from '../../platform/http/json-body.js';
import { KeyedApi } from '../../platform/http/keyed-api.decorator.js';
import { KeyName, logOperatorAction } from '../../platform/http/operator-act.js';
import { badRequest, notFound } from '../../platform/http/problem.js';
import { BAD_REQUEST, BY_ID } from '../../platform/http/problem-types.js';
import {
  HandlerReplayPreviewView,
  HandlerReplayRequest,
  HandlerReplaysView,
  HandlerReplayView,
  toHandlerRunPage,
  HandlerRunPageView,
  HandlerRunsQuery,
  parseCursor,
} from './handler-runs.view.js';

/** Handler runs that are pending or dead. An operator replays the dead ones once their cause is gone. */
@Controller('handler-runs')
@KeyedApi('operations')
export class HandlerRunsController {
  constructor(@Inject(HandlerRuns) private readonly runs: HandlerRuns) {}

  @Get()
  @ApiOperation({ summary: 'List handler runs that are pending or dead, newest event first' })
  @ApiOkResponse({ type: HandlerRunPageView, description: 'One page of handler runs' })
  @ApiProblems(BAD_REQUEST)
  async list(@Query() query: HandlerRunsQuery): Promise<HandlerRunPageView> {
    const { limit, cursor, ...filter } = query;
    const after = cursor === undefined ? null : parseCursor(cursor);
    return toHandlerRunPage(await this.runs.list(filter, limit + 1, after), limit);
  }

  @Post('replay')
  @HttpCode(202)
  @RequireRole('operate')
  @ApiOperation({ summary: 'Replay every dead handler run that matches the filter' })
  @ApiOkResponse({ type: HandlerReplayPreviewView, description: 'With `dryRun`: how many runs match' })
  @ApiAcceptedResponse({ type: HandlerReplaysView, description: 'The runs will be replayed' })
  @ReadsJson()
  async replayAll(
    @Body() body: HandlerReplayRequest,
    @Res({ passthrough: true }) response: Response,
    @KeyName() key: string,
  ): Promise<HandlerReplaysView | HandlerReplayPreviewView> {
    const { dryRun = false, status, ...filter } = body;
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
  @ApiOperation({ summary: 'Replay one dead handler run' })
  @ApiAcceptedResponse({ type: HandlerReplayView, description: 'The run will be replayed' })
  @ApiProblems(...BY_ID)
  async replay(
    @Param('eventId') eventId: string,
    @Param('handler') handler: string,
    @KeyName() key: string,
  ): Promise<HandlerReplayView> {
    const known = isUuid(eventId) && !handler.includes('\0');
    if (!known || !(await this.runs.replay({ eventId, handler }))) throw notFound('dead run of a handler');
    logOperatorAction(key, 'handler_replay', { eventId, handler });
    return { eventId, handler, status: 'pending' };
  }
}
