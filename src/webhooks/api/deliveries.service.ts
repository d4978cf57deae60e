import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { IsNull, type Repository } from 'typeorm';
import { toPage } from '../../platform/http/page.js';
import { findProcessedTimes } from '../../payments/index.js';
import { applyFilter } from '../inbox/delivery-filter.js';
import { DeliveryWork } from '../inbox/delivery-work.entity.js';
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
      .leftJoinAndMapOne('delivery.work', DeliveryWork, 'work', IS_ITS_WORK)
      .orderBy('delivery.id', 'DESC')
      .limit(query.limit + 1);
    applyFilter(found, query);
    if (query.cursor !== undefined) found.andWhere('delivery.id < :cursor', { cursor: query.cursor });
    const page = toPage(await found.getMany(), query.limit, (delivery) => delivery);
    const processed = await this.findProcessedTimes(page.items);
    return { ...page, items: page.items.map((delivery) => toDeliverySummary(delivery, processed)) };
  }

  async find(id: string): Promise<DeliveryView | null> {
    const delivery = await this.deliveries
      .createQueryBuilder('delivery')
      .leftJoinAndMapOne('delivery.work', DeliveryWork, 'work', IS_ITS_WORK)
      .where({ id })
      .getOne();
    if (!delivery) return null;
    const secrets = this.registry
      .accounts(delivery.gateway)
      .flatMap((account) => knownSecretsOf(this.registry.gateway(delivery.gateway) ?? {}, account));
    const processed = await this.findProcessedTimes([delivery]);
    return toDeliveryView(delivery, { processed, cipher: this.cipher, secrets });
  }

  /** When deliveries were processed whose own row does not say so: it is rewritten only where something differs. */
  private findProcessedTimes(deliveries: readonly Delivery[]): Promise<ReadonlyMap<string, Date>> {
    const unknown = deliveries.filter(({ processedAt }) => processedAt === null).map(({ id }) => id);
    return findProcessedTimes(this.deliveries.manager, unknown);
  }

  /** There is such a delivery, but its bytes have expired or were erased. */
  hasLostPayload(id: string): Promise<boolean> {
    return this.deliveries.existsBy({ id, raw: IsNull() });
  }
}

const IS_ITS_WORK = 'work.deliveryId = delivery.id';

/** All but the payload, which may be large. */
const SUMMARY_COLUMNS = [
  'id',
  'gateway',
  'account',
  'key',
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
