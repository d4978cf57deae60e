import { type BeforeApplicationShutdown, Injectable, Logger } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { DataSource, type EntityManager } from 'typeorm';
import { EventLog, type EventPage } from '../../feature.js';
import {
  findBusySubjects,
  findDueDispatches,
  findKnownEvents,
  giveUpWithoutEvent,
  releaseHeld,
} from '../dispatch.store.js';
import { readKept } from '../read-kept.js';
import { isWanted } from '../rules/topics.js';
import { DispatchSender } from '../sending/dispatch-sender.js';
import { findActiveSubscriptions, releaseRunner, takeRunner } from '../sending-progress.store.js';
import { saveUnsaved } from './save-unsaved.js';
import { type Job, Subscriber, type SubscriberPorts, type Unsaved } from './subscriber.js';

/** Events of one read of the log for one subscriber. */
const EVENTS_PER_READ = 200;
/** How long the process that sends stays it without a word. Another process goes on after this time. */
const RUNNER_LEASE_MS = 5_000;
const RUNNER_RENEWED_EVERY_MS = 1_000;
/** Nothing is started this long after the last renewal was sent: well before another process may go on. */
const RUNNER_TRUSTED_MS = 3_500;
/** How often changed subscriptions and due tries are looked for. */
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
  private isStopping = false;
  private running: Promise<unknown> = Promise.resolve();
  private readonly ports: SubscriberPorts;

  constructor(
    private readonly db: DataSource,
    private readonly sender: DispatchSender,
    private readonly log: EventLog,
  ) {
    this.ports = {
      mayStart: () => !this.isStopping && performance.now() - this.renewedAt < RUNNER_TRUSTED_MS,
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
    this.subscribers.get(id)?.close();
  }

  private async round(): Promise<number> {
    if (!(await this.isRunner())) return 0;
    const { manager } = this.db;
    await this.save();
    const now = performance.now();
    if (now - this.lookedAt >= LOOKED_EVERY_MS) {
      this.lookedAt = now;
      await this.refresh(manager);
      await this.retryDue(manager);
    }
    return this.readOn(manager);
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.isStopping = true;
    for (const subscriber of this.subscribers.values()) subscriber.close();
    const patience = performance.now() + SHUTDOWN_PATIENCE_MS;
    while (this.sender.underWay > 0 && performance.now() < patience) await pause(20);
    this.sender.abort();
    await this.running.catch(() => undefined);
    try {
      await this.save();
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
    this.unsaved = [];
    this.lookedAt = -Infinity;
  }

  /** Writes what ended. Where that fails, it is kept and written by the next step. */
  private async save(): Promise<void> {
    const now = performance.now();
    for (const [id, subscriber] of this.subscribers) {
      const one = subscriber.takeUnsaved(now);
      if (one !== null) this.unsaved.push(one);
      if (subscriber.isOver) this.subscribers.delete(id);
    }
    if (this.unsaved.length === 0) return;
    await saveUnsaved(this.db, this.unsaved);
    this.unsaved = [];
  }

  private async refresh(manager: EntityManager): Promise<void> {
    const active = new Map((await findActiveSubscriptions(manager)).map((one) => [one.id, one]));
    for (const [id, subscriber] of this.subscribers) {
      const settings = active.get(id);
      if (settings === undefined) subscriber.close();
      else subscriber.configure(settings);
      active.delete(id);
    }
    const begun = [...active.values()].filter(({ position }) => position !== null);
    if (begun.length === 0) return;
    const head = await this.log.head();
    for (const subscription of begun)
      this.subscribers.set(subscription.id, new Subscriber(subscription, this.ports, head));
  }

  private async retryDue(manager: EntityManager): Promise<void> {
    const free = [...this.subscribers.values()].filter((one) => one.free > 0);
    if (free.length === 0) return;
    const due = await findDueDispatches(
      manager,
      // Those under way are due in the table until their end is written.
      free.map((one) => ({ subscriptionId: one.id, limit: 2 * one.settings.maxInFlight })),
    );
    const fresh = due.filter((one) => this.subscribers.get(one.subscriptionId)?.has(one.eventId) === false);
    if (fresh.length === 0) return;
    const ids = [...new Set(fresh.map((one) => one.eventId))];
    const found = await Promise.all(ids.map((id) => this.log.find(id)));
    const byId = new Map(found.flatMap((event) => (event === null ? [] : [[event.id, event]])));
    for (const subscriber of free) {
      const own = fresh.filter((one) => one.subscriptionId === subscriber.id).slice(0, subscriber.free);
      const jobs = own.flatMap(({ eventId, attempts }): Job[] => {
        const event = byId.get(eventId);
        return event ? [{ event, attempts, entry: null }] : [];
      });
      subscriber.retry(jobs);
    }
    const missing = fresh.filter((one) => !byId.has(one.eventId));
    if (missing.length > 0) await releaseHeld(manager, await giveUpWithoutEvent(manager, missing));
  }

  /** Reads the log on for those that can take more. More than 0 where there is more to read. */
  private async readOn(manager: EntityManager): Promise<number> {
    const reading = [...this.subscribers.values()].filter((one) => one.isReading);
    if (reading.length === 0) return 0;
    const head = await this.log.head();
    const pages = new Map<string, EventPage>();
    let unread = 0;
    for (const subscriber of reading) {
      const { position, settings } = subscriber;
      if (position === head) continue;
      const { topics, filter } = settings;
      const asked = { after: position, limit: EVENTS_PER_READ, topics, mode: filter.mode };
      // Most subscribers are at the same place, and many want the same.
      const key = JSON.stringify(asked);
      const page = pages.get(key) ?? (await readKept(this.log, asked));
      pages.set(key, page);
      await this.takeIn(manager, subscriber, page);
      if (page.end !== page.head) unread++;
    }
    return unread;
  }

  private async takeIn(
    manager: EntityManager,
    subscriber: Subscriber,
    { events, end }: EventPage,
  ): Promise<void> {
    const { id, settings } = subscriber;
    const wanted = events.filter((event) => isWanted(settings, event));
    const ids = wanted.map((event) => event.id);
    const mayBeKnown = ids.length > 0 && BigInt(wanted[0]?.position ?? 0) <= BigInt(subscriber.knownUpTo);
    const known = mayBeKnown ? await findKnownEvents(manager, id, ids) : new Set();
    const subjects = settings.ordered ? wanted.map((event) => event.subjectId) : [];
    const busy = subjects.length === 0 ? new Set() : await findBusySubjects(manager, id, subjects);
    const sent = new Set(ids.filter((one) => !known.has(one)));
    subscriber.takeIn(events, end, {
      isWanted: (event) => sent.has(event.id),
      isBusy: (event) => busy.has(event.subjectId),
    });
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
