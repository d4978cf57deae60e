import type { DataSource } from 'typeorm';
import {
  LeasedQueue,
  type Leases,
  type PollingLoop,
  type RetryPolicy,
  type WorkerSession,
} from '../../platform/jobs/index.js';
import { describeError } from '../../platform/logging/describe-error.js';
import { publishOperatorNotice } from '../../platform/notices/index.js';
import type { Channel, SendResult } from '../channels/channel.js';
import {
  ChannelGoneError,
  ChannelSettingsError,
  PermanentSendError,
  TransientSendError,
} from '../channels/send.errors.js';
import { type FrozenFacts, type RenderedMessage, renderFrozen } from '../messages/message.js';
import { endNotification, NOTIFICATION_TABLE } from '../notification.store.js';
import type { DueMessage } from '../notification-set.store.js';
import { channelGoneKey, channelGoneNotice } from '../operator/channel-gone.notice.js';
import { DecisionReport } from './decision-report.js';
import { POLL_MS, type MessageQueue } from './message-queue.js';
import type { MessageDetailsReader } from './message-details.js';
import type { Decided, NotificationSets } from './notification-sets.js';

/** Messages of a channel that are sent at a time. Each waits for its answer on its own. */
const MAX_CONCURRENT_SENDS = 8;
/** Messages to one address at a time. An address whose server is slow leaves the other slots to other addresses. */
const MAX_SENDS_PER_ADDRESS = 2;
/** How long no message is sent after the channel refused the settings. A login that is tried too often gets locked. */
const SETTINGS_PAUSE_MS = 60_000;
/** How long no message is sent after the receiver said that it takes none any more. */
const GONE_PAUSE_MS = 3_600_000;

/** A message that was decided, under the lease of this process. */
interface SendJob extends Pick<DueMessage, 'id' | 'kind' | 'paymentId' | 'occurredAt' | 'isTooOld'> {
  attempts: number;
  to: string;
  facts: FrozenFacts;
}

/** What the queues of all channels share. */
export interface QueueContext {
  readonly db: DataSource;
  readonly sets: NotificationSets;
  readonly details: MessageDetailsReader;
  readonly retry: RetryPolicy;
  readonly leases: Leases;
  readonly session: WorkerSession;
}

/**
 * Sends the messages of one channel that are due: `NotificationSets` decides once more under the locks of the orders, this
 * queue sends through the channel and writes the result. A slow recipient delays nobody else. No more messages are decided
 * than are sent at once, so that none waits in memory while the facts change.
 */
export class ChannelQueue implements MessageQueue {
  private readonly queue: LeasedQueue<SendJob>;
  private readonly report: DecisionReport;
  /** The address of every message that is being sent. */
  private readonly addressesInUse: string[] = [];
  private pausedUntil = 0;
  private lastSentAt = -Infinity;

  constructor(
    private readonly channel: Channel,
    private readonly context: QueueContext,
  ) {
    const { db, retry, session } = context;
    this.report = new DecisionReport(channel.name);
    this.queue = new LeasedQueue(db, retry, {
      name: `NotificationWorker (${channel.name})`,
      table: NOTIFICATION_TABLE,
      session,
      pollMs: POLL_MS,
      concurrency: MAX_CONCURRENT_SENDS,
      claim: (lease, limit) => this.claim(lease, limit),
      work: (job, lease, signal) => this.process(job, lease, signal),
      describe: ({ id }) => `notification ${id}`,
    });
  }

  get loop(): PollingLoop {
    return this.queue.loop;
  }

  start(): void {
    this.queue.start();
  }

  stop(patienceMs: number): Promise<void> {
    return this.queue.stop(patienceMs);
  }

  /** Decides as many messages as may be sent now, and returns those that go out. */
  private async claim(lease: string, limit: number): Promise<readonly SendJob[]> {
    if (performance.now() < this.pausedUntil) return [];
    const { sets, leases } = this.context;
    const decided = await sets.decideNext({
      channel: this.channel,
      limit,
      end: { kind: 'leased', lease, leaseMs: leases.sendMs },
      roomFor: (address) => MAX_SENDS_PER_ADDRESS - this.addressesInUse.filter((to) => to === address).length,
    });
    this.report.record(decided);
    if (decided.length === limit) this.loop.wake();
    return decided.flatMap(toSendJob);
  }

  private async process(job: SendJob, lease: string, signal: AbortSignal): Promise<void> {
    try {
      const rendered = renderFrozen(job.facts, job);
      await this.end(job, lease, await this.sendMessage(job, rendered, signal), rendered);
    } catch (error) {
      await this.endFailed(job, lease, error, signal.aborted);
    }
  }

  private async sendMessage(
    job: SendJob,
    rendered: RenderedMessage,
    signal: AbortSignal,
  ): Promise<SendResult> {
    const { id, to, kind, paymentId } = job;
    const readDetails = () => this.context.details.read(paymentId);
    this.addressesInUse.push(to);
    try {
      return await this.channel.send({ id, to, kind, rendered, signal, readDetails });
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
    await this.queue.write(() => endNotification(this.context.db, id, lease, result, rendered));
    if (result.status === 'sent') this.lastSentAt = performance.now();
    this.report.recordEnd(result);
  }

  private async endFailed(job: SendJob, lease: string, error: unknown, isGivenUp: boolean): Promise<void> {
    const reason = describeError(error);
    this.report.recordFailure(job.id, reason);
    // This process may send no longer, and another one takes the message at once.
    if (isGivenUp) return this.queue.postpone(job, lease, 0, reason);
    if (error instanceof ChannelSettingsError && !job.isTooOld) return this.holdBack(job, lease, reason);
    const status = error instanceof PermanentSendError ? 'dead' : this.queue.statusAfterFailure(job);
    const notBeforeMs = error instanceof TransientSendError ? error.retryAfterMs : 0;
    const isGone = error instanceof ChannelGoneError;
    if (isGone) this.pausedUntil = performance.now() + this.atMost(GONE_PAUSE_MS);
    await this.queue.fail(
      job,
      lease,
      { status, reason, notBeforeMs },
      isGone ? () => this.tellGone() : undefined,
    );
    if (status === 'dead') this.report.recordDead(job, reason);
  }

  /**
   * The settings failed, not the message. It waits until they are correct, and spends no attempt. A channel that sent
   * something meanwhile goes on: a mail server may refuse to relay to some domains only.
   */
  private async holdBack(job: SendJob, lease: string, reason: string): Promise<void> {
    const pauseMs = this.atMost(SETTINGS_PAUSE_MS);
    const now = performance.now();
    if (now - this.lastSentAt > pauseMs && now > this.pausedUntil) {
      this.pausedUntil = now + pauseMs;
      this.report.recordHeld(reason);
    }
    await this.queue.postpone(job, lease, pauseMs, reason);
  }

  /** A pause is no longer than the longest backoff, which tests shorten. */
  private atMost(pauseMs: number): number {
    return Math.min(pauseMs, this.context.retry.capMs);
  }

  private tellGone(): Promise<unknown> {
    const { name } = this.channel;
    return publishOperatorNotice(
      this.context.db.manager,
      channelGoneKey(name, new Date()),
      channelGoneNotice(name),
    );
  }
}

function toSendJob(decided: Decided): SendJob[] {
  if (decided.kind !== 'send') return [];
  const { message, to, facts } = decided;
  const { id, kind, paymentId, occurredAt, isTooOld } = message;
  return [{ id, kind, paymentId, occurredAt, isTooOld, attempts: message.attempts + 1, to, facts }];
}
