import { Inject, Injectable } from '@nestjs/common';
import { setTimeout as wait } from 'node:timers/promises';
import { DataSource } from 'typeorm';
import { createLease } from '../../platform/jobs/lease.js';
import { LEASES, type Leases } from '../../platform/jobs/index.js';
import { RECONCILIATION_LIMITS, type ReconciliationLimits } from './limits.js';
import { ReconciliationRunner } from './reconciliation-runner.js';
import type { Reconciliation } from './reconciliation.entity.js';
import { claimRuns } from './reconciliation.store.js';
import { ReconciliationsReader } from './reconciliations.reader.js';

const POLL_MS = 200;

/**
 * Takes one run to its end, for a command that runs beside the service or without it. A worker of the service may take
 * steps of the same run meanwhile.
 */
@Injectable()
export class ReconciliationDriver {
  constructor(
    private readonly db: DataSource,
    private readonly runner: ReconciliationRunner,
    private readonly reader: ReconciliationsReader,
    @Inject(LEASES) private readonly leases: Leases,
    @Inject(RECONCILIATION_LIMITS) private readonly limits: ReconciliationLimits,
  ) {}

  /** `onWait` hears why the run waits, once for each reason. Null where there is no such run. */
  async drive(id: string, onWait: (reason: string) => void): Promise<Reconciliation | null> {
    let told: string | null = null;
    for (;;) {
      // No session watches over a command, so only the clock ends its lease.
      const lease = createLease(null);
      const claim = { lease, leaseMs: this.leases.workMs, limit: 1, now: this.limits.now(), id };
      const [run] = await claimRuns(this.db.manager, claim);
      if (run) await this.runner.step(run, lease);
      const now = await this.reader.find(id);
      if (now?.status !== 'pending') return now;
      if (now.lastError !== null && now.lastError !== told) onWait((told = now.lastError));
      if (!run) await wait(POLL_MS);
    }
  }
}
