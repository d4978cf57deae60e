import {
  Inject,
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { v4 as uuid } from 'uuid';
import { isDatabaseUnavailable } from '../../platform/database/database-unavailable.js';
import { claimInQueueOrder } from '../../platform/jobs/queue-order.js';
import { EventPublisher } from '../../platform/events/index.js';
import {
  backoffMs,
  LeaseLostError,
  DeferredWrites,
  LEASES,
  RETRY_POLICY,
  PollingLoop,
  type Leases,
  type RetryPolicy,
} from '../../platform/jobs/index.js';
import { describeError } from '../../platform/logging/describe-error.js';
import { deadLine, parkedLine } from '../inbox/delivery-lines.js';
import {
  StoredDeliveryReader,
  toPaymentReports,
  STORED_DELIVERY_COLUMNS,
  type StoredDelivery,
} from '../inbox/stored-delivery.reader.js';
import type { ValidationIssue } from '../gateways/gateway.js';
import { Inbox } from '../inbox/inbox.js';
import { FetchWorker } from './fetch-worker.js';
import { dropErasedPayloads, dropErasedUnreported } from '../inbox/drop-erased-payloads.js';
import { PayloadUnreadableError } from '../inbox/payload-cipher.errors.js';
import { issuesIn, isPartial, type InterpretedMessage } from '../message/interpret-message.js';
import { HandoffProcessor } from './handoff-processor.js';
import { processedDeliveries } from '../webhook.metrics.js';

const BATCH = 100;
const POLL_INTERVAL_MS = 500;

interface ClaimedDelivery extends StoredDelivery {
  attempts: number;
}

/** How the work on one delivery ended, to be written beside what it caused. */
interface Completion {
  id: string;
  status: 'processed' | 'ignored' | 'parked' | 'pending';
  errors: readonly ValidationIssue[] | null;
  more_errors: number;
  partial: boolean;
  hint_order: string | null;
}

/** Takes stored messages to their payments: claims a batch, reads it again from its bytes, one transaction for all. */
@Injectable()
export class DeliveryWorker implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(DeliveryWorker.name);
  readonly loop = new PollingLoop('DeliveryWorker', () => this.step(), 500);
  private readonly deferred = new DeferredWrites();
  private nextPollAt = 0;

  constructor(
    private readonly db: DataSource,
    private readonly reader: StoredDeliveryReader,
    private readonly publisher: EventPublisher,
    private readonly inbox: Inbox,
    private readonly handoffProcessor: HandoffProcessor,
    private readonly fetchWorker: FetchWorker,
    @Inject(RETRY_POLICY) private readonly retry: RetryPolicy,
    @Inject(LEASES) private readonly leases: Leases,
  ) {}

  onApplicationBootstrap(): void {
    this.inbox.onStored = ({ items: arrivals, batchSize: together, hasClaimable: more }) => {
      this.handoffProcessor.offer(arrivals, together);
      if (more) this.pollNow();
      else this.loop.wake();
      if (more) this.fetchWorker.loop.wake();
    };
    this.fetchWorker.onFetched = () => this.pollNow();
    this.loop.start();
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.loop.stop();
  }

  /** There is, or may be, something to claim. */
  pollNow(): void {
    this.nextPollAt = 0;
    this.loop.wake();
  }

  private async step(): Promise<number> {
    await this.deferred.flush();
    const arrived = await this.handoffProcessor.step();
    if (arrived.hasFailed) this.nextPollAt = 0;
    // What was claimed once, or by a process that is gone, waits no longer for what goes on arriving; but where this
    // process is behind, the oldest rows are what it has in hand.
    const claimed = Date.now() >= this.nextPollAt ? await this.processClaimed() : 0;
    if (claimed < BATCH || this.handoffProcessor.waiting > 0) this.nextPollAt = Date.now() + POLL_INTERVAL_MS;
    return arrived.count + claimed;
  }

  private async processClaimed(): Promise<number> {
    const lease = uuid();
    const claimed = await this.claim(lease).catch((error: unknown) => this.releaseLease(lease, error));
    if (claimed.length === 0) return 0;
    try {
      await this.process(claimed, lease);
    } catch (error) {
      if (isDatabaseUnavailable(error)) return await this.releaseLease(lease, error);
      // A poisoned delivery fails alone: the others of its batch go through one by one.
      if (claimed.length === 1) await this.recordFailure(claimed[0] as ClaimedDelivery, lease, error);
      else
        for (const one of claimed)
          await this.process([one], lease).catch((cause: unknown) => this.recordFailure(one, lease, cause));
    }
    return claimed.length;
  }

  private async claim(lease: string): Promise<ClaimedDelivery[]> {
    const [rows] = await claimInQueueOrder<[ClaimedDelivery[], number]>(
      this.db,
      `UPDATE deliveries SET lease = $1, leased_until = now() + $2 * interval '1 millisecond', attempts = attempts + 1
       WHERE id IN (
         SELECT id FROM deliveries
         WHERE status = 'pending' AND hint_order IS NULL AND next_attempt_at <= now()
           AND (leased_until IS NULL OR leased_until < now())
         ORDER BY next_attempt_at LIMIT ${BATCH} FOR UPDATE SKIP LOCKED)
       RETURNING ${STORED_DELIVERY_COLUMNS}, replay, silent, attempts`,
      [lease, this.leases.workMs],
    );
    return rows.sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  /** None of it was tried: when the database is back it is due at once, and no attempt is spent. */
  private async releaseLease(lease: string, error: unknown): Promise<never> {
    await this.deferred.writeOrDefer(() =>
      this.db.query(
        `UPDATE deliveries SET lease = NULL, leased_until = NULL, attempts = attempts - 1 WHERE lease = $1`,
        [lease],
      ),
    );
    throw error;
  }

  private async process(claimed: readonly ClaimedDelivery[], lease: string): Promise<void> {
    const read = claimed.map((delivery) => ({ delivery, reading: this.reader.interpret(delivery) }));
    const reports = read.flatMap(({ delivery, reading }) => toPaymentReports(delivery, reading));
    const done = read.map(({ delivery, reading }) => toCompletion(delivery, reading));
    const unreported = read
      .filter(({ reading }) => reading.content.kind === 'ignored' || reading.content.kind === 'invalid')
      .map(({ delivery }) => this.reader.toUnreported(delivery));
    await this.db.transaction(async (manager) => {
      await this.publisher.applyInTransaction(manager, reports);
      await writeCompletions(manager, done, lease);
      await dropErasedPayloads(manager, reports);
      await dropErasedUnreported(manager, unreported);
    });
    // Only where there are any: on a full table the look for hints reads all that waits.
    if (done.some((one) => one.hint_order !== null)) this.fetchWorker.loop.wake();
    read.forEach(({ delivery, reading }, at) => {
      const { status = 'processed', errors } = done[at] ?? {};
      processedDeliveries.inc({ gateway: delivery.gateway, outcome: status });
      if (status === 'parked') this.logger.warn(parkedLine({ ...delivery, type: reading.type, errors }));
    });
  }

  private async recordFailure(delivery: ClaimedDelivery, lease: string, error: unknown): Promise<void> {
    if (isDatabaseUnavailable(error)) return this.releaseLease(lease, error);
    const dead = delivery.attempts >= this.retry.maxAttempts;
    const why = describeError(error);
    processedDeliveries.inc({ gateway: delivery.gateway, outcome: dead ? 'dead' : 'failed' });
    this.logger.warn(`delivery ${delivery.id} failed, attempt ${delivery.attempts}: ${why}`);
    if (dead) this.logger.error(deadLine({ ...delivery, reason: why }));
    const pause = backoffMs(this.retry, delivery.attempts, Math.random());
    const statement = `UPDATE deliveries SET status = $3, last_error = $4, lease = NULL, leased_until = NULL,
        next_attempt_at = now() + $5 * interval '1 millisecond'
      WHERE id = $1 AND lease = $2`;
    const status = dead ? 'dead' : 'pending';
    await this.deferred.writeOrDefer(async () => {
      await this.db.query(statement, [delivery.id, lease, status, why, pause]);
      if (dead) await this.dropErasedPayload(delivery);
    });
  }

  /** Of what is given up, too, nothing is kept that tells of somebody who was erased. */
  private async dropErasedPayload(delivery: ClaimedDelivery): Promise<void> {
    try {
      await dropErasedUnreported(this.db.manager, [this.reader.toUnreported(delivery)]);
    } catch (error) {
      // An erasure that comes later counts it.
      if (!(error instanceof PayloadUnreadableError)) throw error;
    }
  }
}

function toCompletion({ id }: ClaimedDelivery, { content: says }: InterpretedMessage): Completion {
  const faults = issuesIn(says);
  const found = { errors: faults?.issues ?? null, more_errors: faults?.more ?? 0, partial: isPartial(says) };
  switch (says.kind) {
    case 'reports':
      return { id, status: found.partial ? 'parked' : 'processed', hint_order: null, ...found };
    case 'ignored':
      return { id, status: 'ignored', hint_order: null, ...found };
    case 'invalid':
      return { id, status: 'parked', hint_order: null, ...found };
    // Parked once for a missing order id, and readable now: on to the hints.
    case 'hint':
      return { id, status: 'pending', hint_order: says.orderId, ...found };
  }
}

async function writeCompletions(
  manager: EntityManager,
  done: readonly Completion[],
  lease: string,
): Promise<void> {
  const [, marked] = await manager.query<[unknown, number]>(
    // In the order in which the inbox locks what came again: neither ever waits for the other in a circle.
    `WITH held AS (
       SELECT id FROM deliveries WHERE id = ANY($3) AND lease = $2 ORDER BY gateway, account, key FOR UPDATE)
     UPDATE deliveries delivery SET status = done.status, errors = done.errors, more_errors = done.more_errors,
       partial = done.partial, hint_order = done.hint_order,
       last_error = NULL, lease = NULL, leased_until = NULL, replay = false, silent = false, processed_at = now()
     FROM held JOIN json_to_recordset($1::json) AS done
       (id uuid, status text, errors jsonb, more_errors integer, partial boolean, hint_order text) USING (id)
     WHERE delivery.id = held.id`,
    [JSON.stringify(done), lease, done.map(({ id }) => id)],
  );
  // Another process took the work over: its results count, ours are rolled back.
  if (marked !== done.length) throw new LeaseLostError();
}
