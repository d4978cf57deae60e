import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { ProcessRole } from '../../platform/config/process-role.js';
import { EventLogWorker, HandlerWorker } from '../../platform/events/index.js';
import { FeatureJobs } from '../../platform/features/index.js';
import { NotificationWorker } from '../../notifications/index.js';
import { DeliveryWorker, StorageHealth } from '../../webhooks/index.js';
import { SingleFlightCache } from '../../platform/jobs/single-flight-cache.js';

/** Limit of each check of the database. A check without an answer by then counts as down. */
const CHECK_TIMEOUT_MS = 2_000;
/** One run of the checks serves all requests of a second, because the route is open to everybody. */
const CHECKS_MAX_AGE_MS = 1_000;
/** Longer than any single step of a worker may take (2 minutes). A worker without a step for so long hangs. */
const WORKER_STALLED_AFTER_MS = 120_000;

export type Check = 'up' | 'down';

/** What every process needs, and what only its role asks of it. */
export interface Checks {
  database: Check;
  migrations: Check;
  /** Where the process takes webhooks. */
  storage?: Check;
  /** Where the process works. */
  worker?: Check;
}

/** Whether this process can do what its role asks of it. */
@Injectable()
export class HealthChecks {
  private readonly checks = new SingleFlightCache(() => this.runChecks());
  private seenStorageChanges = 0;

  constructor(
    private readonly db: DataSource,
    private readonly role: ProcessRole,
    private readonly storage: StorageHealth,
    private readonly deliveries: DeliveryWorker,
    private readonly handlers: HandlerWorker,
    private readonly events: EventLogWorker,
    private readonly notifications: NotificationWorker,
    private readonly jobs: FeatureJobs,
  ) {}

  /** The results of at most one second ago; never throws. */
  async read(): Promise<Checks> {
    // A write that failed since the last check counts at once, and so does a success after failures.
    if (this.seenStorageChanges !== this.storage.changes) this.checks.invalidate();
    this.seenStorageChanges = this.storage.changes;
    const results = await this.checks.readRecent(CHECKS_MAX_AGE_MS);
    return this.storage.canStore ? results : { ...results, storage: 'down' };
  }

  private async runChecks(): Promise<Checks> {
    const [database, migrations, storage] = await Promise.all([
      checkWithinTimeout(this.db.query('SELECT 1').then(() => true)),
      checkWithinTimeout(this.db.showMigrations().then((pending) => !pending)),
      this.role.receives ? checkWithinTimeout(this.storage.check()) : null,
    ]);
    return {
      database,
      migrations,
      ...(storage !== null && { storage }),
      ...(this.role.works && { worker: this.checkWorker() }),
    };
  }

  private checkWorker(): Check {
    const loops = [
      ...this.deliveries.loops,
      this.handlers.loop,
      this.events.publishing,
      ...this.notifications.loops,
      ...this.jobs.loops,
    ];
    return loops.every((loop) => loop.msSinceLastStep() < WORKER_STALLED_AFTER_MS) ? 'up' : 'down';
  }
}

/** 'down' for a check that fails or takes longer than {@link CHECK_TIMEOUT_MS}. */
async function checkWithinTimeout(check: Promise<boolean>): Promise<Check> {
  let timer: NodeJS.Timeout | undefined;
  const timedOut = new Promise<boolean>((resolve) => (timer = setTimeout(resolve, CHECK_TIMEOUT_MS, false)));
  const up = await Promise.race([check, timedOut]).catch(() => false);
  clearTimeout(timer);
  return up ? 'up' : 'down';
}
