import { type BeforeApplicationShutdown, Injectable, Logger } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { DataSource, type EntityManager } from 'typeorm';
import { EventLog } from '../../feature.js';
import { DispatchSender } from '../sending/dispatch-sender.js';
import {
  findActiveSubscriptions,
  findActiveVersions,
  releaseRunner,
  takeRunner,
} from '../sending-progress.store.js';
import { hasRoom, partsOf } from './answer-room.js';
import { LogReader } from './log-reader.js';
import { retryDue } from './retry-due.js';
import { saveUnsaved } from './save-unsaved.js';
import type { SubscriberPorts, Unsaved } from './job.js';
import { Subscriber } from './subscriber.js';

/** How long the process that sends stays it without a word. Another process goes on after this time. */
const RUNNER_LEASE_MS = 5_000;
const RUNNER_RENEWED_EVERY_MS = 1_000;
/** Nothing is started this long after the last renewal was sent: well before another process may go on. */
const RUNNER_TRUSTED_MS = 3_500;
/** How often changed subscriptions and due tries are looked for. Where more tries are due, the next step looks again. */
const LOOKED_EVERY_MS = 200;
/** At the end of the process tries under way may end by themselves for this long. */
const SHUTDOWN_PATIENCE_MS = 2_000;

/**
 * Sends the events of the log to the subscribers, in one process at a time. Each subscriber has its own place in the log,
 * and a row of `dispatches` for what was tried: a process that is killed loses nothing, and what it had under way is sent
 * again with the same id.
 *
 * `step` is the only one that reads and writes; requests end in between. So what one step reads is never older than what
 * it wrote before.
 */
@Injectable()
export class DispatchEngine implements BeforeApplicationShutdown {
  private readonly logger = new Logger('subscriptions');
  private readonly process = randomUUID();
  private readonly subscribers = new Map<string, Subscriber>();
  private unsaved: Unsaved[] = [];
  private renewedAt = -Infinity;
  private askedAt = -Infinity;
  private lookedAt = -Infinity;
  private hasMoreDue = false;
  private isStopping = false;
  private running: Promise<unknown> = Promise.resolve();
  private readonly ports: SubscriberPorts;
  private readonly reader: LogReader;

  constructor(
    private readonly db: DataSource,
    private readonly sender: DispatchSender,
    private readonly log: EventLog,
  ) {
    this.reader = new LogReader(log);
    this.ports = {
      mayStart: () =>
        !this.isStopping && performance.now() - this.renewedAt < RUNNER_TRUSTED_MS && this.hasRoom,
      send: (job, subscription) => this.sender.send(job, subscription),
    };
  }

  /** One round. Resolves with 0 where another one at once would find nothing. */
  step(): Promise<number> {
    if (this.isStopping) return Promise.resolve(0);
    const round = this.round();
    this.running = round;
    return round;
  }

  /**
   * Starts nothing more for a subscription that has just been paused, deleted or given another URL. Where another process
   * sends, that one sees it within 200 ms.
   */
  stopSending(id: string): void {
    this.subscribers.get(id)?.stop();
  }

  private async round(): Promise<number> {
    if (!(await this.isRunner())) return 0;
    const { manager } = this.db;
    // What is read next is never older than what ended: all of it is written first, and the lease is kept in between.
    if (!(await this.saveNext())) return 1;
    const now = performance.now();
    const isLookedFor = now - this.lookedAt >= LOOKED_EVERY_MS;
    if (isLookedFor) {
      this.lookedAt = now;
      await this.refresh(manager);
    }
    const subscribers = [...this.subscribers.values()];
    if (isLookedFor || this.hasMoreDue) this.hasMoreDue = await retryDue(manager, this.log, subscribers);
    return this.reader.readOn(manager, subscribers, (some) => this.findChanged(manager, some));
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.isStopping = true;
    for (const subscriber of this.subscribers.values()) subscriber.close();
    const patience = performance.now() + SHUTDOWN_PATIENCE_MS;
    while (this.sender.underWay > 0 && performance.now() < patience) await pause(20);
    this.sender.abort();
    await this.running.catch(() => undefined);
    try {
      while (!(await this.saveNext()));
      await releaseRunner(this.db.manager, this.process);
    } catch {
      this.logger.warn('what was sent last could not be marked, and is sent again with the same ids');
    }
  }

  /** Asks at most once a second. A process whose place another one had forgets everything: that one went on. */
  private async isRunner(): Promise<boolean> {
    const now = performance.now();
    if (now - this.askedAt >= RUNNER_RENEWED_EVERY_MS) {
      this.askedAt = now;
      const isBusy = this.subscribers.size > 0;
      const taken = await takeRunner(this.db.manager, this.process, { leaseMs: RUNNER_LEASE_MS, isBusy });
      if (taken !== 'kept') this.forget();
      this.renewedAt = taken === 'no' ? -Infinity : now;
    }
    return this.renewedAt > -Infinity;
  }

  private forget(): void {
    for (const subscriber of this.subscribers.values()) subscriber.close();
    this.subscribers.clear();
    this.reader.forget();
    this.unsaved = [];
    this.lookedAt = -Infinity;
  }

  private get hasRoom(): boolean {
    return hasRoom([this.subscribers.values(), this.unsaved]);
  }

  /**
   * Writes what ended, up to a few MB of answers. Resolves with true where nothing is left. Where it fails, what ended is
   * kept and written by the next step.
   */
  private async saveNext(): Promise<boolean> {
    const now = performance.now();
    const hadRoom = this.hasRoom;
    for (const [id, subscriber] of this.subscribers) {
      const one = subscriber.takeUnsaved(now);
      if (one !== null) this.unsaved.push(one);
      if (subscriber.isOver) this.subscribers.delete(id);
    }
    const [next, ...later] = partsOf(this.unsaved, ({ answerSize }) => answerSize);
    if (next === undefined) return true;
    await saveUnsaved(this.db, next);
    this.unsaved = later.flat();
    if (!hadRoom) for (const subscriber of this.subscribers.values()) subscriber.pump();
    return later.length === 0;
  }

  /** Those whose subscriptions were changed since they were read. All are read again where there is one. */
  private async findChanged(
    manager: EntityManager,
    subscribers: readonly Subscriber[],
  ): Promise<ReadonlySet<Subscriber>> {
    const versions = await findActiveVersions(manager);
    const changed = subscribers.filter(
      ({ id, settings }) => versions.get(id) !== settings.updatedAt.getTime(),
    );
    if (changed.length > 0) await this.refresh(manager);
    return new Set(changed);
  }

  private async refresh(manager: EntityManager): Promise<void> {
    const active = new Map((await findActiveSubscriptions(manager)).map((one) => [one.id, one]));
    for (const [id, subscriber] of this.subscribers) {
      const settings = active.get(id);
      if (settings === undefined) subscriber.stop();
      else subscriber.configure(settings);
      active.delete(id);
    }
    const begun = [...active.values()].filter(({ position }) => position !== null);
    if (begun.length === 0) return;
    const head = await this.log.head();
    for (const subscription of begun)
      this.subscribers.set(subscription.id, new Subscriber(subscription, this.ports, head));
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
