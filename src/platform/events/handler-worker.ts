import {
  Inject,
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { DataSource } from 'typeorm';
import { ProcessRole } from '../config/process-role.js';
import { LogLine } from '../logging/log-line.js';
import {
  LeasedQueue,
  LeaseLostError,
  LEASES,
  RETRY_POLICY,
  type Leases,
  type PollingLoop,
  type RetryPolicy,
  WorkerSession,
} from '../jobs/index.js';
import { describeError } from '../logging/describe-error.js';
import { ReportableError } from '../logging/reportable-error.js';
import { runsCreated } from './event-publisher.js';
import { handlerRuns } from './event.metrics.js';
import { HandlerRegistry } from './handler-registry.js';
import { restoreEvent } from './stored-payload.js';
import { claimRuns, deleteRun, HANDLER_RUN_TABLE, type ClaimedRun } from './handler-run.store.js';

/** Each run holds a database connection. Intake needs the other connections of the pool. */
const MAX_CONCURRENT_RUNS = 10;
/** A handler that hangs leaves the other half to the other handlers. */
const MAX_RUNS_PER_HANDLER = 5;
const HANDLER_TIMEOUT_MS = 30_000;
const POLL_MS = 500;

class HandlerTimeoutError extends ReportableError {
  constructor() {
    super(`the handler took longer than ${HANDLER_TIMEOUT_MS / 1_000} s`);
  }
}

/** The run was stored by a version of the service, or of a shop's module, that had a handler with this id. */
export class UnknownHandlerError extends ReportableError {
  /** `event` is given where there is a handler with this id, and it handles other events. */
  constructor(handler: string, event?: string) {
    super(`this version has no handler with the id ${handler}${event === undefined ? '' : ` for ${event}`}`);
  }
}

/**
 * Runs every (event, handler) on its own, in a transaction that also removes the run. A failed run is tried again after
 * a backoff, and is dead after the last attempt.
 *
 * Runs are created by {@link EventPublisher.publish}. `AfterCommit` wakes this worker when they are committed.
 */
@Injectable()
export class HandlerWorker implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(HandlerWorker.name);
  private readonly queue: LeasedQueue<ClaimedRun>;

  constructor(
    private readonly db: DataSource,
    private readonly registry: HandlerRegistry,
    private readonly role: ProcessRole,
    @Inject(RETRY_POLICY) retry: RetryPolicy,
    @Inject(LEASES) leases: Leases,
    session: WorkerSession,
  ) {
    this.queue = new LeasedQueue(db, retry, {
      name: HandlerWorker.name,
      table: HANDLER_RUN_TABLE,
      session,
      pollMs: POLL_MS,
      concurrency: MAX_CONCURRENT_RUNS,
      claim: (lease, free, running) =>
        claimRuns(db, {
          lease,
          leaseMs: leases.workMs,
          limit: Math.min(free, MAX_RUNS_PER_HANDLER),
          exceptHandlers: [...new Set(running.map(({ handler }) => handler))],
        }),
      work: (run, lease) => this.run(run, lease),
      describe: ({ handler, event_id }) => `the run of ${handler} on event ${event_id}`,
    });
  }

  get loop(): PollingLoop {
    return this.queue.loop;
  }

  onApplicationBootstrap(): void {
    if (!this.role.works) return;
    runsCreated.subscribe(this.db, () => this.queue.loop.wake());
    this.queue.start();
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.queue.stop();
  }

  private async run(run: ClaimedRun, lease: string): Promise<void> {
    try {
      await this.handle(run, lease);
      handlerRuns.inc({ handler: run.handler, outcome: 'done' });
    } catch (error) {
      const status = this.queue.statusAfterFailure(run);
      const reason = describeError(error);
      handlerRuns.inc({ handler: run.handler, outcome: status === 'dead' ? 'dead' : 'failed' });
      this.logFailure(run, status === 'dead', reason);
      await this.queue.fail(run, lease, { status, reason });
    }
  }

  private async handle(run: ClaimedRun, lease: string): Promise<void> {
    const registered = this.registry.find(run.handler);
    if (!registered) throw new UnknownHandlerError(run.handler);
    const eventClass = registered.events.get(run.name);
    if (!eventClass) throw new UnknownHandlerError(run.handler, run.name);
    const event = restoreEvent(eventClass, run);
    await this.db.transaction(async (manager) => {
      await withTimeout(registered.handler.handle(event, manager), HANDLER_TIMEOUT_MS);
      // Another process has the run: what it writes counts, and this transaction is rolled back.
      if (!(await deleteRun(manager, run, lease))) throw new LeaseLostError();
    });
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
