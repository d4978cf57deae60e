import {
  Inject,
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { v4 as uuid } from 'uuid';
import {
  backoffMs,
  describeError,
  EventPublisher,
  HandlerWorker,
  RETRY_POLICY,
  WorkLoop,
  type RetryPolicy,
} from '../events/index.js';
import { erasedAmong, PaymentReported } from '../payments/index.js';
import { GatewaysDirectory } from './gateways.directory.js';
import type { Fault } from './gateways/gateway.js';
import { Inbox } from './inbox.js';
import { HintWorker } from './hint-worker.js';
import { erasePayloads } from './payloads.js';
import { parseBody } from './parse-body.js';
import { readMessage, type Reading } from './read-message.js';
import { processedDeliveries } from './webhook.metrics.js';

const BATCH = 100;
const LEASE = '60 seconds';

interface Claimed {
  id: string;
  gateway: string;
  account: string;
  key: string;
  event_id: string | null;
  provenance: 'received' | 'fetched';
  headers: [string, string][];
  raw: Buffer;
  received_at: Date;
  attempts: number;
  replay: boolean;
  silent: boolean;
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

  constructor(
    private readonly db: DataSource,
    private readonly directory: GatewaysDirectory,
    private readonly publisher: EventPublisher,
    private readonly inbox: Inbox,
    private readonly hints: HintWorker,
    private readonly handlers: HandlerWorker,
    @Inject(RETRY_POLICY) private readonly retry: RetryPolicy,
  ) {}

  onApplicationBootstrap(): void {
    this.inbox.onStored = () => {
      this.loop.wake();
      this.hints.loop.wake();
    };
    this.hints.onFetched = () => this.loop.wake();
    this.loop.start();
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.loop.stop();
  }

  private async step(): Promise<number> {
    const lease = uuid();
    const claimed = await this.claim(lease);
    if (claimed.length === 0) return 0;
    try {
      await this.work(claimed, lease);
    } catch (error) {
      // A poisoned delivery fails alone: the others of its batch go through one by one.
      if (claimed.length === 1) await this.failed(claimed[0] as Claimed, lease, error);
      else
        for (const one of claimed)
          await this.work([one], lease).catch((cause: unknown) => this.failed(one, lease, cause));
    }
    this.handlers.loop.wake();
    this.hints.loop.wake();
    return claimed.length;
  }

  private async claim(lease: string): Promise<Claimed[]> {
    const [rows] = await this.db.query<[Claimed[], number]>(
      `UPDATE deliveries SET lease = $1, leased_until = now() + interval '${LEASE}', attempts = attempts + 1
       WHERE id IN (
         SELECT id FROM deliveries
         WHERE status = 'pending' AND hint_order IS NULL AND next_attempt_at <= now()
           AND (leased_until IS NULL OR leased_until < now())
         ORDER BY next_attempt_at LIMIT ${BATCH} FOR UPDATE SKIP LOCKED)
       RETURNING id, gateway, account, key, event_id, provenance, headers, raw, received_at, attempts, replay, silent`,
      [lease],
    );
    return rows.sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  private async work(claimed: readonly Claimed[], lease: string): Promise<void> {
    const read = claimed.map((delivery) => ({ delivery, reading: this.read(delivery) }));
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

  private read(delivery: Claimed): Reading {
    const gateway = this.directory.gateway(delivery.gateway);
    const account = this.directory.account(delivery.gateway, delivery.account);
    if (!gateway || !account) throw new Error('its gateway or account is no longer configured');
    const headers = Object.fromEntries(delivery.headers.map(([name, value]) => [name.toLowerCase(), value]));
    const body = parseBody(delivery.raw, headers['content-type'], gateway.contentTypes);
    return readMessage(gateway, {
      raw: delivery.raw,
      body,
      headers,
      provenance: delivery.provenance,
      mode: account.mode,
      receivedAt: delivery.received_at,
    });
  }

  private async failed(delivery: Claimed, lease: string, error: unknown): Promise<void> {
    const dead = delivery.attempts >= this.retry.maxAttempts;
    const why = describeError(error);
    processedDeliveries.inc({ gateway: delivery.gateway, outcome: dead ? 'dead' : 'failed' });
    this.logger.warn(`delivery ${delivery.id} failed, attempt ${delivery.attempts}: ${why}`);
    await this.db.query(
      `UPDATE deliveries SET status = $3, last_error = $4, lease = NULL, leased_until = NULL,
         next_attempt_at = now() + $5 * interval '1 millisecond'
       WHERE id = $1 AND lease = $2`,
      [
        delivery.id,
        lease,
        dead ? 'dead' : 'pending',
        why,
        backoffMs(this.retry, delivery.attempts, Math.random()),
      ],
    );
  }
}

function reportsOf(delivery: Claimed, { says }: Reading): PaymentReported[] {
  if (says.is !== 'reports') return [];
  return says.reports.map((report, at) => {
    const key = at === 0 ? delivery.key : `${delivery.key}#${at}`;
    return new PaymentReported(
      delivery.id,
      delivery.id,
      {
        gateway: delivery.gateway,
        account: delivery.account,
        deliveryId: delivery.id,
        key,
        eventId: delivery.event_id ?? delivery.key,
        receivedAt: delivery.received_at,
        replay: delivery.replay,
        report,
      },
      delivery.silent,
    );
  });
}

/** Of payments whose customer was erased, what was told is taken in without the person, and the bytes are not kept. */
async function forgetErased(manager: EntityManager, reports: readonly PaymentReported[]): Promise<void> {
  const told = reports.map(({ payload }) => ({ ...payload.report, ...payload }));
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
