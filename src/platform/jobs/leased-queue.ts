import { Logger } from '@nestjs/common';
import type { DataSource } from 'typeorm';
import { askedDelayMs } from '../http/retry-after.js';
import { describeError } from '../logging/describe-error.js';
import { DeferredWrites } from './deferred-writes.js';
import type { AttemptEnd, LeasedTable } from './leased-table.js';
import { PollingLoop } from './polling-loop.js';
import { backoffMs, type RetryPolicy } from './retry-policy.js';
import type { SessionMember, WorkerSession } from './worker-session.js';

/** A claimed job. `attempts` includes the current attempt, so it is 1 for the first. */
export interface LeasedJob {
  readonly attempts: number;
}

export interface LeasedQueueOptions<Job extends LeasedJob> {
  /** The name of the loop, and the context of its log lines. */
  readonly name: string;
  readonly table: LeasedTable<Job>;
  /** The session of this process, to which its leases belong. */
  readonly session: WorkerSession;
  /** Pause between two polls that found nothing, in milliseconds. `loop.wake()` ends the pause. */
  readonly pollMs: number;
  /** How many jobs run at a time in this process. */
  readonly concurrency: number;
  /** Claims at most `limit` due jobs under `lease`. `running` are the jobs that run in this process. */
  readonly claim: (lease: string, limit: number, running: readonly Job[]) => Promise<readonly Job[]>;
  /**
   * Does one job and writes its end. When it throws, the job becomes due again after its lease has run out. `signal` is
   * aborted when this process has to give the job up: the job then ends as soon as it can, and writes that it is due again.
   */
  readonly work: (job: Job, lease: string, signal: AbortSignal) => Promise<void>;
  /** How a log line names the job. */
  readonly describe: (job: Job) => string;
}

/**
 * Runs the jobs of one table. A job belongs to the session of the process that claimed it, and no longer than its lease
 * runs, so two processes never run one job at the same time, and the jobs of a process that crashed are claimed again
 * within seconds ({@link WorkerSession}).
 *
 * Every job ends on its own. A slow job occupies one of `concurrency` slots and delays no other job.
 *
 * The end of a job is written even when the database is unavailable at that moment: the statement is kept in memory and
 * repeated before the next claim.
 */
export class LeasedQueue<Job extends LeasedJob> {
  readonly loop: PollingLoop;
  private readonly logger: Logger;
  private readonly deferred = new DeferredWrites();
  private readonly running = new Map<Promise<void>, { job: Job; giveUp: AbortController }>();
  private readonly member: SessionMember;

  constructor(
    private readonly db: DataSource,
    private readonly retry: RetryPolicy,
    private readonly options: LeasedQueueOptions<Job>,
  ) {
    this.logger = new Logger(options.name);
    this.loop = new PollingLoop(options.name, () => this.step(), options.pollMs);
    this.member = { table: options.table, wake: () => this.loop.wake(), giveUp: () => this.giveUp() };
    options.session.join(this.member);
  }

  start(): void {
    this.options.session.start(this.member);
    this.loop.start();
  }

  /**
   * Claims no more, and resolves when every running job has ended and its end is written, as far as it can be. What still
   * runs after `patienceMs` is given up.
   */
  async stop(patienceMs?: number): Promise<void> {
    await this.loop.stop();
    const timer = patienceMs === undefined ? undefined : setTimeout(() => this.giveUp(), patienceMs);
    await Promise.all(this.running.keys());
    clearTimeout(timer);
    await this.deferred.flush().catch((error: unknown) => {
      this.logger.error(`jobs that ended could not be marked and may run again: ${describeError(error)}`);
    });
    await this.options.session.stop(this.member);
  }

  /** Aborts the signal of every running job. */
  private giveUp(): void {
    for (const { giveUp } of this.running.values()) giveUp.abort();
  }

  /** `dead` when the current attempt is the last one, else `pending`. */
  statusAfterFailure({ attempts }: Job): 'pending' | 'dead' {
    return attempts >= this.retry.maxAttempts ? 'dead' : 'pending';
  }

  /**
   * Ends a failed attempt. A pending job is due again after the backoff of its attempt, and not before `notBeforeMs`
   * from now, which may be anything that somebody said. `also` belongs to the same deferred write: both are repeated when
   * the database is unavailable during one of them.
   */
  async fail(
    job: Job,
    lease: string,
    { status, reason, notBeforeMs = 0 }: Pick<AttemptEnd, 'status' | 'reason'> & { notBeforeMs?: number },
    also?: () => Promise<unknown>,
  ): Promise<void> {
    const delayMs = Math.max(askedDelayMs(notBeforeMs), backoffMs(this.retry, job.attempts, Math.random()));
    await this.write(async () => {
      await this.options.table.endAttempt(this.db, job, lease, { status, reason, delayMs, counted: true });
      await also?.();
    });
  }

  /** Makes a job due again in `delayMs`. The attempt is not counted. */
  async postpone(job: Job, lease: string, delayMs: number, reason: string | null = null): Promise<void> {
    const end = { status: 'pending', reason, delayMs, counted: false } as const;
    await this.write(() => this.options.table.endAttempt(this.db, job, lease, end));
  }

  /**
   * For the end of a job. Resolves when the statement is written, or kept in memory because the database is
   * unavailable.
   */
  write(statement: () => Promise<unknown>): Promise<void> {
    return this.deferred.writeOrDefer(statement);
  }

  /** Starts the jobs that are due and waits for none of them. */
  private async step(): Promise<number> {
    const free = this.options.concurrency - this.running.size;
    if (free <= 0) return 0;
    await this.deferred.flush();
    const lease = this.options.session.newLease();
    if (lease === null) return 0;
    const jobs = await this.claim(lease, free);
    // Nothing is started for a session that was lost while the claim was under way.
    if (!this.options.session.isHeld(lease)) {
      await this.write(() => this.options.table.releaseLease(this.db, lease));
      return 0;
    }
    for (const job of jobs) this.run(job, lease);
    return jobs.length;
  }

  /**
   * A claim that failed may have been committed, so its lease is released. No attempt is counted: nothing was tried.
   */
  private async claim(lease: string, limit: number): Promise<readonly Job[]> {
    try {
      const running = [...this.running.values()].map(({ job }) => job);
      return await this.options.claim(lease, limit, running);
    } catch (error) {
      await this.write(() => this.options.table.releaseLease(this.db, lease));
      throw error;
    }
  }

  private run(job: Job, lease: string): void {
    const giveUp = new AbortController();
    const running = this.options
      .work(job, lease, giveUp.signal)
      .catch((error: unknown) => {
        this.logger.error(`${this.options.describe(job)} could not be marked: ${describeError(error)}`);
      })
      .finally(() => {
        this.running.delete(running);
        // The slot is free, and so is whatever the job kept from being claimed.
        this.loop.wake();
      });
    this.running.set(running, { job, giveUp });
  }
}
