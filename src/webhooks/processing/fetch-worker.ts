import {
  Inject,
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { ProcessRole } from '../../platform/config/process-role.js';
import { acquireFetchClaimLock } from '../../platform/database/advisory-locks.js';
import { DataSource } from 'typeorm';
import {
  LeasedQueue,
  LEASES,
  QUEUE_ORDER_SETTING,
  RETRY_POLICY,
  type Leases,
  type PollingLoop,
  type RetryPolicy,
  WorkerSession,
} from '../../platform/jobs/index.js';
import { describeError } from '../../platform/logging/describe-error.js';
import { GatewayRegistry } from '../gateways/gateway-registry.js';
import type { FetchOutcome } from '../gateways/gateway.js';
import { missingToAsk, notSet, UNAVAILABLE } from '../gateways/needed-to-ask.js';
import { deadLine, parkedLine } from '../inbox/delivery-lines.js';
import { dropErasedUnreported } from '../inbox/drop-erased-payloads.js';
import { HandoffQueue } from '../inbox/handoff-queue.js';
import { claimHints, HINT_TABLE, type ClaimedHints, type HintClaim } from '../inbox/hint.store.js';
import { GatewayNotConfiguredError } from '../inbox/stored-delivery.reader.js';
import { gatewayQuestions, processedDeliveries } from '../webhook.metrics.js';
import { AccountPauses } from './account-pauses.js';
import { FetchedAnswers, toUnreportedHints } from './fetched-answers.js';

/** Fetches that run at a time in this process. A slow gateway occupies its own slots and delays no other fetch. */
const MAX_CONCURRENT_FETCHES = 4;
const POLL_MS = 500;

/**
 * Fetches from a gateway what its hints are about, and stores each answer as a delivery of its own.
 *
 * One fetch answers all equal hints of an account that waited when it started. A hint that arrives during the fetch gets a
 * fetch of its own afterwards.
 */
@Injectable()
export class FetchWorker implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(FetchWorker.name);
  private readonly queue: LeasedQueue<ClaimedHints>;
  private readonly pauses = new AccountPauses();
  /** Accounts that could not be asked since the start. */
  private readonly unavailable = new Set<string>();

  constructor(
    private readonly db: DataSource,
    private readonly registry: GatewayRegistry,
    private readonly answers: FetchedAnswers,
    private readonly handoff: HandoffQueue,
    private readonly role: ProcessRole,
    @Inject(RETRY_POLICY) retry: RetryPolicy,
    @Inject(LEASES) { workMs: leaseMs }: Leases,
    session: WorkerSession,
  ) {
    this.queue = new LeasedQueue(db, retry, {
      name: FetchWorker.name,
      table: HINT_TABLE,
      session,
      pollMs: POLL_MS,
      concurrency: MAX_CONCURRENT_FETCHES,
      claim: (lease, limit, running) =>
        this.claim({
          lease,
          leaseMs,
          limit,
          accountsInFlight: running.map(accountOf),
          accountsPaused: this.pauses.list(Date.now()),
        }),
      work: (hints, lease) => this.fetchAndStore(hints, lease),
      describe: ({ gateway }) => `hints of ${gateway}`,
    });
  }

  get loop(): PollingLoop {
    return this.queue.loop;
  }

  /** Whether a question of this account ended as unavailable since the start of this process. */
  isUnavailable(gateway: string, account: string): boolean {
    return this.unavailable.has(accountOf({ gateway, account }));
  }

  onApplicationBootstrap(): void {
    if (!this.role.works) return;
    this.handoff.signals.on('hintsDue', () => this.loop.wake());
    this.queue.start();
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.queue.stop();
  }

  /**
   * One process claims at a time: two concurrent claims would each lock some hints of one order, and both processes
   * would fetch that order. The lock is taken by a statement of its own, so that the claim sees what the previous one
   * committed.
   */
  private claim(claim: HintClaim): Promise<ClaimedHints[]> {
    return this.db.transaction(async (manager) => {
      await acquireFetchClaimLock(manager);
      await manager.query(QUEUE_ORDER_SETTING);
      return claimHints(manager, claim);
    });
  }

  private async fetchAndStore(hints: ClaimedHints, lease: string): Promise<void> {
    const outcome = await this.fetch(hints).catch(outcomeOfError);
    gatewayQuestions.inc({ gateway: hints.gateway, outcome: outcome.kind });
    switch (outcome.kind) {
      case 'answer':
        await this.answers
          .store(hints, lease, outcome)
          .catch((error: unknown) => this.retry(hints, lease, { reason: describeError(error) }));
        break;
      case 'final':
        await this.end(hints, lease, 'parked', outcome);
        break;
      case 'unavailable':
        this.unavailable.add(accountOf(hints));
        await this.end(hints, lease, 'parked', { reason: `${UNAVAILABLE}${outcome.reason}` });
        break;
      case 'retry':
        this.pauses.add(accountOf(hints), outcome.retryAfterMs, Date.now());
        await this.retry(hints, lease, outcome);
        break;
    }
    this.handoff.signals.emit('deliveriesDue');
  }

  private async fetch(hints: ClaimedHints): Promise<FetchOutcome> {
    const gateway = this.registry.gateway(hints.gateway);
    const account = this.registry.account(hints.gateway, hints.account);
    if (!gateway?.fetch || !account) throw new GatewayNotConfiguredError();
    const missing = missingToAsk(gateway, account);
    if (missing.length > 0) return { kind: 'unavailable', reason: notSet(missing) };
    return gateway.fetch(hints.hint_order, account.settings, new Date());
  }

  private retry(hints: ClaimedHints, lease: string, failure: FetchFailure): Promise<void> {
    return this.end(hints, lease, this.queue.statusAfterFailure(hints), failure);
  }

  private async end(
    hints: ClaimedHints,
    lease: string,
    status: 'parked' | 'pending' | 'dead',
    { reason, retryAfterMs }: FetchFailure,
  ): Promise<void> {
    const outcome = status === 'pending' ? 'failed' : status;
    processedDeliveries.inc({ gateway: hints.gateway, outcome }, hints.ids.length);
    await this.queue.fail(hints, lease, { status, reason, notBeforeMs: retryAfterMs }, async () => {
      if (status !== 'pending') await dropErasedUnreported(this.db.manager, toUnreportedHints(hints));
    });
    if (status === 'pending') return;
    const line = status === 'dead' ? deadLine : parkedLine;
    for (const id of hints.ids) this.logger.warn(line({ ...hints, id, reason }));
  }
}

interface FetchFailure {
  reason: string;
  retryAfterMs?: number;
}

const accountOf = ({ gateway, account }: Pick<ClaimedHints, 'gateway' | 'account'>): string =>
  `${gateway}/${account}`;

/** Only an operator can configure a gateway again, so the hints are parked. Any other error may pass. */
const outcomeOfError = (error: unknown): FetchOutcome => ({
  kind: error instanceof GatewayNotConfiguredError ? 'final' : 'retry',
  reason: describeError(error),
});
