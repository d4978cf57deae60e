import {
  Inject,
  Injectable,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { setTimeout as wait } from 'node:timers/promises';
import { DataSource, type EntityManager } from 'typeorm';
import { ENV } from '../../config/config.module.js';
import type { Env } from '../../config/env.js';
import { ProcessRole } from '../../config/process-role.js';
import { tryJobLock } from '../../database/advisory-locks.js';
import { PollingLoop } from '../../jobs/index.js';
import { eventsStored } from '../event-publisher.js';
import { publishedEvents } from './event-log.metrics.js';
import { hasQueuedEvents, publishQueue } from './event-log.store.js';
import { expireLog, removeLeftEvents } from './event-retention.store.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Another process may have stored events, or hold the lock. */
const POLL_MS = 250;
/** One commit for the events of so long: under load a round moves about 200 events. */
const ROUND_MS = 30;

/**
 * Writes the log of events. Rounds of all processes exclude each other by an advisory lock, so each round sees the commit
 * of the one before, and nothing is ever placed before what a reader may have read. A round is one transaction: that of a
 * process which is killed leaves its events in the queue.
 */
@Injectable()
export class EventLogWorker implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly publishing = new PollingLoop('EventLog', () => this.publish(), POLL_MS);
  readonly retention = new PollingLoop('EventRetention', () => this.expire(new Date()), HOUR_MS);
  private nextRoundAt = 0;

  constructor(
    private readonly db: DataSource,
    private readonly role: ProcessRole,
    @Inject(ENV) private readonly env: Env,
  ) {}

  onApplicationBootstrap(): void {
    if (!this.role.works) return;
    eventsStored.subscribe(this.db, () => this.publishing.wake());
    this.publishing.start();
    this.retention.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await Promise.all([this.publishing.stop(), this.retention.stop()]);
  }

  /** One round. Resolves with more than 0 where events are left. */
  async publish(): Promise<number> {
    const pauseMs = this.nextRoundAt - Date.now();
    if (pauseMs > 0) await wait(pauseMs);
    if (!(await hasQueuedEvents(this.db))) return 0;
    const round = await this.withLogLock(publishQueue);
    this.nextRoundAt = Date.now() + ROUND_MS;
    if (round === null) return 0;
    publishedEvents.inc(round.events);
    return round.more ? round.events : 0;
  }

  /**
   * Removes one batch of what is older than `EVENTS_RETENTION_DAYS` as of `now`. Returns how many events; 0 means that
   * nothing is left, or that another process holds the lock. An event that a run of a handler needed when its place in the
   * log expired is removed at twice the age: by then it is in no row of the log.
   */
  async expire(now: Date): Promise<number> {
    const ageMs = this.env.eventsRetentionDays * DAY_MS;
    const expired = await this.withLogLock((manager) => expireLog(manager, new Date(now.getTime() - ageMs)));
    if (expired !== 0) return expired ?? 0;
    const before = new Date(now.getTime() - 2 * ageMs);
    return (await this.withLogLock((manager) => removeLeftEvents(manager, before))) ?? 0;
  }

  /** Null where another transaction holds the lock. */
  private withLogLock<Result>(work: (manager: EntityManager) => Promise<Result>): Promise<Result | null> {
    return this.db.transaction(async (manager) =>
      (await tryJobLock(manager, 'event log')) ? work(manager) : null,
    );
  }
}
