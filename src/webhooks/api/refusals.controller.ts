import { Controller, Get, Inject, Query, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger';
import { InjectRepository } from '@nestjs/typeorm';
import type { Repository } from 'typeorm';
import { ApiKeyGuard } from '../../platform/http/api-key.guard.js';
import { toPage, parseQuery } from '../../platform/http/page.js';
import { PayloadCipher } from '../inbox/payload-cipher.js';
import { Refusal } from '../refusals/refusal.entity.js';
import { RefusalLog } from '../refusals/refusal-log.js';
import { RefusalPageView, toRefusalView } from './refusal.view.js';
import { RefusalsQuery } from './refusals.query.js';

@ApiTags('refusals')
@ApiBearerAuth()
@UseGuards(ApiKeyGuard)
@Controller('refusals')
export class RefusalsController {
  constructor(
    @InjectRepository(Refusal) private readonly refusals: Repository<Refusal>,
    @Inject(RefusalLog) private readonly log: RefusalLog,
    @Inject(PayloadCipher) private readonly cipher: PayloadCipher,
  ) {}

  @Get()
  @ApiOperation({
    summary: 'Refused requests, the newest, with what seems wrong with them; a flood is sampled',
  })
  @ApiQuery({ type: RefusalsQuery })
  @ApiOkResponse({ type: RefusalPageView })
  async list(@Query() given: Record<string, unknown>): Promise<RefusalPageView> {
    const query = parseQuery(RefusalsQuery, given);
    await this.log.save();
    const found = this.refusals
      .createQueryBuilder('refusal')
      .orderBy('refusal.id', 'DESC')
      .limit(query.limit + 1);
    const { gateway, account, reason, from, to, cursor } = query;
    if (gateway !== undefined) found.andWhere('refusal.gateway = :gateway', { gateway });
    if (account !== undefined) found.andWhere('refusal.account = :account', { account });
    if (reason !== undefined) found.andWhere('refusal.reason = :reason', { reason });
    if (from !== undefined) found.andWhere('refusal.receivedAt >= :from', { from: new Date(from) });
    if (to !== undefined) found.andWhere('refusal.receivedAt < :to', { to: new Date(to) });
    if (cursor !== undefined) found.andWhere('refusal.id < :cursor', { cursor });
    return toPage(await found.getMany(), query.limit, (refusal) => toRefusalView(refusal, this.cipher));
  }
}
