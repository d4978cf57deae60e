import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { IsNull, type Repository } from 'typeorm';
import { pageOf } from '../../http/page.js';
import { Problem } from '../../http/problem.js';
import { DeliveryWorker } from '../delivery-worker.js';
import { Delivery } from '../delivery.entity.js';
import { HintWorker } from '../hint-worker.js';
import type { DeliveriesQuery } from './deliveries.query.js';
import {
  deliverySummaryOf,
  deliveryViewOf,
  type DeliveryPageView,
  type DeliveryView,
} from './delivery.view.js';

/** Deliveries as operators see them, and the one thing they can do with them: have the work run again. */
@Injectable()
export class DeliveriesService {
  constructor(
    @InjectRepository(Delivery) private readonly deliveries: Repository<Delivery>,
    private readonly worker: DeliveryWorker,
    private readonly hints: HintWorker,
  ) {}

  async list(query: DeliveriesQuery): Promise<DeliveryPageView> {
    const found = this.deliveries
      .createQueryBuilder('delivery')
      .select(SUMMARY.map((column) => `delivery.${column}`))
      .orderBy('delivery.id', 'DESC')
      .limit(query.limit + 1);
    if (query.status !== undefined) found.andWhere('delivery.status = :status', { status: query.status });
    if (query.gateway !== undefined)
      found.andWhere('delivery.gateway = :gateway', { gateway: query.gateway });
    if (query.account !== undefined)
      found.andWhere('delivery.account = :account', { account: query.account });
    if (query.type !== undefined) found.andWhere('delivery.eventType = :type', { type: query.type });
    if (query.from !== undefined)
      found.andWhere('delivery.receivedAt >= :from', { from: new Date(query.from) });
    if (query.to !== undefined) found.andWhere('delivery.receivedAt < :to', { to: new Date(query.to) });
    if (query.cursor !== undefined) found.andWhere('delivery.id < :cursor', { cursor: query.cursor });
    return pageOf(await found.getMany(), query.limit, deliverySummaryOf);
  }

  async find(id: string): Promise<DeliveryView | null> {
    const delivery = await this.deliveries.findOneBy({ id });
    return delivery && deliveryViewOf(delivery);
  }

  /**
   * Has the stored bytes worked on again. Processed work run again is a replay and alerts nobody unless asked; the
   * first success of what was parked or dead is no replay. False when there is no such delivery, or somebody is at
   * work on it; one that is pending anyway is merely brought forward. Throws a 409 when its bytes are gone.
   */
  async replay(id: string, alerts: boolean): Promise<boolean> {
    const [, taken] = await this.deliveries.query<[unknown, number]>(
      `UPDATE deliveries SET
         replay = replay OR status IN ('processed', 'ignored'),
         silent = CASE WHEN status IN ('processed', 'ignored') THEN NOT $2 ELSE silent END,
         attempts = CASE WHEN status = 'dead' THEN 0 ELSE attempts END,
         status = 'pending', next_attempt_at = now(), last_error = NULL
       WHERE id = $1 AND raw IS NOT NULL AND (leased_until IS NULL OR leased_until < now())`,
      [id, alerts],
    );
    this.worker.loop.wake();
    this.hints.loop.wake();
    if (taken === 0 && (await this.deliveries.existsBy({ id, raw: IsNull() }))) throw payloadGone();
    return taken === 1;
  }
}

const payloadGone = (): Problem =>
  new Problem({
    type: '/problems/payload-gone',
    title: 'The bytes of this delivery have expired or were erased',
    status: 409,
  });

/** All but the payload, which may be large. */
const SUMMARY = [
  'id',
  'gateway',
  'account',
  'eventId',
  'eventType',
  'status',
  'provenance',
  'causedBy',
  'verdict',
  'attempts',
  'receipts',
  'errors',
  'lastError',
  'receivedAt',
  'processedAt',
  'nextAttemptAt',
] as const satisfies readonly (keyof Delivery)[];
