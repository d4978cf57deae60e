import { setTimeout as sleep } from 'node:timers/promises';
import { PollingLoop } from '../../platform/jobs/index.js';
import type { UnsentChannel } from '../channels/channel.js';
import { POLL_MS, type MessageQueue } from './message-queue.js';
import { DecisionReport } from './decision-report.js';
import type { NotificationSets } from './notification-sets.js';

/** Messages of one transaction. Each takes up to two of PostgreSQL's lock slots. */
const UNSENT_SET = 100;
/** The time between two sets. Nobody waits for them, and a larger set costs less. */
const UNSENT_SETS_APART_MS = 50;

/** Ends the messages of a channel that is not set up: the decision is the end, and nothing is leased. */
export class UnsentQueue implements MessageQueue {
  readonly loop: PollingLoop;
  private readonly report: DecisionReport;
  private nextSetAt = 0;

  constructor(
    private readonly channel: UnsentChannel,
    private readonly sets: NotificationSets,
  ) {
    this.loop = new PollingLoop(`NotificationWorker (${channel.name})`, () => this.step(), POLL_MS);
    this.report = new DecisionReport(channel.name);
  }

  start(): void {
    this.loop.start();
  }

  stop(): Promise<void> {
    return this.loop.stop();
  }

  private async step(): Promise<number> {
    const restMs = this.nextSetAt - performance.now();
    if (restMs > 0) await sleep(restMs);
    const { suppresses: reason } = this.channel;
    const decided = await this.sets.decideNext({
      channel: this.channel,
      limit: UNSENT_SET,
      end: { kind: 'suppressed', reason },
      roomFor: () => UNSENT_SET,
    });
    this.report.record(decided);
    const unsent = decided.filter(({ kind }) => kind === 'send').map(({ message }) => message.id);
    this.report.recordUnsent(unsent, reason);
    const isFull = decided.length === UNSENT_SET;
    this.nextSetAt = isFull ? 0 : performance.now() + (decided.length > 0 ? UNSENT_SETS_APART_MS : 0);
    return isFull ? decided.length : 0;
  }
}
