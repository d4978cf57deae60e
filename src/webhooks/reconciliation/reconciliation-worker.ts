import {
  Inject,
  Injectable,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { DataSource } from 'typeorm';
import { ProcessRole } from '../../platform/config/process-role.js';
import {
  LeasedQueue,
  LEASES,
  RETRY_POLICY,
  type Leases,
  type PollingLoop,
  type RetryPolicy,
  WorkerSession,
} from '../../platform/jobs/index.js';
import { RECONCILIATION_LIMITS, type ReconciliationLimits } from './limits.js';
import { ReconciliationRunner } from './reconciliation-runner.js';
import { claimRuns, RECONCILIATION_TABLE, type ClaimedRun } from './reconciliation.store.js';

/** Runs of different accounts that this process works on at a time. */
const MAX_CONCURRENT_RUNS = 2;
const POLL_MS = 500;

/** Takes the runs that are under way forward, one request at a time: each request is a job of its own. */
@Injectable()
export class ReconciliationWorker implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly queue: LeasedQueue<ClaimedRun>;

  constructor(
    db: DataSource,
    runner: ReconciliationRunner,
    private readonly role: ProcessRole,
    @Inject(RETRY_POLICY) retry: RetryPolicy,
    @Inject(LEASES) { workMs: leaseMs }: Leases,
    @Inject(RECONCILIATION_LIMITS) { now }: ReconciliationLimits,
    session: WorkerSession,
  ) {
    this.queue = new LeasedQueue(db, retry, {
      name: ReconciliationWorker.name,
      table: RECONCILIATION_TABLE,
      session,
      pollMs: POLL_MS,
      concurrency: MAX_CONCURRENT_RUNS,
      claim: (lease, limit) => claimRuns(db.manager, { lease, leaseMs, limit, now: now() }),
      work: (run, lease) => runner.step(run, lease),
      describe: ({ gateway, account }) => `a reconciliation of ${gateway}/${account}`,
    });
  }

  get loop(): PollingLoop {
    return this.queue.loop;
  }

  onApplicationBootstrap(): void {
    if (this.role.works) this.queue.start();
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.queue.stop();
  }
}
