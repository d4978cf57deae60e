import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { Repository } from 'typeorm';
import { toPage } from '../../platform/http/page.js';
import { PayloadCipher } from '../inbox/payload-cipher.js';
import { Refusal } from '../refusals/refusal.entity.js';
import { RefusalLog } from '../refusals/refusal-log.js';
import { type RefusalPageView, toRefusalView } from './refusal.view.js';
import type { RefusalsQuery } from './refusals.query.js';

const EXACT = ['gateway', 'account', 'reason'] as const;

/** Refused requests as operators see them. */
@Injectable()
export class RefusalsReader {
  constructor(
    @InjectRepository(Refusal) private readonly refusals: Repository<Refusal>,
    private readonly log: RefusalLog,
    private readonly cipher: PayloadCipher,
  ) {}

  /** Refusals that this process holds in memory are written first, so that they are listed too. */
  async list(query: RefusalsQuery): Promise<RefusalPageView> {
    await this.log.save();
    const found = this.refusals
      .createQueryBuilder('refusal')
      .orderBy('refusal.id', 'DESC')
      .limit(query.limit + 1);
    for (const name of EXACT)
      if (query[name] !== undefined) found.andWhere(`refusal.${name} = :${name}`, { [name]: query[name] });
    const { from, to, cursor } = query;
    if (from !== undefined) found.andWhere('refusal.receivedAt >= :from', { from: new Date(from) });
    if (to !== undefined) found.andWhere('refusal.receivedAt < :to', { to: new Date(to) });
    if (cursor !== undefined) found.andWhere('refusal.id < :cursor', { cursor });
    return toPage(await found.getMany(), query.limit, (refusal) => toRefusalView(refusal, this.cipher));
  }
}
