import { Controller, Get, Inject, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import { ApiProblems } from '../../platform/http/api-problems.decorator.js';
import { KeyedApi } from '../../platform/http/keyed-api.decorator.js';
import { BAD_REQUEST } from '../../platform/http/problem-types.js';
import { RefusalPageView } from './refusal.view.js';
import { RefusalsQuery } from './refusals.query.js';
import { RefusalsReader } from './refusals.reader.js';

@Controller('refusals')
@KeyedApi('refusals')
export class RefusalsController {
  constructor(@Inject(RefusalsReader) private readonly refusals: RefusalsReader) {}

  @Get()
  @ApiOperation({
    summary: 'List refused requests, newest first, with a diagnosis of each',
    description: 'Of a flood only a sample is stored; `GET /stats` counts every refused request.',
  })
  @ApiOkResponse({ type: RefusalPageView, description: 'One page of refused requests' })
  @ApiProblems(BAD_REQUEST)
  list(@Query() query: RefusalsQuery): Promise<RefusalPageView> {
    return this.refusals.list(query);
  }
}
