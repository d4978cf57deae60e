import {
  Inject,
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { ProcessRole } from '../../platform/config/process-role.js';
import { isDatabaseUnavailable } from '../../platform/database/database-unavailable.js';
import { EventPublisher } from '../../platform/events/index.js';
import { backoffMs, PollingLoop, RETRY_POLICY, type RetryPolicy } from '../../platform/jobs/index.js';
import { describeError } from '../../platform/logging/describe-error.js';
import {
  adoptPending,
  completeDeliveries,
  failDelivery,
  findEarliestDue,
  takeDue,
  takeOne,
  type Completion,
  type DueDelivery,
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

/** Larger batches cost less per message, up to about this size: 10 % less CPU than 100 in a drain of 43,000. */
const MAX_BATCH = 200;
const POLL_INTERVAL_MS = 500;
/**
 * In a process that is handed nothing in memory (`ROLE=worker`) the poll finds everything. 127 ms from the acknowledgement
 * to the payment (median) against 488 ms, for 1.7 % of a core in Node and 0.8 % in PostgreSQL (docs/adr/0020).
 */
const WORKER_POLL_INTERVAL_MS = 100;
/** A look costs as much as all rows that were deleted and that VACUUM could not remove: 15 ms for 100,000. */
const EARLIEST_DUE_INTERVAL_MS = 10_000;
const NOTHING = (): void => undefined;

/**
 * Processes stored messages, in several lanes. One step of a lane is a batch of what this process stored itself
 * ({@link HandoffProcessor}). The first lane also takes a batch from the table now and then, which is interpreted again
 * from its bytes, and applied in one transaction: a process that dies lets go of it at once.
 */
@Injectable()
export class DeliveryWorker implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(DeliveryWorker.name);
  readonly loops: readonly PollingLoop[];
  private nextPollAt = 0;
  private nextAdoptionAt = 0;
  private readonly pollIntervalMs: number;
  private nextLookAt = 0;
  private earliestDue = new Date(0);

  constructor(
    private readonly db: DataSource,
    private readonly reader: StoredDeliveryReader,
    private readonly publisher: EventPublisher,
    private readonly queue: HandoffQueue,
    private readonly handoffProcessor: HandoffProcessor,
    private readonly role: ProcessRole,
    @Inject(RETRY_POLICY) private readonly retry: RetryPolicy,
    @Inject(LANES) lanes: number,
  ) {
    this.pollIntervalMs = role.receives ? POLL_INTERVAL_MS : WORKER_POLL_INTERVAL_MS;
    this.loops = Array.from(
      { length: lanes },
      (_, lane) =>
        new PollingLoop(
          `DeliveryWorker ${lane + 1}`,
          () => (lane === 0 ? this.stepAndTakeDue() : this.step()),
          this.pollIntervalMs,
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

  private async stepAndTakeDue(): Promise<number> {
    await this.handoffProcessor.flushDeferred();
    const handedOver = await this.step();
    if (Date.now() < this.nextPollAt) return handedOver;
    // Deliveries in the table must not wait for ever behind new ones. While this process is behind with its own
    // queue, the oldest rows of the table are that queue: then the next poll waits.
    this.nextPollAt = Date.now() + this.pollIntervalMs;
    const due = await this.handoffProcessor.turns.run(() => this.processDue());
    if (due >= MAX_BATCH && this.queue.size === 0) this.nextPollAt = 0;
    return handedOver + due;
  }

  private async processDue(): Promise<number> {
    const adopted = await this.adoptPending();
    let due: readonly DueDelivery[] = [];
    try {
      const afterCommit = await this.db.transaction(async (manager) => {
        due = await takeDue(manager, { limit: MAX_BATCH, from: await this.findEarliestDue(manager) });
        const [first] = due;
        if (first === undefined) return NOTHING;
        return due.length === 1 ? this.attempt(manager, first) : this.process(manager, due);
      });
      afterCommit();
    } catch (error) {
      if (due.length <= 1 || isDatabaseUnavailable(error)) throw error;
      // A faulty delivery fails alone: the others of its batch are processed one by one.
      for (const { id } of due) await this.processOne(id);
    }
    return due.length + adopted;
  }

  private async findEarliestDue(manager: EntityManager): Promise<Date> {
    if (Date.now() >= this.nextLookAt) {
      this.earliestDue = await findEarliestDue(manager);
      this.nextLookAt = Date.now() + EARLIEST_DUE_INTERVAL_MS;
    }
    return this.earliestDue;
  }

  /** What version 0.1 left is as good as due now. It is searched for once a poll interval, however much work there is. */
  private async adoptPending(): Promise<number> {
    if (Date.now() < this.nextAdoptionAt) return 0;
    const adopted = await adoptPending(this.db.manager, MAX_BATCH);
    if (adopted < MAX_BATCH) this.nextAdoptionAt = Date.now() + POLL_INTERVAL_MS;
    // Also a hint may be among them.
    if (adopted > 0) this.queue.signals.emit('hintsDue');
    return adopted;
  }

  private async processOne(id: string): Promise<void> {
    const afterCommit = await this.db.transaction(async (manager) => {
      const due = await takeOne(manager, id);
      return due === null ? NOTHING : this.attempt(manager, due);
    });
    afterCommit();
  }

  /**
   * Processes one delivery in a savepoint, and writes its failure under the same lock. Nothing is written where the
   * database is unavailable: nothing was tried, so no attempt is spent.
   */
  private async attempt(manager: EntityManager, delivery: DueDelivery): Promise<() => void> {
    try {
      return await manager.transaction((inner) => this.process(inner, [delivery]));
    } catch (error) {
      if (isDatabaseUnavailable(error)) throw error;
      return this.recordFailure(manager, delivery, error);
    }
  }

  /** Returns what is to be told after the commit. */
  private async process(manager: EntityManager, due: readonly DueDelivery[]): Promise<() => void> {
    const read = due.map((delivery) => ({ delivery, interpreted: this.reader.interpret(delivery) }));
    const reports = read.flatMap(({ delivery, interpreted }) => toPaymentReports(delivery, interpreted));
    const completions = read.map(({ delivery, interpreted }) => toCompletion(delivery, interpreted));
    const unreported = read
      .filter(({ interpreted: { content } }) => content.kind === 'ignored' || content.kind === 'invalid')
      .map(({ delivery }) => this.reader.toUnreported(delivery));
    await this.publisher.applyInTransaction(manager, reports);
    await completeDeliveries(manager, completions);
    await dropErasedPayloads(manager, reports);
    await dropErasedUnreported(manager, unreported);
    return () => {
      if (completions.some(({ hint_order }) => hint_order !== null)) this.queue.signals.emit('hintsDue');
      read.forEach(({ delivery, interpreted }, at) => {
        const { status = 'processed', errors } = completions[at] ?? {};
        processedDeliveries.inc({ gateway: delivery.gateway, outcome: status });
        if (status === 'parked')
          this.logger.warn(parkedLine({ ...delivery, type: interpreted.type, errors }));
      });
    };
  }

  private async recordFailure(
    manager: EntityManager,
    delivery: DueDelivery,
    error: unknown,
  ): Promise<() => void> {
    const isDead = delivery.attempts >= this.retry.maxAttempts;
    const reason = describeError(error);
    const retryInMs = backoffMs(this.retry, delivery.attempts, Math.random());
    await failDelivery(manager, delivery.id, { status: isDead ? 'dead' : 'pending', reason, retryInMs });
    if (isDead) await this.dropErasedPayload(manager, delivery);
    return () => {
      processedDeliveries.inc({ gateway: delivery.gateway, outcome: isDead ? 'dead' : 'failed' });
      this.logger.warn(`delivery ${delivery.id} failed, attempt ${delivery.attempts}: ${reason}`);
      if (isDead) this.logger.error(deadLine({ ...delivery, reason }));
    };
  }

  /** A dead delivery, too, keeps no bytes that name a person who was erased. */
  private async dropErasedPayload(manager: EntityManager, delivery: DueDelivery): Promise<void> {
    try {
      await dropErasedUnreported(manager, [this.reader.toUnreported(delivery)]);
    } catch (error) {
      // It cannot be searched now. A later erasure counts it as unreadable.
      if (!(error instanceof PayloadUnreadableError)) throw error;
    }
  }
}

function toCompletion({ id, attempts }: DueDelivery, { content }: InterpretedMessage): Completion {
  const found = issuesIn(content);
  const issues = {
    attempts,
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
