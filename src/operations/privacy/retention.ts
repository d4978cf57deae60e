import {
  Inject,
  Injectable,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { ENV } from '../../platform/config/config.module.js';
import type { Env } from '../../platform/config/env.js';
import { ProcessRole } from '../../platform/config/process-role.js';
import { tryJobLock } from '../../platform/database/advisory-locks.js';
import { QUEUE_ORDER_SETTING } from '../../platform/jobs/queue-order.js';
import { PollingLoop } from '../../platform/jobs/index.js';
import { FEATURES, type PayhookFeature } from '../../platform/features/index.js';
import { CustomerData } from '../../payments/index.js';
import { RefusalRetention, PayloadRetention } from '../../webhooks/index.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const ROWS_PER_STATEMENT = 500;
/** Each payment takes one advisory lock by its name, and PostgreSQL has a fixed number of lock slots. */
const PAYMENTS_PER_STATEMENT = 100;

/**
 * Removes personal data older than `RETENTION_DAYS`: payload bytes and headers, contacts, rendered mails, refused requests.
 * Keys, ids and amounts stay. Runs at start and every hour, in short transactions of one batch each. An advisory lock
 * lets only one process work at a time.
 */
@Injectable()
export class RetentionWorker implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly loop = new PollingLoop('Retention', () => this.step(new Date()), HOUR_MS);

  constructor(
    private readonly db: DataSource,
    private readonly role: ProcessRole,
    @Inject(ENV) private readonly env: Env,
    private readonly payloads: PayloadRetention,
    private readonly customers: CustomerData,
    @Inject(FEATURES) private readonly features: readonly PayhookFeature[],
    private readonly refusals: RefusalRetention,
  ) {}

  onApplicationBootstrap(): void {
    if (this.role.works) this.loop.start();
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.loop.stop();
  }

  /**
   * Expires one batch of each kind, as of `now`, and returns the number of expired rows. 0 means that nothing is left, or
   * that another process holds the lock.
   */
  async step(now: Date): Promise<number> {
    const before = new Date(now.getTime() - this.env.retentionDays * DAY_MS);
    const payloads = await this.withRetentionLock((manager) =>
      this.payloads.expire(manager, before, ROWS_PER_STATEMENT),
    );
    const payments = await this.withRetentionLock((manager) =>
      this.customers.expire(manager, before, PAYMENTS_PER_STATEMENT),
    );
    let ofFeatures = 0;
    for (const feature of this.features)
      ofFeatures += await this.withRetentionLock(
        (manager) => feature.retain?.(manager, before, ROWS_PER_STATEMENT) ?? Promise.resolve(0),
      );
    const refusals = await this.withRetentionLock((manager) =>
      this.refusals.expire(manager, before, ROWS_PER_STATEMENT),
    );
    const expired = payloads + payments + ofFeatures + refusals;
    return expired > 0
      ? expired
      : this.withRetentionLock((manager) => this.payloads.dropMissed(manager, now));
  }

  private withRetentionLock(work: (manager: EntityManager) => Promise<number>): Promise<number> {
    return this.db.transaction(async (manager) => {
      await manager.query(QUEUE_ORDER_SETTING);
      return (await tryJobLock(manager, 'retention')) ? work(manager) : 0;
    });
  }
}
