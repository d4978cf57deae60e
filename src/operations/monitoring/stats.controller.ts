import { Controller, Get, Inject } from '@nestjs/common';
import { ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import { KeyedApi } from '../../platform/http/keyed-api.decorator.js';
import { Stats, StatsView } from './stats.js';

@Controller('stats')
@KeyedApi('operations')
export class StatsController {
  constructor(@Inject(Stats) private readonly stats: Stats) {}

  @Get()
  @ApiOperation({ summary: 'Count what is stored, what waits and what was refused' })
  @ApiOkResponse({ type: StatsView, description: 'One snapshot; work counts from the commit that makes it' })
  read(): Promise<StatsView> {
    return this.stats.readSnapshot();
  }
}
