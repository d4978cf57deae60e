import { Inject, Injectable, Logger } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { isDatabaseUnavailable } from '../../platform/database/database-unavailable.js';
import { SQLSTATE, sqlState } from '../../platform/database/sqlstate.js';
import { EventPublisher } from '../../platform/events/index.js';
import { backoffMs, RETRY_POLICY, type RetryPolicy } from '../../platform/jobs/index.js';
import { describeError } from '../../platform/logging/describe-error.js';
import { deadLine, parkedLine } from '../inbox/delivery-lines.js';
import {
  adoptPending,
  completeDeliveries,
  failDelivery,
  findEarliestDue,
  postponeDelivery,
  takeDue,
  takeOne,
  type Completion,
  type DueDelivery,
} from '../inbox/delivery-work.store.js';
import { dropErasedPayloads, dropErasedUnreported } from '../inbox/drop-erased-payloads.js';
import { HandoffQueue, namesOfPayments } from '../inbox/handoff-queue.js';
import { PayloadUnreadableError } from '../inbox/payload-cipher.errors.js';
import { StoredDeliveryReader } from '../inbox/stored-delivery.reader.js';
import { isPartial, issuesIn, type InterpretedMessage } from '../message/interpret-message.js';
import { toPaymentReports } from '../message/payment-reports.js';
import { processedDeliveries } from '../webhook.metrics.js';
import { POLL_INTERVAL_MS, type Lane } from './lanes.js';

/** Larger batches cost less per message, up to about this size. */
export const MAX_DUE_BATCH = 200;
/** A look costs as much as all rows that were deleted and that VACUUM could not remove: 15 ms for 100,000. */
const EARLIEST_DUE_INTERVAL_MS = 10_000;

/** How soon a delivery is tried again whose payment another session has locked. */
const LOCKED_RETRY_MS = 2_000;

/** What a transaction did. */
interface Done {
  count: number;
  /** Counts it in the metrics and logs it. To be called after the commit. */
  tell: () => void;
}
const NOTHING: Done = { count: 0, tell: () => undefined };

/**
 * Processes what is due in the table: what another process left, what failed, what is replayed, and what does not fit
 * in memory. Each batch is interpreted again from its bytes and applied in one transaction, which holds the rows: a
 * process that dies lets go of them at once.
 */
@Injectable()
export class DueProcessor {
  private readonly logger = new Logger(DueProcessor.name);
  /** By the monotonic clock, as `nextLookAt`: the wall clock may be set back. */
  private nextAdoptionAt = 0;
  private nextLookAt = 0;
  private earliestDue = new Date(0);

  constructor(
    private readonly db: DataSource,
    private readonly reader: StoredDeliveryReader,
    private readonly publisher: EventPublisher,
    private readonly queue: HandoffQueue,
    @Inject(RETRY_POLICY) private readonly retry: RetryPolicy,
  ) {}

  /**
   * Processes one batch of the deliveries that belong to a lane, and returns how many it took. Left out are deliveries about a
   * payment that another lane has in hand; they stay due. Rejects when the database is unavailable: no attempt is spent.
   */
  async step(lane: Lane): Promise<number> {
    const adopted = lane.index === 0 ? await this.adoptPending() : 0;
    let due: readonly DueDelivery[] = [];
    try {
      const done = await this.inTransaction(async (manager, held) => {
        const from = await this.findEarliestDue(manager);
        due = await takeDue(manager, { limit: MAX_DUE_BATCH, from, lane: lane.index, lanes: lane.count });
        const [first] = due;
        if (first === undefined) return NOTHING;
        return due.length === 1 ? this.attempt(manager, first, held) : this.process(manager, due, held);
      });
      return adopted + (done === 0 ? 0 : due.length);
    } catch (error) {
      if (due.length === 0 || isDatabaseUnavailable(error)) throw error;
      // A faulty delivery fails alone: the others of its batch are processed one by one.
      for (const { id } of due) await this.processOne(id);
      return adopted + due.length;
    }
  }

  private async inTransaction(
    work: (manager: EntityManager, held: Set<string>) => Promise<Done>,
  ): Promise<number> {
    const held = new Set<string>();
    try {
      const { count, tell } = await this.db.transaction((manager) => work(manager, held));
      tell();
      return count;
    } finally {
      this.queue.letGo([...held]);
    }
  }

  private async findEarliestDue(manager: EntityManager): Promise<Date> {
    if (performance.now() >= this.nextLookAt) {
      this.earliestDue = await findEarliestDue(manager);
      this.nextLookAt = performance.now() + EARLIEST_DUE_INTERVAL_MS;
    }
    return this.earliestDue;
  }

  /** What version 0.1 left is as good as due now. It is searched for once a poll interval, however much work there is. */
  private async adoptPending(): Promise<number> {
    if (performance.now() < this.nextAdoptionAt) return 0;
    const adopted = await adoptPending(this.db.manager, MAX_DUE_BATCH);
    if (adopted < MAX_DUE_BATCH) this.nextAdoptionAt = performance.now() + POLL_INTERVAL_MS;
    // Also a hint may be among them.
    if (adopted > 0) this.queue.signals.emit('hintsDue');
    return adopted;
  }

