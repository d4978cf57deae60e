import {
  Inject,
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { DataSource } from 'typeorm';
import { v4 as uuid } from 'uuid';
import { ENV } from '../../platform/config/config.module.js';
import type { Env } from '../../platform/config/env.js';
import { claimInQueueOrder } from '../../platform/jobs/queue-order.js';
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
import { LogLine } from '../../platform/logging/log-line.js';
import { CHANNEL, type Channel, type SendResult, type OutgoingMessage } from '../channels/channel.js';
import { ChannelSettingsError, PermanentSendError } from '../channels/send.errors.js';
import { NotificationDecisions } from './notification-decisions.js';
import { notificationsScheduled } from '../scheduling/notification-scheduler.js';
import { notificationsEnded } from '../notification.metrics.js';

/** Messages under way at a time. Each waits for the mail server on its own. */
const MAX_CONCURRENT_SENDS = 8;
/** Messages to one address under way at a time: one address that is slow to take mail leaves slots to the others. */
const MAX_SENDS_PER_ADDRESS = 2;
const POSTPONE_MS = 250;
/** How long the channel is left alone after it refused our settings: a login tried too often gets locked. */
const SETTINGS_PAUSE_MS = 60_000;

interface ClaimedNotification {
  id: string;
  attempts: number;
  /** The message is older than `ALERT_MAX_AGE_HOURS`. */
  aged: boolean;
}

/** Sends what is due: decides once more under the order's lock, hands it to the channel, marks what became of it. */
@Injectable()
export class NotificationWorker implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(NotificationWorker.name);
  readonly loop = new PollingLoop('NotificationWorker', () => this.step(), 200);
  private readonly slots = new Slots(MAX_CONCURRENT_SENDS, () => this.loop.wake());
  private readonly deferred = new DeferredWrites();
  /** The addresses that are being written to. */
  private readonly addressesInUse: string[] = [];
  private channelPausedUntil = 0;

  constructor(
    private readonly db: DataSource,
    private readonly decisions: NotificationDecisions,
    @Inject(CHANNEL) private readonly channel: Channel,
    @Inject(ENV) private readonly env: Env,
    @Inject(RETRY_POLICY) private readonly retry: RetryPolicy,
    @Inject(LEASES) private readonly leases: Leases,
  ) {}

  onApplicationBootstrap(): void {
    // A message that is due at once does not wait for the next look at the table.
    notificationsScheduled.subscribe(this.db, () => this.loop.wake());
    this.loop.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.loop.stop();
    await this.slots.drained();
    await this.deferred.flush().catch((error: unknown) => {
      this.logger.error(
        `mails that were sent could not be marked, and may go out again: ${describeError(error)}`,
      );
    });
  }

  /** Starts what is due and waits for none of it: a slow recipient delays nobody else. */
  private async step(): Promise<number> {
    const { free } = this.slots;
    if (free === 0 || Date.now() < this.channelPausedUntil) return 0;
    await this.deferred.flush();
    const lease = uuid();
    const claimed = await this.claim(lease, free).catch((error: unknown) => this.releaseLease(lease, error));
    for (const one of claimed)
      this.slots.start(
        () => this.process(one, lease),
        // The lease runs out, and the message is claimed again.
        (error) => this.logger.error(`notification ${one.id} could not be marked: ${describeError(error)}`),
      );
    return claimed.length;
  }

  private async claim(lease: string, most: number): Promise<ClaimedNotification[]> {
    const [rows] = await claimInQueueOrder<[ClaimedNotification[], number]>(
      this.db,
      `UPDATE notifications SET lease = $1, leased_until = now() + $2 * interval '1 millisecond', attempts = attempts + 1,
         recipient = NULL
       WHERE id IN (
         SELECT id FROM notifications
         WHERE status = 'pending' AND due_at <= now() AND (leased_until IS NULL OR leased_until < now())
         ORDER BY due_at LIMIT $3 FOR UPDATE SKIP LOCKED)
       RETURNING id, attempts, created_at < now() - $4 * interval '1 hour' AS aged`,
      [lease, this.leases.sendMs, most, this.env.alertMaxAgeHours],
    );
    return rows;
  }

  /** Nothing was begun: what may have been claimed is due again when the database is back. */
  private async releaseLease(lease: string, error: unknown): Promise<never> {
    await this.deferred.writeOrDefer(() =>
      this.db.query(
        `UPDATE notifications SET lease = NULL, leased_until = NULL, attempts = attempts - 1 WHERE lease = $1`,
        [lease],
      ),
    );
    throw error;
  }

  private async process(claimed: ClaimedNotification, lease: string): Promise<void> {
    const { id } = claimed;
    try {
      const decision = await this.db.transaction((manager) => this.decisions.decide(manager, id));
      if (decision.kind === 'wait') return await this.postpone(id, lease, POSTPONE_MS);
      if (decision.kind === 'keep')
        return await this.end(id, lease, { status: 'suppressed', reason: decision.reason });
      const { message } = decision;
      if (this.addressesInUse.filter((to) => to === message.to).length >= MAX_SENDS_PER_ADDRESS)
        return await this.postpone(id, lease, POSTPONE_MS);
      await this.end(id, lease, await this.sendMessage(message));
    } catch (error) {
      await this.failed(claimed, lease, error);
    }
  }

  private async sendMessage(message: OutgoingMessage): Promise<SendResult> {
    this.addressesInUse.push(message.to);
    try {
      return await this.channel.send(message);
    } finally {
      this.addressesInUse.splice(this.addressesInUse.indexOf(message.to), 1);
    }
  }

  private async end(id: string, lease: string, outcome: SendResult): Promise<void> {
    const { status, reason, reference } = { reason: null, reference: null, ...outcome };
    const statement = `UPDATE notifications SET status = $3, reason = $4, reference = $5,
        sent_at = CASE WHEN $3 = 'sent' THEN now() END, lease = NULL, leased_until = NULL, last_error = NULL
      WHERE id = $1 AND lease = $2`;
    // The mail is out: its mark is owed until it stands, and nothing is claimed before it does.
    await this.deferred.writeOrDefer(() => this.db.query(statement, [id, lease, status, reason, reference]));
    notificationsEnded.inc({ outcome: status, reason: reason ?? '' });
  }

  private async postpone(id: string, lease: string, ms: number): Promise<void> {
    await this.db.query(
      `UPDATE notifications SET due_at = now() + $3 * interval '1 millisecond', lease = NULL, leased_until = NULL,
         attempts = attempts - 1
       WHERE id = $1 AND lease = $2`,
      [id, lease, ms],
    );
  }

  private async failed(
    { id, attempts, aged }: ClaimedNotification,
    lease: string,
    error: unknown,
  ): Promise<void> {
    const why = describeError(error);
    this.logger.warn(`notification ${id} was not sent: ${why}`);
    // The settings are to blame and not the message: it waits until they are right, as long as it is worth sending.
    if (error instanceof ChannelSettingsError && !aged) return this.pauseChannel(id, lease, why);
    const dead = error instanceof PermanentSendError || attempts >= this.retry.maxAttempts;
    const pause = backoffMs(this.retry, attempts, Math.random());
    const statement = `UPDATE notifications SET status = $3, last_error = $4, lease = NULL, leased_until = NULL,
        due_at = now() + $5 * interval '1 millisecond'
      WHERE id = $1 AND lease = $2`;
    await this.deferred.writeOrDefer(() =>
      this.db.query(statement, [id, lease, dead ? 'dead' : 'pending', why, pause]),
    );
    if (!dead) return;
    notificationsEnded.inc({ outcome: 'dead', reason: '' });
    this.logger.error(new LogLine('a notification is dead', { notificationId: id, attempts, reason: why }));
  }

  private async pauseChannel(id: string, lease: string, why: string): Promise<void> {
    const pause = Math.min(SETTINGS_PAUSE_MS, this.retry.capMs);
    this.channelPausedUntil = Date.now() + pause;
    const statement = `UPDATE notifications SET last_error = $3, lease = NULL, leased_until = NULL,
        due_at = now() + $4 * interval '1 millisecond', attempts = attempts - 1
      WHERE id = $1 AND lease = $2`;
    await this.deferred.writeOrDefer(() => this.db.query(statement, [id, lease, why, pause]));
  }
}
