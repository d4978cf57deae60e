import {
  Inject,
  Injectable,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { DataSource } from 'typeorm';
import { ENV } from '../../platform/config/config.module.js';
import type { Env } from '../../platform/config/env.js';
import { ProcessRole } from '../../platform/config/process-role.js';
import {
  LEASES,
  RETRY_POLICY,
  type Leases,
  type PollingLoop,
  type RetryPolicy,
  WorkerSession,
} from '../../platform/jobs/index.js';
import { CHANNELS, isUnsent, type MessageChannel } from '../channels/channel.js';
import { notificationsScheduled } from '../scheduling/notification-scheduler.js';
import { ChannelQueue } from './channel-queue.js';
import { type MessageQueue, stopPatienceMs } from './message-queue.js';
import { MessageDetailsReader } from './message-details.js';
import { NotificationSets } from './notification-sets.js';
import { UnsentQueue } from './unsent-queue.js';

/**
 * Sends messages that are due, each channel by a queue of its own: a channel that hangs, fails or is paused takes nothing
 * from another one.
 *
 * Messages are created by `NotificationScheduler.schedule`. `AfterCommit` wakes this worker when they are committed.
 */
@Injectable()
export class NotificationWorker implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly queues: readonly MessageQueue[];
  private readonly patienceMs: number;

  constructor(
    private readonly db: DataSource,
    sets: NotificationSets,
    details: MessageDetailsReader,
    private readonly role: ProcessRole,
    @Inject(CHANNELS) channels: readonly MessageChannel[],
    @Inject(RETRY_POLICY) retry: RetryPolicy,
    @Inject(LEASES) leases: Leases,
    @Inject(ENV) { shutdownSeconds }: Env,
    session: WorkerSession,
  ) {
    const context = { db, sets, details, retry, leases, session };
    this.patienceMs = stopPatienceMs(shutdownSeconds);
    this.queues = channels.map((channel) =>
      isUnsent(channel) ? new UnsentQueue(channel, sets) : new ChannelQueue(channel, context),
    );
  }

  get loops(): readonly PollingLoop[] {
    return this.queues.map(({ loop }) => loop);
  }

  /** Looks for due messages at once. */
  wake(): void {
    for (const { loop } of this.queues) loop.wake();
  }

  onApplicationBootstrap(): void {
    if (!this.role.works) return;
    notificationsScheduled.subscribe(this.db, () => this.wake());
    for (const queue of this.queues) queue.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await Promise.all(this.queues.map((queue) => queue.stop(this.patienceMs)));
  }
}
