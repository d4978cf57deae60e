import {
  Inject,
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { DataSource } from 'typeorm';
import { v4 as uuid } from 'uuid';
import { ProcessRole } from '../../platform/config/process-role.js';
import { isDatabaseUnavailable } from '../../platform/database/database-unavailable.js';
import { EventPublisher } from '../../platform/events/index.js';
import {
  backoffMs,
  DeferredWrites,
  LEASES,
  PollingLoop,
  RETRY_POLICY,
  type Leases,
  type RetryPolicy,
} from '../../platform/jobs/index.js';
import { describeError } from '../../platform/logging/describe-error.js';
import {
  claimDeliveries,
  completeDeliveries,
  failDeliveries,
  releaseLease,
  type ClaimedDelivery,
  type Completion,
} from '../inbox/delivery-work.store.js';
import { dropErasedPayloads, dropErasedUnreported } from '../inbox/drop-erased-payloads.js';
import { HandoffQueue } from '../inbox/handoff-queue.js';
import { PayloadUnreadableError } from '../inbox/payload-cipher.errors.js';
import { StoredDeliveryReader } from '../inbox/stored-delivery.reader.js';
import { isPartial, issuesIn, type InterpretedMessage } from '../message/interpret-message.js';
import { toPaymentReports } from '../message/payment-reports.js';
import { processedDeliveries } from '../webhook.metrics.js';
import { deadLine, parkedLine } from '../inbox/delivery-lines.js';
import { HandoffProcessor } from './handoff-processor.js';
import { LANES } from './lanes.js';

const MAX_BATCH = 100;
const POLL_INTERVAL_MS = 500;

/**
 * Processes stored messages, in several lanes. One step of a lane is a batch of what this process stored itself
 * ({@link HandoffProcessor}). The first lane also claims a batch from the table now and then, which is interpreted again
 * from its bytes, and applied in one transaction.
 */
@Injectable()
export class DeliveryWorker implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(DeliveryWorker.name);
  readonly loops: readonly PollingLoop[];
  private readonly deferred = new DeferredWrites();
  private nextPollAt = 0;

  constructor(
    private readonly db: DataSource,
    private readonly reader: StoredDeliveryReader,
    private readonly publisher: EventPublisher,
    private readonly queue: HandoffQueue,
    private readonly handoffProcessor: HandoffProcessor,
    private readonly role: ProcessRole,
    @Inject(RETRY_POLICY) private readonly retry: RetryPolicy,
    @Inject(LEASES) private readonly leases: Leases,
    @Inject(LANES) lanes: number,
  ) {
    this.loops = Array.from(
      { length: lanes },
      (_, lane) =>
        new PollingLoop(
          `DeliveryWorker ${lane + 1}`,
          () => (lane === 0 ? this.stepAndClaim() : this.step()),
          POLL_INTERVAL_MS,
        ),
    );
  }

  onApplicationBootstrap(): void {
    if (!this.role.works) return;
    this.queue.signals.on('pushed', () => this.wake()).on('deliveriesDue', () => this.pollNow());
    for (const loop of this.loops) loop.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await Promise.all(this.loops.map((loop) => loop.stop()));
  }

  private wake(): void {
    for (const loop of this.loops) loop.wake();
  }

  private pollNow(): void {
    this.nextPollAt = 0;
    this.loops[0]?.wake();
  }

  private async step(): Promise<number> {
    const { count, hasFailed } = await this.handoffProcessor.step();
    if (hasFailed) this.pollNow();
    return count;
  }

  private async stepAndClaim(): Promise<number> {
    await this.deferred.flush();
    await this.handoffProcessor.flushDeferred();
    const handedOver = await this.step();
    if (Date.now() < this.nextPollAt) return handedOver;
    // Deliveries in the table must not wait for ever behind new ones. While this process is behind with its own
    // queue, the oldest rows of the table are that queue: then the next poll waits.
    this.nextPollAt = Date.now() + POLL_INTERVAL_MS;
    const claimed = await this.handoffProcessor.turns.run(() => this.processClaimed());
    if (claimed === MAX_BATCH && this.queue.size === 0) this.nextPollAt = 0;
    return handedOver + claimed;
  }

  private async processClaimed(): Promise<number> {
    const lease = uuid();
    const claimed = await claimDeliveries(this.db, lease, this.leases.workMs, MAX_BATCH).catch(
      (error: unknown) => this.releaseLease(lease, error),
    );
    if (claimed.length === 0) return 0;
    try {
      await this.process(claimed, lease);
    } catch (error) {
      if (isDatabaseUnavailable(error)) return await this.releaseLease(lease, error);
      // A faulty delivery fails alone: the others of its batch are processed one by one.
      const [first] = claimed;
      if (first && claimed.length === 1) await this.recordFailure(first, lease, error);
      else
        for (const delivery of claimed)
          await this.process([delivery], lease).catch((cause: unknown) =>
            this.recordFailure(delivery, lease, cause),
          );
    }
    return claimed.length;
  }

  /** Nothing was tried, so no attempt is spent. Rethrows `error`, which the loop reports. */
  private async releaseLease(lease: string, error: unknown): Promise<never> {
    await this.deferred.writeOrDefer(() => releaseLease(this.db.manager, lease));
    throw error;
  }

  private async process(claimed: readonly ClaimedDelivery[], lease: string): Promise<void> {
    const read = claimed.map((delivery) => ({ delivery, interpreted: this.reader.interpret(delivery) }));
    const reports = read.flatMap(({ delivery, interpreted }) => toPaymentReports(delivery, interpreted));
    const completions = read.map(({ delivery, interpreted }) => toCompletion(delivery, interpreted));
    const unreported = read
      .filter(({ interpreted: { content } }) => content.kind === 'ignored' || content.kind === 'invalid')
      .map(({ delivery }) => this.reader.toUnreported(delivery));
    await this.db.transaction(async (manager) => {
      // Deliveries are locked before payments, as a batch that was handed over locks them: two lanes never deadlock.
      await completeDeliveries(manager, completions, lease);
      await this.publisher.applyInTransaction(manager, reports);
      await dropErasedPayloads(manager, reports);
      await dropErasedUnreported(manager, unreported);
    });
    // Only where there are hints: on a full table, claiming hints reads everything that is pending.
    if (completions.some(({ hint_order }) => hint_order !== null)) this.queue.signals.emit('hintsDue');
    read.forEach(({ delivery, interpreted }, at) => {
      const { status = 'processed', errors } = completions[at] ?? {};
      processedDeliveries.inc({ gateway: delivery.gateway, outcome: status });
      if (status === 'parked') this.logger.warn(parkedLine({ ...delivery, type: interpreted.type, errors }));
    });
  }

  private async recordFailure(delivery: ClaimedDelivery, lease: string, error: unknown): Promise<void> {
    if (isDatabaseUnavailable(error)) return this.releaseLease(lease, error);
    const isDead = delivery.attempts >= this.retry.maxAttempts;
    const reason = describeError(error);
    processedDeliveries.inc({ gateway: delivery.gateway, outcome: isDead ? 'dead' : 'failed' });
    this.logger.warn(`delivery ${delivery.id} failed, attempt ${delivery.attempts}: ${reason}`);
    if (isDead) this.logger.error(deadLine({ ...delivery, reason }));
    const retryInMs = backoffMs(this.retry, delivery.attempts, Math.random());
    const status = isDead ? 'dead' : 'pending';
    await this.deferred.writeOrDefer(async () => {
      await failDeliveries(this.db.manager, [delivery.id], lease, { status, reason, retryInMs });
      if (isDead) await this.dropErasedPayload(delivery);
    });
  }

  /** A dead delivery, too, keeps no bytes that name a person who was erased. */
  private async dropErasedPayload(delivery: ClaimedDelivery): Promise<void> {
    try {
      await dropErasedUnreported(this.db.manager, [this.reader.toUnreported(delivery)]);
    } catch (error) {
      // It cannot be searched now. A later erasure counts it as unreadable.
      if (!(error instanceof PayloadUnreadableError)) throw error;
    }
  }
}

function toCompletion({ id }: ClaimedDelivery, { content }: InterpretedMessage): Completion {
  const found = issuesIn(content);
  const issues = {
    errors: found?.issues ?? null,
    more_errors: found?.more ?? 0,
    partial: isPartial(content),
  };
  switch (content.kind) {
    case 'reports':
      return { id, status: issues.partial ? 'parked' : 'processed', hint_order: null, ...issues };
    case 'ignored':
      return { id, status: 'ignored', hint_order: null, ...issues };
    case 'invalid':
      return { id, status: 'parked', hint_order: null, ...issues };
    // It was parked because its order id was missing, and the gateway's code finds one now.
    case 'hint':
      return { id, status: 'pending', hint_order: content.orderId, ...issues };
  }
}