  /** What fails only at the commit, as a deferred constraint does, is written in a transaction of its own. */
  private async processOne(id: string): Promise<void> {
    const workOn = (
      attempt: (manager: EntityManager, due: DueDelivery, held: Set<string>) => Promise<Done>,
    ) =>
      this.inTransaction(async (manager, held) => {
        const due = await takeOne(manager, id);
        return due === null ? NOTHING : attempt(manager, due, held);
      });
    try {
      await workOn((manager, due, held) => this.attempt(manager, due, held));
    } catch (error) {
      if (isDatabaseUnavailable(error)) throw error;
      await workOn((manager, due) => this.recordFailure(manager, due, error));
    }
  }

  /**
   * Processes one delivery in a savepoint, and writes its failure under the same lock. No attempt is spent where nothing was
   * tried: the database is unavailable, or another session has locked the payment.
   */
  private async attempt(manager: EntityManager, delivery: DueDelivery, held: Set<string>): Promise<Done> {
    try {
      return await manager.transaction((inner) => this.process(inner, [delivery], held));
    } catch (error) {
      if (isDatabaseUnavailable(error)) throw error;
      if (sqlState(error) === SQLSTATE.lockNotAvailable) return this.postpone(manager, delivery);
      return this.recordFailure(manager, delivery, error);
    }
  }

  private async postpone(manager: EntityManager, { id }: DueDelivery): Promise<Done> {
    const reason = 'another session has locked the payment';
    await postponeDelivery(manager, id, { reason, retryInMs: LOCKED_RETRY_MS });
    return { count: 1, tell: () => this.logger.warn(`delivery ${id} waits: ${reason}`) };
  }

  private async process(
    manager: EntityManager,
    due: readonly DueDelivery[],
    held: Set<string>,
  ): Promise<Done> {
    const read = due.map((delivery) => this.read(delivery)).filter(({ reports }) => this.hold(reports, held));
    if (read.length === 0) return NOTHING;
    const reports = read.flatMap((one) => one.reports);
    const completions = read.map(({ delivery, interpreted }) => toCompletion(delivery, interpreted));
    const unreported = read
      .filter(({ interpreted: { content } }) => content.kind === 'ignored' || content.kind === 'invalid')
      .map(({ delivery }) => this.reader.toUnreported(delivery));
    await this.publisher.applyInTransaction(manager, reports);
    await completeDeliveries(manager, completions);
    await dropErasedPayloads(manager, reports);
    await dropErasedUnreported(manager, unreported);
    return { count: read.length, tell: () => this.tellCompleted(read, completions) };
  }

  private read(delivery: DueDelivery): ReadDelivery {
    const interpreted = this.reader.interpret(delivery);
    return { delivery, interpreted, reports: toPaymentReports(delivery, interpreted) };
  }

  /** Several deliveries of one payment may be in one batch, in their order. */
  private hold(reports: ReadDelivery['reports'], held: Set<string>): boolean {
    const further = namesOfPayments(reports).filter((payment) => !held.has(payment));
    if (!this.queue.hold(further)) return false;
    for (const payment of further) held.add(payment);
    return true;
  }

  private tellCompleted(read: readonly ReadDelivery[], completions: readonly Completion[]): void {
    if (completions.some(({ hint_order }) => hint_order !== null)) this.queue.signals.emit('hintsDue');
    read.forEach(({ delivery, interpreted }, at) => {
      const { status = 'processed', errors } = completions[at] ?? {};
      processedDeliveries.inc({ gateway: delivery.gateway, outcome: status });
      if (status === 'parked') this.logger.warn(parkedLine({ ...delivery, type: interpreted.type, errors }));
    });
  }

  private async recordFailure(manager: EntityManager, delivery: DueDelivery, error: unknown): Promise<Done> {
    const isDead = delivery.attempts >= this.retry.maxAttempts;
    const reason = describeError(error);
    const retryInMs = backoffMs(this.retry, delivery.attempts, Math.random());
    await failDelivery(manager, delivery.id, { status: isDead ? 'dead' : 'pending', reason, retryInMs });
    if (isDead) await this.dropErasedPayload(manager, delivery);
    const tell = (): void => {
      processedDeliveries.inc({ gateway: delivery.gateway, outcome: isDead ? 'dead' : 'failed' });
      this.logger.warn(`delivery ${delivery.id} failed, attempt ${delivery.attempts}: ${reason}`);
      if (isDead) this.logger.error(deadLine({ ...delivery, reason }));
    };
    return { count: 1, tell };
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

interface ReadDelivery {
  delivery: DueDelivery;
  interpreted: InterpretedMessage;
  reports: ReturnType<typeof toPaymentReports>;
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
    // It was parked because it did not name what to ask about, and the gateway's code finds that now.
    case 'hint':
      return { id, status: 'pending', hint_order: content.hint, ...issues };
  }
}
