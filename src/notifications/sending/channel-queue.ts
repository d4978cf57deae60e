import { Logger } from '@nestjs/common';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DataSource } from 'typeorm';
import {
  LeasedQueue,
  type Leases,
  type PollingLoop,
  type RetryPolicy,
  type WorkerSession,
} from '../../platform/jobs/index.js';
import { describeError } from '../../platform/logging/describe-error.js';
import { LogLine } from '../../platform/logging/log-line.js';
import { type Channel, isUnsent, type MessageChannel, type SendResult } from '../channels/channel.js';
import { ChannelSettingsError, PermanentSendError } from '../channels/send.errors.js';
import { type FrozenFacts, type RenderedMessage, renderFrozen } from '../messages/message.js';
import { notificationsEnded } from '../notification.metrics.js';
import { endNotification, type LeasedNotification, NOTIFICATION_TABLE } from '../notification.store.js';
import type { DueMessage } from '../notification-set.store.js';
import type { Decided, NotificationSets } from './notification-sets.js';

/** Messages of a channel that are sent at a time. Each waits for its answer on its own. */
const MAX_CONCURRENT_SENDS = 8;
/** Messages to one address at a time. An address whose server is slow leaves the other slots to other addresses. */
const MAX_SENDS_PER_ADDRESS = 2;
/** Messages of one transaction where none is sent. Each takes up to two of PostgreSQL's lock slots. */
const UNSENT_SET = 100;
/** The time between two sets of messages that are not sent. Nobody waits for them, and a larger set costs less. */
const UNSENT_SETS_APART_MS = 50;
/** How long no message is sent after the channel refused the settings. A login that is tried too often gets locked. */
const SETTINGS_PAUSE_MS = 60_000;
const POLL_MS = 200;

/** A message that was decided, under the lease of this process. */
interface SendJob extends Pick<DueMessage, 'id' | 'kind' | 'occurredAt' | 'isTooOld'> {
  attempts: number;
  to: string;
  facts: FrozenFacts;
}

/** What the queues of all channels share. */
export interface QueueContext {
  readonly db: DataSource;
  readonly sets: NotificationSets;
  readonly retry: RetryPolicy;
  readonly leases: Leases;
  readonly session: WorkerSession;
}

/**
 * Sends the messages of one channel that are due: `NotificationSets` decides once more under the locks of the orders, this
 * queue sends through the channel and writes the result. A slow recipient delays nobody else. No more messages are decided
 * than are sent at once, so that none waits in memory while the facts change. Where the channel sends nothing, the decision
 * is the end.
 */
export class ChannelQueue {
  private readonly logger = new Logger('NotificationWorker');
  private readonly queue: LeasedQueue<SendJob>;
  private readonly db: DataSource;
  private readonly sets: NotificationSets;
  private readonly retry: RetryPolicy;
  private readonly leaseMs: number;
  /** The address of every message that is being sent. */
  private readonly addressesInUse: string[] = [];
  private channelPausedUntil = 0;
  private lastSentAt = -Infinity;
  private nextUnsentSetAt = 0;

  constructor(
    private readonly channel: MessageChannel,
    { db, sets, retry, leases, session }: QueueContext,
  ) {
    this.db = db;
    this.sets = sets;
    this.retry = retry;
    this.leaseMs = leases.sendMs;
    this.queue = new LeasedQueue(db, retry, {
      name: `NotificationWorker (${channel.name})`,
      table: NOTIFICATION_TABLE,
      session,
      pollMs: POLL_MS,
      concurrency: MAX_CONCURRENT_SENDS,
      claim: (lease, limit) =>
        isUnsent(channel) ? this.endUnsent(channel.suppresses) : this.claim(lease, limit),
      work: (job, lease) => (isUnsent(channel) ? Promise.resolve() : this.process(channel, job, lease)),
      describe: ({ id }) => `notification ${id}`,
    });
  }

  get loop(): PollingLoop {
    return this.queue.loop;
  }

  start(): void {
    this.queue.start();
  }

  stop(): Promise<void> {
    return this.queue.stop();
  }

  /** Decides as many messages as may be sent now, and returns those that go out. */
  private async claim(lease: string, limit: number): Promise<readonly SendJob[]> {
    if (performance.now() < this.channelPausedUntil) return [];
    const decided = await this.sets.decideNext({
      channel: this.channel,
      limit,
      end: { kind: 'leased', lease, leaseMs: this.leaseMs },
      roomFor: (address) => MAX_SENDS_PER_ADDRESS - this.addressesInUse.filter((to) => to === address).length,
    });
    this.report(decided);
    if (decided.length === limit) this.loop.wake();
    return decided.flatMap(toSendJob);
  }

