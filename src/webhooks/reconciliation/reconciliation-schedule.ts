import {
  Inject,
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { ENV } from '../../platform/config/config.module.js';
import type { Env } from '../../platform/config/env.js';
import { ProcessRole } from '../../platform/config/process-role.js';
import { tryJobLock } from '../../platform/database/advisory-locks.js';
import { PollingLoop } from '../../platform/jobs/index.js';
import { MAX_PAUSE_MS, RECONCILIATION_LIMITS, type ReconciliationLimits } from './limits.js';
import { ReconciliationTargets, type ReconciliationTarget } from './reconciliation-targets.js';
import { ReconciliationWorker } from './reconciliation-worker.js';
import { findEarlierRuns, insertRun } from './new-run.store.js';
import { deleteRunsBefore } from './reconciliation.store.js';
import { dueAfter } from './request-budget.js';
import { scheduledSince } from './since.js';

const POLL_MS = 30_000;
const DAY_MS = 24 * 3_600_000;
/** Runs and their items are kept so long, or for RETENTION_DAYS where that is less. */
const KEPT_DAYS = 30;
const RUNS_PER_STATEMENT = 50;

/**
 * Starts a run of each account that can be asked, every `RECONCILE_EVERY`, and deletes old runs. An advisory lock lets
 * one process do it at a time. Where no run was ever made, the first comes one interval after the start of the process.
 */
@Injectable()
export class ReconciliationSchedule implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly loop = new PollingLoop('ReconciliationSchedule', () => this.step(), POLL_MS);
  private readonly logger = new Logger('Reconciliation');
  private readonly startedAt: Date;

  constructor(
    private readonly db: DataSource,
    private readonly role: ProcessRole,
    private readonly targets: ReconciliationTargets,
    private readonly worker: ReconciliationWorker,
    @Inject(ENV) private readonly env: Env,
    @Inject(RECONCILIATION_LIMITS) private readonly limits: ReconciliationLimits,
  ) {
    this.startedAt = limits.now();
  }

  onApplicationBootstrap(): void {
    if (this.role.works) this.loop.start();
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.loop.stop();
  }

  /** Returns how many old runs were deleted. */
  private async step(): Promise<number> {
    const { started, deleted } = await this.db.transaction(async (manager) => {
      if (!(await tryJobLock(manager, 'reconciliation'))) return { started: 0, deleted: 0 };
      let started = 0;
      for (const target of this.targets.all()) started += await this.startIfDue(manager, target);
      const keptDays = Math.min(KEPT_DAYS, this.env.retentionDays);
      const before = new Date(this.limits.now().getTime() - keptDays * DAY_MS);
      return { started, deleted: await deleteRunsBefore(manager, before, RUNS_PER_STATEMENT) };
    });
    if (started > 0) this.worker.loop.wake();
    return deleted;
  }

  private async startIfDue(manager: EntityManager, { account }: ReconciliationTarget): Promise<number> {
    const everyMs = this.env.reconcileEverySeconds * 1_000;
    if (everyMs === 0) return 0;
    const now = this.limits.now();
    const { gateway, account: name } = account;
    const earlier = await findEarlierRuns(manager, gateway, name);
    if (earlier.isRunning) return 0;
    if (now.getTime() - (earlier.lastAt ?? this.startedAt).getTime() < everyMs) return 0;
    const since = scheduledSince(earlier.coveredUntil, now);
    const run = { gateway, account: name, origin: 'schedule', dryRun: false, since, until: now } as const;
    const dueAt = dueAfter(earlier.pacedUntil, now, this.limits.requestsPerMinute);
    // Whoever starts a run in a long pause sees it wait. A scheduled run would only stand in the way.
    if (dueAt.getTime() - now.getTime() > MAX_PAUSE_MS) return 0;
    const id = await insertRun(manager, run, earlier, dueAt);
    if (id !== null) this.logger.debug(`a reconciliation of ${gateway}/${name} is due: ${id}`);
    return id === null ? 0 : 1;
  }
}
