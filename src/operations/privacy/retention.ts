import {
  Inject,
  Injectable,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { ENV } from '../../platform/config/config.module.js';
import type { Env } from '../../platform/config/env.js';
import { IN_QUEUE_ORDER } from '../../platform/jobs/queue-order.js';
import { WorkLoop } from '../../platform/events/index.js';
import { KeptMessages } from '../../notifications/sending/notification-retention.js';
import { CustomerFacts } from '../../payments/index.js';
import { KeptRefusals } from '../../webhooks/refusals/refusal-retention.js';
import { Payloads } from '../../webhooks/payloads/payload-retention.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const ROWS_A_STATEMENT = 500;
/** Each payment is locked by its name, and the server has room for so many locks. */
const PAYMENTS_A_STATEMENT = 100;

/**
 * Lets go of what is older than `RETENTION_DAYS`: payload bytes and headers, contacts, rendered mails,
 * refused requests. At start and
 * every hour, a batch and a short transaction at a time, in one process at a time. Keys, ids and amounts stay.
 */
@Injectable()
export class Retention implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly loop = new WorkLoop('Retention', () => this.step(new Date()), HOUR_MS);

  constructor(
    private readonly db: DataSource,
    @Inject(ENV) private readonly env: Env,
    private readonly payloads: Payloads,
    private readonly customers: CustomerFacts,
    private readonly messages: KeptMessages,
    private readonly refusals: KeptRefusals,
  ) {}

  onApplicationBootstrap(): void {
    this.loop.start();
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.loop.stop();
  }

  /** One batch of each sort, as of `now`; answers how much expired. 0: all is done, or another process is at it. */
  async step(now: Date): Promise<number> {
    const before = new Date(now.getTime() - this.env.retentionDays * DAY_MS);
    const payloads = await this.alone((manager) => this.payloads.expire(manager, before, ROWS_A_STATEMENT));
    const payments = await this.alone((manager) =>
      this.customers.expire(manager, before, PAYMENTS_A_STATEMENT),
    );
    const messages = await this.alone((manager) => this.messages.expire(manager, before, ROWS_A_STATEMENT));
    const refusals = await this.alone((manager) => this.refusals.expire(manager, before, ROWS_A_STATEMENT));
    const expired = payloads + payments + messages + refusals;
    return expired > 0 ? expired : this.alone((manager) => this.payloads.forgetMissed(manager, now));
  }

  private alone(work: (manager: EntityManager) => Promise<number>): Promise<number> {
    return this.db.transaction(async (manager) => {
      await manager.query(IN_QUEUE_ORDER);
      const [lock] = await manager.query<{ taken: boolean }[]>(
        `SELECT pg_try_advisory_xact_lock(hashtextextended('retention', 2)) AS taken`,
      );
      return lock?.taken ? work(manager) : 0;
    });
  }
}
