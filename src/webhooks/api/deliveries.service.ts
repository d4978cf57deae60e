import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { IsNull, type Repository } from 'typeorm';
import { toPage } from '../../platform/http/page.js';
import { applyFilter } from '../inbox/delivery-filter.js';
import { Delivery } from '../inbox/delivery.entity.js';
import { knownSecretsOf } from '../secrets/mask-known-secrets.js';
import { GatewayRegistry } from '../gateways/gateway-registry.js';
import { PayloadCipher } from '../inbox/payload-cipher.js';
import type { DeliveriesQuery } from './deliveries.query.js';
import {
  toDeliverySummary,
  toDeliveryView,
  type DeliveryPageView,
  type DeliveryView,
} from './delivery.view.js';

/** Deliveries as operators see them. */
@Injectable()
export class DeliveriesService {
  constructor(
    @InjectRepository(Delivery) private readonly deliveries: Repository<Delivery>,
    private readonly cipher: PayloadCipher,
    private readonly registry: GatewayRegistry,
  ) {}

  async list(query: DeliveriesQuery): Promise<DeliveryPageView> {
    const found = this.deliveries
      .createQueryBuilder('delivery')
      .select(SUMMARY_COLUMNS.map((column) => `delivery.${column}`))
      .orderBy('delivery.id', 'DESC')
      .limit(query.limit + 1);
    applyFilter(found, query);
    if (query.cursor !== undefined) found.andWhere('delivery.id < :cursor', { cursor: query.cursor });
    return toPage(await found.getMany(), query.limit, toDeliverySummary);
  }

  async find(id: string): Promise<DeliveryView | null> {
    const delivery = await this.deliveries.findOneBy({ id });
    if (!delivery) return null;
    const secrets = this.registry
      .accounts(delivery.gateway)
      .flatMap((account) => knownSecretsOf(this.registry.gateway(delivery.gateway) ?? {}, account));
    return toDeliveryView(delivery, this.cipher, secrets);
  }

  /** There is such a delivery, but its bytes have expired or were erased. */
  hasLostPayload(id: string): Promise<boolean> {
    return this.deliveries.existsBy({ id, raw: IsNull() });
  }
}

/** All but the payload, which may be large. */
const SUMMARY_COLUMNS = [
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
