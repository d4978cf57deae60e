import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { Repository } from 'typeorm';
import { findPaymentIds } from '../../payments/index.js';
import { MAX_SHOWN_ITEMS } from './limits.js';
import type { ReconciliationItem } from './reconciliation-item.entity.js';
import { findItems } from './reconciliation-item.store.js';
import { Reconciliation } from './reconciliation.entity.js';

export type ShownItem = Omit<ReconciliationItem, 'reconciliationId' | 'number'>;

/** Which runs are listed. */
export interface RunFilter {
  readonly gateway?: string;
  readonly account?: string;
  readonly cursor?: string;
  readonly limit: number;
}

/** Runs as operators see them. */
@Injectable()
export class ReconciliationsReader {
  constructor(@InjectRepository(Reconciliation) private readonly runs: Repository<Reconciliation>) {}

  /** One run more than `limit` where there is a next page. */
  list({ gateway, account, cursor, limit }: RunFilter): Promise<Reconciliation[]> {
    const found = this.runs
      .createQueryBuilder('run')
      .orderBy('run.id', 'DESC')
      .limit(limit + 1);
    if (gateway !== undefined) found.andWhere('run.gateway = :gateway', { gateway });
    if (account !== undefined) found.andWhere('run.account = :account', { account });
    if (cursor !== undefined) found.andWhere('run.id < :cursor', { cursor });
    return found.getMany();
  }

  find(id: string): Promise<Reconciliation | null> {
    return this.runs.findOneBy({ id });
  }

  /** The first items of a run. A payment that was missing then has its id where it is stored now. */
  async findItems({ id, gateway, account }: Reconciliation): Promise<ShownItem[]> {
    const items = await findItems(this.runs.manager, id, MAX_SHOWN_ITEMS);
    const unnamed = items.filter(({ paymentId }) => paymentId === null);
    const ids = await findPaymentIds(
      this.runs.manager,
      unnamed
        .flatMap(({ gatewayPaymentId }) => gatewayPaymentId ?? [])
        .map((one) => ({ gateway, account, gatewayPaymentId: one })),
    );
    return items.map((item) => ({
      ...item,
      paymentId: item.paymentId ?? ids.get(item.gatewayPaymentId ?? '') ?? null,
    }));
  }
}
