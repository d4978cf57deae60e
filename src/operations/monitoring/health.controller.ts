import { Controller, Get, Inject } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProperty, ApiPropertyOptional, ApiTags } from '@nestjs/swagger';
import { ApiProblems } from '../../platform/http/api-problems.decorator.js';
import { problemOf } from '../../platform/http/problem.js';
import type { ProblemType } from '../../platform/http/problem-types.js';
import { type Check, type Checks, HealthChecks } from './health-checks.js';

const NOT_READY: ProblemType = {
  type: '/problems/not-ready',
  title: 'Not ready',
  status: 503,
  when: 'one of the checks is `down`; `checks` holds each of them',
};

class LiveView {
  @ApiProperty({ enum: ['up'] }) status!: 'up';
}

class ReadyView extends LiveView implements Checks {
  @ApiProperty({ enum: ['up'] }) database!: Check;
  @ApiProperty({ enum: ['up'], description: 'No migration is pending' }) migrations!: Check;
  @ApiPropertyOptional({
    enum: ['up'],
    description: 'The last delivery was stored; without a recent one, a probe. Not of a `ROLE=worker`',
  })
  storage?: Check;
  @ApiPropertyOptional({
    enum: ['up'],
    description: 'The background work goes on. Not of a `ROLE=intake`',
  })
  worker?: Check;
}

/** For load balancers and orchestrators. Open to everybody, so it does not say why something is down. */
@ApiTags('operations')
@Controller('health')
export class HealthController {
  constructor(@Inject(HealthChecks) private readonly checks: HealthChecks) {}

  @Get('live')
  @ApiOperation({ summary: 'Whether the process answers; restart it if it does not', security: [] })
  @ApiOkResponse({ type: LiveView, description: 'The process answers' })
  live(): LiveView {
    return { status: 'up' };
  }

  @Get('ready')
  @ApiOperation({
    summary: 'Whether this process can do its work; send no webhooks where it cannot',
    security: [],
  })
  @ApiOkResponse({ type: ReadyView, description: 'Every check is up' })
  @ApiProblems(NOT_READY)
  async ready(): Promise<ReadyView> {
    const checks = await this.checks.read();
    if (Object.values(checks).includes('down'))
      throw problemOf(NOT_READY, { checks }, { 'Retry-After': '5' });
    return { status: 'up', ...checks };
  }
}
