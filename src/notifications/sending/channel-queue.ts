import type { DataSource } from 'typeorm';
import {
  LeasedQueue,
  type Leases,
  type PollingLoop,
  type RetryPolicy,
  type WorkerSession,
} from '../../platform/jobs/index.js';
import { isDatabaseUnavailable } from '../../platform/database/database-unavailable.js';
import { describeError } from '../../platform/logging/describe-error.js';
import { publishOperatorNotice } from '../../platform/notices/index.js';
import type { Channel, SendResult } from '../channels/channel.js';
import { sendWithin } from '../channels/channel-answers.js';
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
  /** It goes out alone, to find out whether a receiver that was gone is back. */
  isProbe: boolean;
}

/** What a channel made of a message. */
interface EndedSend {
  result: SendResult;
  rendered: RenderedMessage;
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
  /** What the channel has, and whose end is not written, by the id of the message. It is not sent again. */
  private readonly unended = new Map<string, EndedSend>();
  private pausedUntil = 0;
  private lastSentAt = -Infinity;
  /** The receiver took no message since it said that it takes none any more. */
  private isGone = false;

  constructor(
    private readonly channel: Channel,
    private readonly context: QueueContext,
  ) {
    const { db, retry, session } = context;
    this.report = new DecisionReport(channel.name);
    this.queue = new LeasedQueue<SendJob>(db, retry, {
      name: `NotificationWorker (${channel.name})`,
      table: NOTIFICATION_TABLE,
      session,
      pollMs: POLL_MS,
      concurrency: MAX_CONCURRENT_SENDS,
      claim: (lease, limit, running) => this.claim(lease, this.isGone ? 1 - running.length : limit),
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
    if (limit <= 0 || performance.now() < this.pausedUntil) return [];
    const isProbe = this.isGone;
    const { sets, leases } = this.context;
    const decided = await sets.decideNext({
      channel: this.channel,
      limit,
      end: { kind: 'leased', lease, leaseMs: leases.sendMs },
      roomFor: (address) => MAX_SENDS_PER_ADDRESS - this.addressesInUse.filter((to) => to === address).length,
    });
    this.report.record(decided);
    if (decided.length === limit) this.loop.wake();
    return decided.flatMap((one) => toSendJob(one, isProbe));
  }

  private async process(job: SendJob, lease: string, signal: AbortSignal): Promise<void> {
    let ended = this.unended.get(job.id);
    try {
      ended ??= await this.sendMessage(job, renderFrozen(job.facts, job), signal);
    } catch (error) {
      return this.endFailed(job, lease, error, signal.aborted);
    }
    await this.end(job, lease, ended);
  }

  private async sendMessage(
    job: SendJob,
    rendered: RenderedMessage,
    signal: AbortSignal,
  ): Promise<EndedSend> {
    const { id, to, kind, paymentId } = job;
    const readDetails = () => this.context.details.read(paymentId);
    this.addressesInUse.push(to);
    try {
      const message = { id, to, kind, rendered, signal, readDetails };
      const result = await sendWithin(this.channel, message, this.context.leases.sendMs / 2);
      return { result, rendered };
    } finally {
      this.addressesInUse.splice(this.addressesInUse.indexOf(to), 1);
    }
  }

  /**
   * The message is sent, so this write is repeated until it succeeds, before the next claim. What the database refuses for
   * good ends as dead: a message that stayed pending would be sent again, by any process.
   */
  private async end(job: SendJob, lease: string, ended: EndedSend): Promise<void> {
    const { result, rendered } = ended;
    if (result.status === 'sent') {
      this.lastSentAt = performance.now();
      this.isGone = false;
    }
    this.unended.set(job.id, ended);
    await this.queue.write(async () => {
      try {
        await endNotification(this.context.db, job.id, lease, result, rendered);
        this.report.recordEnd(result);
      } catch (error) {
        if (isDatabaseUnavailable(error)) throw error;
        const reason = `the message is ${result.status}, and that could not be stored: ${describeError(error)}`;
        await this.queue.fail(job, lease, { status: 'dead', reason });
        this.report.recordDead(job, reason);
      }
      this.unended.delete(job.id);
    });
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
    if (isGone) {
      // One message tells that the receiver is gone. Those that were sent beside it wait, as those behind it do.
      if (this.isGone && !job.isProbe && !job.isTooOld)
        return this.queue.postpone(job, lease, this.atMost(GONE_PAUSE_MS), reason);
      this.isGone = true;
      this.pausedUntil = performance.now() + this.atMost(GONE_PAUSE_MS);
    }
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

function toSendJob(decided: Decided, isProbe: boolean): SendJob[] {
  if (decided.kind !== 'send') return [];
  const { message, to, facts } = decided;
  const { id, kind, paymentId, occurredAt, isTooOld } = message;
  return [{ id, kind, paymentId, occurredAt, isTooOld, attempts: message.attempts + 1, to, facts, isProbe }];
}
