import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { Repository } from 'typeorm';
import { GatewayRegistry } from '../gateways/gateway-registry.js';
import { Delivery } from '../inbox/delivery.entity.js';
import { Refusal } from '../refusals/refusal.entity.js';

/** The gateways that something stored may belong to. */
@Injectable()
export class KnownGateways {
  constructor(
    private readonly registry: GatewayRegistry,
    @InjectRepository(Delivery) private readonly deliveries: Repository<Delivery>,
    @InjectRepository(Refusal) private readonly refusals: Repository<Refusal>,
  ) {}

  /** True for a registered gateway, and for one that is no longer registered while something of it is stored. */
  async has(gateway: string): Promise<boolean> {
    if (this.registry.gateway(gateway) !== undefined) return true;
    return (await this.deliveries.existsBy({ gateway })) || this.refusals.existsBy({ gateway });
  }
}
