import { Controller, Get, Inject, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { ApiKeyGuard } from '../../platform/http/api-key.guard.js';
import { Stats, StatsView } from './stats.js';

@ApiTags('operations')
@ApiBearerAuth()
@UseGuards(ApiKeyGuard)
@Controller('stats')
export class StatsController {
  constructor(@Inject(Stats) private readonly stats: Stats) {}

  @Get()
  @ApiOkResponse({ type: StatsView })
  read(): Promise<StatsView> {
    return this.stats.readSnapshot();
  }
}
