import {
  Inject,
  Injectable,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { DataSource } from 'typeorm';
import { ProcessRole } from '../../platform/config/process-role.js';
import { PollingLoop, type SessionMember, WorkerSession } from '../../platform/jobs/index.js';
import { findLeftMessages, handOver } from '../channel-change.store.js';
import { CHANNELS, type MessageChannel } from '../channels/channel.js';
import { NOTIFICATION_TABLE } from '../notification.store.js';

const POLL_MS = 5_000;
/** Messages of one step. */
const MAX_MESSAGES = 100;

/**
 * What becomes of pending messages after the channels were changed: the first channel in force takes those that no channel
 * in force has. Where it has the same message already, the one of the channel that is gone is suppressed. So nobody is told
 * twice, and nobody is forgotten: neither when a mail server is set for the first time, nor when mail gives way to HTTP.
 */
@Injectable()
export class ChannelChanges implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly loop = new PollingLoop(ChannelChanges.name, () => this.step(), POLL_MS);
  private readonly inForce: readonly string[];
  /** What a process that ended was sending is made due also where no channel of this process sends anything. */
  private readonly member: SessionMember = { table: NOTIFICATION_TABLE, wake: () => this.loop.wake() };

  constructor(
    private readonly db: DataSource,
    private readonly role: ProcessRole,
    private readonly session: WorkerSession,
    @Inject(CHANNELS) channels: readonly MessageChannel[],
  ) {
    session.join(this.member);
    this.inForce = channels.map(({ name }) => name);
  }

  onApplicationBootstrap(): void {
    if (!this.role.works) return;
    this.session.start(this.member);
    this.loop.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.loop.stop();
    await this.session.stop(this.member);
  }

  private async step(): Promise<number> {
    const [first] = this.inForce;
    if (first === undefined) return 0;
    const ids = await findLeftMessages(this.db, this.inForce, MAX_MESSAGES);
    for (const id of ids) await handOver(this.db, id, this.inForce, first);
    return ids.length;
  }
}
