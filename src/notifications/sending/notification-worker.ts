import {
  Inject,
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { DataSource } from 'typeorm';
import { ENV } from '../../platform/config/config.module.js';
import type { Env } from '../../platform/config/env.js';
import { ProcessRole } from '../../platform/config/process-role.js';
import {
  LeasedQueue,
  LEASES,
  RETRY_POLICY,
  type Leases,
  type PollingLoop,
  type RetryPolicy,
  WorkerSession,
} from '../../platform/jobs/index.js';
import { describeError } from '../../platform/logging/describe-error.js';
import { LogLine } from '../../platform/logging/log-line.js';
import { CHANNEL, type Channel, type OutgoingMessage, type SendResult } from '../channels/channel.js';
import { ChannelSettingsError, PermanentSendError } from '../channels/send.errors.js';
import { notificationsEnded } from '../notification.metrics.js';
import {
  claimNotifications,
  endNotification,
  NOTIFICATION_TABLE,
  type ClaimedNotification,
} from '../notification.store.js';
import { notificationsScheduled } from '../scheduling/notification-scheduler.js';
import { NotificationDecisions } from './notification-decisions.js';

/** Messages that are sent at a time. Each waits for the mail server on its own. */
const MAX_CONCURRENT_SENDS = 8;
/** Messages to one address at a time. An address whose server is slow leaves the other slots to other addresses. */
const MAX_SENDS_PER_ADDRESS = 2;
/** How long a message waits for another message of its order, or to its address. */
const POSTPONE_MS = 250;
/** How long no message is sent after the channel refused the settings. A login that is tried too often gets locked. */
const SETTINGS_PAUSE_MS = 60_000;
const POLL_MS = 200;

/**
 * Sends messages that are due: decides once more under the lock of the order, sends through the channel, and writes the
 * result. A slow recipient delays nobody else.
 *
 * Messages are created by `NotificationScheduler.schedule`. `AfterCommit` wakes this worker when they are committed.
 */
@Injectable()
export class NotificationWorker implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(NotificationWorker.name);
  private readonly queue: LeasedQueue<ClaimedNotification>;
  /** The address of every message that is being sent. */
  private readonly addressesInUse: string[] = [];
  private channelPausedUntil = 0;

  constructor(
    private readonly db: DataSource,
    private readonly decisions: NotificationDecisions,
    private readonly role: ProcessRole,
    @Inject(CHANNEL) private readonly channel: Channel,
    @Inject(ENV) { alertMaxAgeHours: maxAgeHours }: Env,
    @Inject(RETRY_POLICY) private readonly retry: RetryPolicy,
    @Inject(LEASES) { sendMs: leaseMs }: Leases,
    session: WorkerSession,
  ) {
    this.queue = new LeasedQueue(db, retry, {
      name: NotificationWorker.name,
      table: NOTIFICATION_TABLE,
      session,
      pollMs: POLL_MS,
      concurrency: MAX_CONCURRENT_SENDS,
      claim: async (lease, limit) =>
        Date.now() < this.channelPausedUntil
          ? []
          : claimNotifications(db, { lease, leaseMs, limit, maxAgeHours }),
      work: (claimed, lease) => this.process(claimed, lease),
      describe: ({ id }) => `notification ${id}`,
    });
  }

  get loop(): PollingLoop {
    return this.queue.loop;
  }

  onApplicationBootstrap(): void {
    if (!this.role.works) return;
    notificationsScheduled.subscribe(this.db, () => this.queue.loop.wake());
    this.queue.start();
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.queue.stop();
  }

  private async process(claimed: ClaimedNotification, lease: string): Promise<void> {
    try {
      const decision = await this.db.transaction((manager) => this.decisions.decide(manager, claimed.id));
      if (decision.kind === 'wait') return await this.queue.postpone(claimed, lease, POSTPONE_MS);
      if (decision.kind === 'suppress')
        return await this.end(claimed, lease, { status: 'suppressed', reason: decision.reason });
      const { message } = decision;
      if (this.addressesInUse.filter((to) => to === message.to).length >= MAX_SENDS_PER_ADDRESS)
        return await this.queue.postpone(claimed, lease, POSTPONE_MS);
      if (!this.queue.isHeld(lease)) return await this.queue.postpone(claimed, lease, 0);
      await this.end(claimed, lease, await this.sendMessage(message));
    } catch (error) {
      await this.endFailed(claimed, lease, error);
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

  /** The message is sent, so this write is repeated until it succeeds, before the next claim. */
  private async end({ id }: ClaimedNotification, lease: string, result: SendResult): Promise<void> {
    await this.queue.write(() => endNotification(this.db, id, lease, result));
    const reason = result.status === 'suppressed' ? result.reason : '';
    notificationsEnded.inc({ outcome: result.status, reason });
  }

  private async endFailed(claimed: ClaimedNotification, lease: string, error: unknown): Promise<void> {
    const { id, attempts, isTooOld } = claimed;
    const reason = describeError(error);
    this.logger.warn(`notification ${id} was not sent: ${reason}`);
    if (error instanceof ChannelSettingsError && !isTooOld) return this.pauseChannel(claimed, lease, reason);
    const status = error instanceof PermanentSendError ? 'dead' : this.queue.statusAfterFailure(claimed);
    await this.queue.fail(claimed, lease, { status, reason });
    if (status !== 'dead') return;
    notificationsEnded.inc({ outcome: 'dead', reason: '' });
    this.logger.error(new LogLine('a notification is dead', { notificationId: id, attempts, reason }));
  }

  /** The settings failed, not the message. It waits until they are correct, and spends no attempt. */
  private async pauseChannel(claimed: ClaimedNotification, lease: string, reason: string): Promise<void> {
    const pauseMs = Math.min(SETTINGS_PAUSE_MS, this.retry.capMs);
    this.channelPausedUntil = Date.now() + pauseMs;
    await this.queue.postpone(claimed, lease, pauseMs, reason);
  }
}
