import {
  Inject,
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { setTimeout as wait } from 'node:timers/promises';
import { v4 as uuid } from 'uuid';
import { arrayOf } from '../database/columns.js';
import { isDatabaseAway } from '../database/database-away.js';
import {
  backoffMs,
  describeError,
  EventPublisher,
  OwedWrites,
  LEASES,
  RETRY_POLICY,
  WorkLoop,
  type Leases,
  type RetryPolicy,
} from '../events/index.js';
import { erasedAmong, type PaymentReported } from '../payments/index.js';
import { Arrivals, type Arrival } from './arrivals.js';
import { DeliveryReader, reportsOf, STORED_DELIVERY, type StoredDelivery } from './delivery-reader.js';
import type { Fault } from './gateways/gateway.js';
import { Inbox } from './inbox.js';
import { HintWorker } from './hint-worker.js';
import { erasePayloads } from './payloads.js';
import type { Reading } from './read-message.js';
import { restMs } from './senders-first.js';
import { processedDeliveries } from './webhook.metrics.js';

const BATCH = 100;
/** More at a time where it need not be fetched: the more there is, the less each costs. */
const MOST_ARRIVALS = 200;
/** What goes on arriving is worked on this often: a transaction for two of them costs nearly as much as for ten. */
const GATHER_MS = 25;
const LOOK_EVERY_MS = 500;

interface Claimed extends StoredDelivery {
  attempts: number;
}

/** How the work on one delivery ended, to be written beside what it caused. */
interface Done {
  id: string;
  status: 'processed' | 'ignored' | 'parked' | 'pending';
  errors: readonly Fault[] | null;
  hint_order: string | null;
}

/** Takes stored messages to their payments: claims a batch, reads it again from its bytes, one transaction for all. */
@Injectable()
export class DeliveryWorker implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(DeliveryWorker.name);
  readonly loop = new WorkLoop('DeliveryWorker', () => this.step(), 500);
  private readonly owed = new OwedWrites();
  private readonly arrivals = new Arrivals();
  private lookAt = 0;
  private tookOverAt = 0;
  private utilization = performance.eventLoopUtilization();

  constructor(
    private readonly db: DataSource,
    private readonly reader: DeliveryReader,
    private readonly publisher: EventPublisher,
    private readonly inbox: Inbox,
    private readonly hints: HintWorker,
    @Inject(RETRY_POLICY) private readonly retry: RetryPolicy,
    @Inject(LEASES) private readonly leases: Leases,
  ) {}

  onApplicationBootstrap(): void {
    this.inbox.onStored = ({ arrivals, more }) => {
      this.arrivals.offer(arrivals);
      if (more) this.lookNow();
      else this.loop.wake();
      if (more) this.hints.loop.wake();
    };
    this.hints.onFetched = () => this.lookNow();
    this.loop.start();
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.loop.stop();
  }

  /** There is, or may be, something to claim. */
  lookNow(): void {
    this.lookAt = 0;
    this.loop.wake();
  }

  private async step(): Promise<number> {
    await this.owed.settle();
    await this.gather();
    const arrived = this.arrivals.take(MOST_ARRIVALS);
    if (arrived.length > 0) await this.takeOver(arrived);
    // What was claimed once, or by a process that is gone, waits no longer for what goes on arriving; but where this
    // process is behind, the oldest rows are what it has in hand.
    const claimed = Date.now() >= this.lookAt ? await this.stepOnClaimed() : 0;
    if (claimed < BATCH || this.arrivals.count > 0) this.lookAt = Date.now() + LOOK_EVERY_MS;
    return arrived.length + claimed;
  }

  /** A lone arrival goes at once; those on its heels wait for one another for a moment, and all of them for senders. */
  private async gather(): Promise<void> {
    const worked = performance.now() - this.tookOverAt;
    const { utilization } = performance.eventLoopUtilization(this.utilization);
    const many = this.arrivals.count >= BATCH;
    const left = Math.max(many ? 0 : GATHER_MS - worked, restMs(utilization, worked));
    if (left > 0 && this.arrivals.count > 0) await wait(left);
    this.tookOverAt = performance.now();
    this.utilization = performance.eventLoopUtilization();
  }

  /** Works on what this process took in itself. What fails is claimed like any other, and there fails alone. */
  private async takeOver(arrived: readonly Arrival[]): Promise<void> {
    const ids = arrived.map((arrival) => arrival.id);
    try {
      await this.db.transaction(async (manager) => {
        const held = await holdUnclaimed(manager, ids);
        const reports = arrived.flatMap((arrival) => (held.has(arrival.id) ? arrival.reports : []));
        await this.publisher.applyInCommit(manager, reports);
        await markTakenOver(manager, [...held]);
        await forgetErased(manager, reports);
      });
    } catch (error) {
      this.logger.warn(`${arrived.length} deliveries are left to be claimed: ${describeError(error)}`);
      await this.owed.write(() => this.db.query(LEAVE_TO_CLAIM, [ids]));
      this.lookAt = 0;
      return;
    }
    for (const { gateway } of arrived) processedDeliveries.inc({ gateway, outcome: 'processed' });
  }

  private async stepOnClaimed(): Promise<number> {
    const lease = uuid();
    const claimed = await this.claim(lease).catch((error: unknown) => this.handBack(lease, error));
    if (claimed.length === 0) return 0;
    try {
      await this.work(claimed, lease);
    } catch (error) {
      if (isDatabaseAway(error)) return await this.handBack(lease, error);
      // A poisoned delivery fails alone: the others of its batch go through one by one.
      if (claimed.length === 1) await this.failed(claimed[0] as Claimed, lease, error);
      else
        for (const one of claimed)
          await this.work([one], lease).catch((cause: unknown) => this.failed(one, lease, cause));
    }
    this.hints.loop.wake();
    return claimed.length;
  }

  private async claim(lease: string): Promise<Claimed[]> {
    const [rows] = await this.db.query<[Claimed[], number]>(
      `UPDATE deliveries SET lease = $1, leased_until = now() + $2 * interval '1 millisecond', attempts = attempts + 1
       WHERE id IN (
         SELECT id FROM deliveries
         WHERE status = 'pending' AND hint_order IS NULL AND next_attempt_at <= now()
           AND (leased_until IS NULL OR leased_until < now())
         ORDER BY next_attempt_at LIMIT ${BATCH} FOR UPDATE SKIP LOCKED)
       RETURNING ${STORED_DELIVERY}, replay, silent, attempts`,
      [lease, this.leases.workMs],
    );
    return rows.sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  /** None of it was tried: when the database is back it is due at once, and no attempt is spent. */
  private async handBack(lease: string, error: unknown): Promise<never> {
    await this.owed.write(() =>
      this.db.query(
        `UPDATE deliveries SET lease = NULL, leased_until = NULL, attempts = attempts - 1 WHERE lease = $1`,
        [lease],
      ),
    );
    throw error;
  }

  private async work(claimed: readonly Claimed[], lease: string): Promise<void> {
    const read = claimed.map((delivery) => ({ delivery, reading: this.reader.read(delivery) }));
    const reports = read.flatMap(({ delivery, reading }) => reportsOf(delivery, reading));
    const done = read.map(({ delivery, reading }) => doneOf(delivery, reading));
    await this.db.transaction(async (manager) => {
      await this.publisher.applyInCommit(manager, reports);
      await markDone(manager, done, lease);
      await forgetErased(manager, reports);
    });
    read.forEach(({ delivery }, at) =>
      processedDeliveries.inc({ gateway: delivery.gateway, outcome: done[at]?.status ?? 'processed' }),
    );
  }

  private async failed(delivery: Claimed, lease: string, error: unknown): Promise<void> {
    if (isDatabaseAway(error)) return this.handBack(lease, error);
    const dead = delivery.attempts >= this.retry.maxAttempts;
    const why = describeError(error);
    processedDeliveries.inc({ gateway: delivery.gateway, outcome: dead ? 'dead' : 'failed' });
    this.logger.warn(`delivery ${delivery.id} failed, attempt ${delivery.attempts}: ${why}`);
    const pause = backoffMs(this.retry, delivery.attempts, Math.random());
    const statement = `UPDATE deliveries SET status = $3, last_error = $4, lease = NULL, leased_until = NULL,
        next_attempt_at = now() + $5 * interval '1 millisecond'
      WHERE id = $1 AND lease = $2`;
    const status = dead ? 'dead' : 'pending';
    await this.owed.write(() => this.db.query(statement, [delivery.id, lease, status, why, pause]));
  }
}

/** Of payments whose customer was erased, what was told is taken in without the person, and the bytes are not kept. */
async function forgetErased(manager: EntityManager, reports: readonly PaymentReported[]): Promise<void> {
  const told = reports.map(({ payload: { gateway, account, deliveryId, report } }) => ({
    gateway,
    account,
    gatewayPaymentId: report.gatewayPaymentId,
    deliveryId,
  }));
  const erased = await erasedAmong(manager, told);
  await erasePayloads(
    manager,
    erased.map(({ deliveryId }) => deliveryId),
  );
}

function doneOf({ id }: Claimed, { says }: Reading): Done {
  switch (says.is) {
    case 'reports':
      return { id, status: 'processed', errors: null, hint_order: null };
    case 'ignored':
      return { id, status: 'ignored', errors: null, hint_order: null };
    case 'faulty':
      return { id, status: 'parked', errors: says.faults, hint_order: null };
    // Parked once for a missing order id, and readable now: on to the hints.
    case 'hint':
      return { id, status: 'pending', errors: null, hint_order: says.orderId };
  }
}

const LEAVE_TO_CLAIM = `
  UPDATE deliveries SET next_attempt_at = now() WHERE id = ANY($1) AND status = 'pending' AND lease IS NULL`;

/**
 * Of what this process took in, what is still to be done, held until the end. What somebody claimed meanwhile, or has in
 * hand, is theirs; so nobody is waited for here.
 */
async function holdUnclaimed(manager: EntityManager, ids: readonly string[]): Promise<ReadonlySet<string>> {
  const rows = await manager.query<{ id: string }[]>(
    `SELECT id FROM deliveries WHERE id = ANY($1) AND status = 'pending' AND lease IS NULL FOR UPDATE SKIP LOCKED`,
    [arrayOf(ids)],
  );
  return new Set(rows.map(({ id }) => id));
}

async function markTakenOver(manager: EntityManager, ids: readonly string[]): Promise<void> {
  await manager.query(
    `UPDATE deliveries SET status = 'processed', attempts = attempts + 1, processed_at = now() WHERE id = ANY($1)`,
    [arrayOf(ids)],
  );
}

async function markDone(manager: EntityManager, done: readonly Done[], lease: string): Promise<void> {
  const [, marked] = await manager.query<[unknown, number]>(
    // In the order in which the inbox locks what came again: neither ever waits for the other in a circle.
    `WITH held AS (
       SELECT id FROM deliveries WHERE id = ANY($3) AND lease = $2 ORDER BY gateway, account, key FOR UPDATE)
     UPDATE deliveries delivery SET status = done.status, errors = done.errors, hint_order = done.hint_order,
       last_error = NULL, lease = NULL, leased_until = NULL, replay = false, silent = false, processed_at = now()
     FROM held JOIN json_to_recordset($1::json) AS done (id uuid, status text, errors jsonb, hint_order text) USING (id)
     WHERE delivery.id = held.id`,
    [JSON.stringify(done), lease, done.map(({ id }) => id)],
  );
  // Another process took the work over: its results count, ours are rolled back.
  if (marked !== done.length) throw new Error('lease lost');
}
