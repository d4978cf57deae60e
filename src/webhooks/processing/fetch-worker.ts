import {
  Inject,
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { acquireFetchClaimLock } from '../../platform/database/advisory-locks.js';
import { DataSource } from 'typeorm';
import { v4 as uuid } from 'uuid';
import { QUEUE_ORDER_SETTING } from '../../platform/jobs/queue-order.js';
import {
  backoffMs,
  LEASES,
  DeferredWrites,
  RETRY_POLICY,
  Slots,
  PollingLoop,
  type Leases,
  type RetryPolicy,
} from '../../platform/jobs/index.js';
import { describeError } from '../../platform/logging/describe-error.js';
import { deadLine, parkedLine } from '../inbox/delivery-lines.js';
import { failDeliveries, releaseLease } from '../inbox/delivery-work.store.js';
import { HandoffQueue } from '../inbox/handoff-queue.js';
import { claimHints, type ClaimedHints } from '../inbox/hint.store.js';
import { FetchedAnswers, toUnreportedHints } from './fetched-answers.js';
import { dropErasedUnreported } from '../inbox/drop-erased-payloads.js';
import { GatewayRegistry } from '../gateways/gateway-registry.js';
import type { FetchOutcome } from '../gateways/gateway.js';
import { processedDeliveries } from '../webhook.metrics.js';

/** Questions to gateways under way at a time. Each waits for its gateway on its own. */
const MAX_CONCURRENT_FETCHES = 4;

/**
 * Asks gateways about what they hinted at, and stores each answer as a delivery of its own. The question starts
 * after the last of its hints came; a hint that comes meanwhile gets a question of its own.
 */
@Injectable()
export class FetchWorker implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(FetchWorker.name);
  readonly loop = new PollingLoop('HintWorker', () => this.step(), 500);
  private readonly slots = new Slots(MAX_CONCURRENT_FETCHES, () => this.loop.wake());
  private readonly deferred = new DeferredWrites();
  /** The accounts that are being asked, once for each question under way. */
  private readonly accountsInFlight: string[] = [];

  constructor(
    private readonly db: DataSource,
    private readonly registry: GatewayRegistry,
    private readonly answers: FetchedAnswers,
    private readonly queue: HandoffQueue,
    @Inject(RETRY_POLICY) private readonly retry: RetryPolicy,
    @Inject(LEASES) private readonly leases: Leases,
  ) {}

  onApplicationBootstrap(): void {
    this.queue.signals.on('hintsDue', () => this.loop.wake());
    this.loop.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.loop.stop();
    await this.slots.drained();
  }

  /** Starts what is due and waits for none of it: a gateway that is slow to answer delays no other question. */
  private async step(): Promise<number> {
    const { free } = this.slots;
    if (free === 0) return 0;
    await this.deferred.flush();
    const lease = uuid();
    const claimed = await this.claim(lease, free).catch((error: unknown) => this.releaseLease(lease, error));
    for (const hints of claimed)
      this.slots.start(
        () => this.trackAndFetch(hints, lease),
        // The lease runs out, and the hints are claimed again.
        (error) =>
          this.logger.error(`hints of ${hints.gateway} could not be marked: ${describeError(error)}`),
      );
    return claimed.length;
  }

  private async trackAndFetch(hints: ClaimedHints, lease: string): Promise<void> {
    const account = `${hints.gateway}/${hints.account}`;
    this.accountsInFlight.push(account);
    try {
      await this.fetchAndStore(hints, lease);
    } finally {
      this.accountsInFlight.splice(this.accountsInFlight.indexOf(account), 1);
    }
    this.queue.signals.emit('deliveriesDue');
  }

  /**
   * One claim at a time, over all processes: of two at the same time, each would lock some hints of an order, and both
   * would ask. The lock is a statement of its own, so that the claim sees what the one before it committed.
   */
  private claim(lease: string, limit: number): Promise<ClaimedHints[]> {
    return this.db.transaction(async (manager) => {
      await acquireFetchClaimLock(manager);
      await manager.query(QUEUE_ORDER_SETTING);
      const { accountsInFlight } = this;
      return claimHints(manager, { lease, leaseMs: this.leases.workMs, accountsInFlight, limit });
    });
  }

  private async fetchAndStore(hints: ClaimedHints, lease: string): Promise<void> {
    const outcome = await this.fetch(hints).catch((error: unknown): FetchOutcome => ({
      kind: 'retry',
      reason: describeError(error),
    }));
    switch (outcome.kind) {
      case 'answer':
        return this.answers
          .store(hints, lease, outcome.raw)
          .catch((error: unknown) =>
            this.finish(hints, lease, this.statusAfterFailure(hints), describeError(error)),
          );
      case 'final':
        return this.finish(hints, lease, 'parked', outcome.reason);
      case 'retry':
        return this.finish(hints, lease, this.statusAfterFailure(hints), outcome.reason);
    }
  }

  private statusAfterFailure({ attempts }: ClaimedHints): 'dead' | 'pending' {
    return attempts >= this.retry.maxAttempts ? 'dead' : 'pending';
  }

  /** Nobody was asked yet: what may have been claimed is due again when the database is back. */
  private async releaseLease(lease: string, error: unknown): Promise<never> {
    await this.deferred.writeOrDefer(() => releaseLease(this.db.manager, lease));
    throw error;
  }

  private async fetch(hints: ClaimedHints): Promise<FetchOutcome> {
    const gateway = this.registry.gateway(hints.gateway);
    const account = this.registry.account(hints.gateway, hints.account);
    if (!gateway?.fetch || !account)
      return { kind: 'final', reason: 'its gateway or account is no longer configured' };
    return gateway.fetch({ orderId: hints.hint_order }, account.settings);
  }

  private async finish(
    hints: ClaimedHints,
    lease: string,
    status: 'parked' | 'pending' | 'dead',
    reason: string,
  ): Promise<void> {
    processedDeliveries.inc(
      { gateway: hints.gateway, outcome: status === 'pending' ? 'failed' : status },
      hints.ids.length,
    );
    const retryInMs = backoffMs(this.retry, hints.attempts, Math.random());
    await this.deferred.writeOrDefer(async () => {
      await failDeliveries(this.db.manager, hints.ids, lease, { status, reason, retryInMs });
      if (status !== 'pending') await dropErasedUnreported(this.db.manager, toUnreportedHints(hints));
    });
    if (status === 'pending') return;
    const line = status === 'dead' ? deadLine : parkedLine;
    for (const id of hints.ids) this.logger.warn(line({ ...hints, id, reason }));
  }
}
