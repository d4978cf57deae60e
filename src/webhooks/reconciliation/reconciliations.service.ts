import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { RECONCILIATION_LIMITS, type ReconciliationLimits } from './limits.js';
import { ReconciliationTargets, type NoTarget } from './reconciliation-targets.js';
import { ReconciliationWorker } from './reconciliation-worker.js';
import type { ReconciliationOrigin } from './reconciliation.entity.js';
import { findEarlierRuns, findRunning, insertRun } from './new-run.store.js';
import { dueAfter } from './request-budget.js';

export interface StartRequest {
  readonly gateway: string;
  readonly account: string;
  readonly since: Date;
  readonly dryRun: boolean;
  readonly origin: ReconciliationOrigin;
}

export type StartResult =
  | { readonly kind: 'started'; readonly id: string }
  | { readonly kind: 'running'; readonly id: string | null }
  | NoTarget;

/** Starts runs. A worker of any process takes them forward. */
@Injectable()
export class ReconciliationsService {
  constructor(
    private readonly db: DataSource,
    private readonly targets: ReconciliationTargets,
    private readonly worker: ReconciliationWorker,
    @Inject(RECONCILIATION_LIMITS) private readonly limits: ReconciliationLimits,
  ) {}

  /** Of an account, one run is under way at a time. */
  async start({ gateway, account, ...request }: StartRequest): Promise<StartResult> {
    const target = this.targets.find(gateway, account);
    if ('reason' in target) return target;
    const until = this.limits.now();
    const { manager } = this.db;
    const earlier = await findEarlierRuns(manager, gateway, account);
    const dueAt = dueAfter(earlier.pacedUntil, until, this.limits.requestsPerMinute);
    const id = await insertRun(manager, { gateway, account, until, ...request }, earlier, dueAt);
    if (id === null) return { kind: 'running', id: await findRunning(manager, gateway, account) };
    this.worker.loop.wake();
    return { kind: 'started', id };
  }
}