  /** Ends a set of messages without sending them. Nothing is left to do for any of them. */
  private async endUnsent(reason: string): Promise<readonly SendJob[]> {
    const restMs = this.nextUnsentSetAt - performance.now();
    if (restMs > 0) await sleep(restMs);
    const decided = await this.sets.decideNext({
      channel: this.channel,
      limit: UNSENT_SET,
      end: { kind: 'suppressed', reason },
      roomFor: () => UNSENT_SET,
    });
    this.report(decided);
    const unsent = decided.filter(({ kind }) => kind === 'send').map(({ message }) => message.id);
    if (unsent.length > 0) {
      notificationsEnded.inc({ outcome: 'suppressed', reason }, unsent.length);
      this.logger.log(new LogLine(`${unsent.length} notifications are not sent: ${reason}`, { unsent }));
    }
    const isFull = decided.length === UNSENT_SET;
    if (isFull) this.loop.wake();
    this.nextUnsentSetAt = isFull ? 0 : performance.now() + (decided.length > 0 ? UNSENT_SETS_APART_MS : 0);
    return [];
  }

  /** Counts and logs what ended with the decision. */
  private report(decided: readonly Decided[]): void {
    for (const one of decided) {
      if (one.kind === 'suppress') notificationsEnded.inc({ outcome: 'suppressed', reason: one.reason });
      if (one.kind !== 'fail') continue;
      const { id, attempts } = one.message;
      this.logger.warn(`notification ${id} was not sent: ${one.error}`);
      if (one.isDead) this.reportDead({ id, attempts: attempts + 1 }, one.error);
    }
  }

  private async process(channel: Channel, job: SendJob, lease: string): Promise<void> {
    try {
      const rendered = renderFrozen(job.facts, job);
      await this.end(job, lease, await this.sendMessage(channel, job, rendered), rendered);
    } catch (error) {
      await this.endFailed(job, lease, error);
    }
  }

  private async sendMessage(
    channel: Channel,
    { id, to }: SendJob,
    rendered: RenderedMessage,
  ): Promise<SendResult> {
    this.addressesInUse.push(to);
    try {
      return await channel.send({ id, to, rendered });
    } finally {
      this.addressesInUse.splice(this.addressesInUse.indexOf(to), 1);
    }
  }

  /** The message is sent, so this write is repeated until it succeeds, before the next claim. */
  private async end(
    { id }: SendJob,
    lease: string,
    result: SendResult,
    rendered: RenderedMessage,
  ): Promise<void> {
    await this.queue.write(() => endNotification(this.db, id, lease, result, rendered));
    if (result.status === 'sent') this.lastSentAt = performance.now();
    const reason = result.status === 'suppressed' ? result.reason : '';
    notificationsEnded.inc({ outcome: result.status, reason });
  }

  private async endFailed(job: SendJob, lease: string, error: unknown): Promise<void> {
    const reason = describeError(error);
    this.logger.warn(`notification ${job.id} was not sent: ${reason}`);
    if (error instanceof ChannelSettingsError && !job.isTooOld) return this.pauseChannel(job, lease, reason);
    const status = error instanceof PermanentSendError ? 'dead' : this.queue.statusAfterFailure(job);
    await this.queue.fail(job, lease, { status, reason });
    if (status === 'dead') this.reportDead(job, reason);
  }

  private reportDead({ id, attempts }: LeasedNotification, reason: string): void {
    notificationsEnded.inc({ outcome: 'dead', reason: '' });
    this.logger.error(new LogLine('a notification is dead', { notificationId: id, attempts, reason }));
  }

  /**
   * The settings failed, not the message. It waits until they are correct, and spends no attempt. A channel that sent
   * something meanwhile goes on: a mail server may refuse to relay to some domains only.
   */
  private async pauseChannel(job: SendJob, lease: string, reason: string): Promise<void> {
    const pauseMs = Math.min(SETTINGS_PAUSE_MS, this.retry.capMs);
    const now = performance.now();
    if (now - this.lastSentAt > pauseMs && now > this.channelPausedUntil) {
      this.channelPausedUntil = now + pauseMs;
      const { name: channel } = this.channel;
      this.logger.error(
        new LogLine('messages are held until a setting of the channel is right', { channel, reason }),
      );
    }
    await this.queue.postpone(job, lease, pauseMs, reason);
  }
}

function toSendJob(decided: Decided): SendJob[] {
  if (decided.kind !== 'send') return [];
  const { message, to, facts } = decided;
  const { id, kind, occurredAt, isTooOld } = message;
  return [{ id, kind, occurredAt, isTooOld, attempts: message.attempts + 1, to, facts }];
}
