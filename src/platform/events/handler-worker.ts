import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type BeforeApplicationShutdown,
} from '@nestjs/common';
import { DataSource } from 'typeorm';
import { v4 as uuid } from 'uuid';
import { claimInQueueOrder } from '../jobs/queue-order.js';
import { LogLine } from '../logging/log-line.js';
import { backoffMs, RETRY_POLICY, type RetryPolicy } from '../jobs/retry-policy.js';
import { runsCreated } from './event-publisher.js';
import { HandlerRegistry } from './handler-registry.js';
import { handlerRuns } from './event.metrics.js';
import { DeferredWrites } from '../jobs/deferred-writes.js';
import { LeaseLostError, LEASES, type Leases } from '../jobs/leases.js';
import { ReportableError } from '../logging/reportable-error.js';
import { describeError } from '../logging/describe-error.js';
import { PollingLoop } from '../jobs/polling-loop.js';

/**
 * How many runs are under way at a time, and how many of one handler: each holds a database connection, and a
 * handler that hangs must leave some to the other handlers and to what is being acknowledged.
 */
const MAX_CONCURRENT_RUNS = 10;
const MAX_RUNS_PER_HANDLER = 5;
const HANDLER_TIMEOUT_MS = 30_000;

interface ClaimedRun {
  event_id: string;
  handler: string;
  attempts: number;
  subject_id: string;
  cause_id: string;
  silent: boolean;
  payload: object;
}

class HandlerTimeoutError extends ReportableError {
  constructor() {
    super(`the handler took longer than ${HANDLER_TIMEOUT_MS / 1_000} s`);
  }
}

class UnknownHandlerError extends ReportableError {
  constructor(handler: string) {
    super(`this version has no handler with the id ${handler}`);
  }
}

/** Runs every (event, handler) on its own: a lease while it works, a pause after a failure, dead after the last. */
@Injectable()
export class HandlerWorker implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(HandlerWorker.name);
  readonly loop = new PollingLoop('HandlerWorker', () => this.step(), 500);
  private readonly deferred = new DeferredWrites();
  private readonly running = new Map<Promise<void>, string>();

  constructor(
    private readonly db: DataSource,
    private readonly registry: HandlerRegistry,
    @Inject(RETRY_POLICY) private readonly retry: RetryPolicy,
    @Inject(LEASES) private readonly leases: Leases,
  ) {}

  onApplicationBootstrap(): void {
    runsCreated.subscribe(this.db, () => this.loop.wake());
    this.loop.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.loop.stop();
    await Promise.all(this.running.keys());
  }

  /** Starts what is due and waits for none of it: handlers do not wait for one another. */
  private async step(): Promise<number> {
    const free = Math.min(MAX_CONCURRENT_RUNS - this.running.size, MAX_RUNS_PER_HANDLER);
    if (free <= 0) return 0;
    await this.deferred.flush();
    const lease = uuid();
    const busy = [...new Set(this.running.values())];
    const runs = await this.claim(lease, free, busy).catch((error: unknown) =>
      this.releaseLease(lease, error),
    );
    for (const run of runs) this.start(run, lease);
    return runs.length;
  }

  private start(run: ClaimedRun, lease: string): void {
    const running = this.run(run, lease).finally(() => {
      this.running.delete(running);
      // Its handler is free again, or the first place is.
      this.loop.wake();
    });
    this.running.set(running, run.handler);
  }

  /** Handlers with runs under way are passed over until those have ended. */
  private async claim(lease: string, most: number, busy: readonly string[]): Promise<ClaimedRun[]> {
    const [rows] = await claimInQueueOrder<[ClaimedRun[], number]>(
      this.db,
      `UPDATE handler_runs run SET lease = $1, leased_until = now() + $4 * interval '1 millisecond',
         attempts = attempts + 1
       FROM domain_events event
       WHERE event.id = run.event_id AND (run.event_id, run.handler) IN (
         SELECT event_id, handler FROM handler_runs
         WHERE status = 'pending' AND next_attempt_at <= now() AND (leased_until IS NULL OR leased_until < now())
           AND handler <> ALL ($3)
         ORDER BY next_attempt_at LIMIT $2 FOR UPDATE SKIP LOCKED)
       RETURNING run.event_id, run.handler, run.attempts, event.subject_id, event.cause_id, event.silent, event.payload`,
      [lease, most, busy, this.leases.workMs],
    );
    return rows;
  }

  /** Nothing was begun: what may have been claimed is due again when the database is back. */
  private async releaseLease(lease: string, error: unknown): Promise<never> {
    await this.deferred.writeOrDefer(() =>
      this.db.query(
        `UPDATE handler_runs SET lease = NULL, leased_until = NULL, attempts = attempts - 1 WHERE lease = $1`,
        [lease],
      ),
    );
    throw error;
  }

  private async run(run: ClaimedRun, lease: string): Promise<void> {
    try {
      await this.handle(run, lease);
      handlerRuns.inc({ handler: run.handler, outcome: 'done' });
    } catch (error) {
      const dead = run.attempts >= this.retry.maxAttempts;
      handlerRuns.inc({ handler: run.handler, outcome: dead ? 'dead' : 'failed' });
      this.logFailure(run, dead, describeError(error));
      await this.postpone(run, lease, dead, describeError(error)).catch((cause: unknown) => {
        // The lease runs out, and the run is taken up again.
        this.logger.error(`${run.handler} could not be postponed: ${describeError(cause)}`);
      });
    }
  }

  private logFailure(
    { handler, event_id, subject_id, attempts }: ClaimedRun,
    dead: boolean,
    reason: string,
  ): void {
    const fields = { handler, eventId: event_id, subjectId: subject_id, attempts, reason };
    const failed = `${handler} failed on event ${event_id}, attempt ${attempts}: ${reason}`;
    this.logger.warn(new LogLine(failed, fields));
    if (dead) this.logger.error(new LogLine('a run of a handler is dead', fields));
  }

  private async handle(run: ClaimedRun, lease: string): Promise<void> {
    const registered = this.registry.find(run.handler);
    if (!registered) throw new UnknownHandlerError(run.handler);
    const event = new registered.event(run.subject_id, run.cause_id, run.payload, run.silent);
    await this.db.transaction(async (manager) => {
      await withTimeout(registered.handler.handle(event, manager), HANDLER_TIMEOUT_MS);
      const [, held] = await manager.query<[unknown, number]>(
        `DELETE FROM handler_runs WHERE event_id = $1 AND handler = $2 AND lease = $3`,
        [run.event_id, run.handler, lease],
      );
      // The lease ran out and another process has the work: its effects count, ours are rolled back.
      if (held === 0) throw new LeaseLostError();
    });
  }

  private async postpone(run: ClaimedRun, lease: string, dead: boolean, error: string): Promise<void> {
    const pause = backoffMs(this.retry, run.attempts, Math.random());
    const statement = `UPDATE handler_runs SET status = $4, last_error = $5, lease = NULL, leased_until = NULL,
        next_attempt_at = now() + $6 * interval '1 millisecond'
      WHERE event_id = $1 AND handler = $2 AND lease = $3`;
    const given = [run.event_id, run.handler, lease, dead ? 'dead' : 'pending', error, pause];
    await this.deferred.writeOrDefer(() => this.db.query(statement, given));
  }
}

async function withTimeout(work: Promise<void>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new HandlerTimeoutError()), ms);
  });
  try {
    await Promise.race([work, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
