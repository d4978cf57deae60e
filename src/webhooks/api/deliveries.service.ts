import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { IsNull, type Repository } from 'typeorm';
import { pageOf } from '../../platform/http/page.js';
import { matching } from '../inbox/delivery-filter.js';
import { Delivery } from '../inbox/delivery.entity.js';
import { GatewaysDirectory } from '../gateways/gateway-registry.js';
import { PayloadVault } from '../inbox/payload-cipher.js';
import type { DeliveriesQuery } from './deliveries.query.js';
import {
  deliverySummaryOf,
  deliveryViewOf,
  type DeliveryPageView,
  type DeliveryView,
} from './delivery.view.js';

/** Deliveries as operators see them. */
@Injectable()
export class DeliveriesService {
  constructor(
    @InjectRepository(Delivery) private readonly deliveries: Repository<Delivery>,
    private readonly vault: PayloadVault,
    private readonly directory: GatewaysDirectory,
  ) {}

  async list(query: DeliveriesQuery): Promise<DeliveryPageView> {
    const found = this.deliveries
      .createQueryBuilder('delivery')
      .select(SUMMARY.map((column) => `delivery.${column}`))
      .orderBy('delivery.id', 'DESC')
      .limit(query.limit + 1);
    matching(found, query);
    if (query.cursor !== undefined) found.andWhere('delivery.id < :cursor', { cursor: query.cursor });
    return pageOf(await found.getMany(), query.limit, deliverySummaryOf);
  }

  async find(id: string): Promise<DeliveryView | null> {
    const delivery = await this.deliveries.findOneBy({ id });
    if (!delivery) return null;
    const secrets = this.directory.accounts(delivery.gateway).flatMap((account) => account.secrets);
    return deliveryViewOf(delivery, this.vault, secrets);
  }

  /** There is such a delivery, but its bytes have expired or were erased. */
  isGone(id: string): Promise<boolean> {
    return this.deliveries.existsBy({ id, raw: IsNull() });
  }
}

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
  'moreErrors',
  'partial',
  'lastError',
  'receivedAt',
  'processedAt',
  'nextAttemptAt',
] as const satisfies readonly (keyof Delivery)[];
