import { Inject, Injectable, Logger } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { isDatabaseUnavailable } from '../../platform/database/database-unavailable.js';
import { backoffMs, LeaseLostError, RETRY_POLICY, type RetryPolicy } from '../../platform/jobs/index.js';
import { askedDelayMs } from '../../platform/http/retry-after.js';
import { describeError } from '../../platform/logging/describe-error.js';
import type { ListOutcome, PaymentQuestion } from '../gateways/gateway.js';
import { isAnyPending } from '../inbox/delivery-duplicates.store.js';
import { HandoffQueue } from '../inbox/handoff-queue.js';
import { askGateway, cursorOf } from './ask-gateway.js';
import { FindingsStore, type Stored } from './findings-store.js';
import {
  MAX_PAUSE_MS,
  MAX_RESTARTS,
  MAX_UNANSWERED,
  RECONCILIATION_LIMITS,
  type ReconciliationLimits,
} from './limits.js';
import { aboutQuestion, compareObjects, type Finding } from './object-comparison.js';
import { afterAnswer, afterPage, giveUpQuestion, restart, type Position } from './position.js';
import { findNextRequest, type NextRequest } from './next-request.js';
import { nameOfQuestion } from './questions.js';
import { reconciledObjects, reconciliationRequests, reconciliationRuns } from './reconciliation.metrics.js';
import { insertSightings } from './reconciliation-item.store.js';
import { ReconciliationTargets, type ReconciliationTarget } from './reconciliation-targets.js';
import { endRun, postponeRun, saveProgress, type ClaimedRun, type RunEnd } from './reconciliation.store.js';
import { dueAfter, pauseUntil, spendRequest, type Spent } from './request-budget.js';
import { endLine } from './run-end-line.js';

/** How long a request is put off while what the one before stored is being processed. */
const PROCESSING_POLL_MS = 100;

/** A run with the request that follows from its position. */
interface Step extends NextRequest {
  readonly run: ClaimedRun;
  readonly lease: string;
  readonly target: ReconciliationTarget;
}

/** Why a request brought nothing, and for how long the gateway asked not to be asked. */
interface Failure {
  readonly reason: string;
  readonly retryAfterMs?: number;
}

type Page = Extract<ListOutcome, { kind: 'page' }>;

/**
 * Takes one step of a run: one request to the gateway, what it showed compared and stored, and the position behind it, all
 * in one commit. A run that was killed between two commits makes its last request again, which changes nothing.
 */
@Injectable()
export class ReconciliationRunner {
  private readonly logger = new Logger('Reconciliation');

  constructor(
    private readonly db: DataSource,
    private readonly targets: ReconciliationTargets,
    private readonly findings: FindingsStore,
    private readonly handoff: HandoffQueue,
    @Inject(RETRY_POLICY) private readonly retry: RetryPolicy,
    @Inject(RECONCILIATION_LIMITS) private readonly limits: ReconciliationLimits,
  ) {}

  /** Resolves when the step is committed. Rejects when the run could not be given back: its lease then runs out. */
  async step(run: ClaimedRun, lease: string): Promise<void> {
    try {
      await this.tryStep(run, lease);
    } catch (error) {
      if (error instanceof LeaseLostError) return;
      if (isDatabaseUnavailable(error)) throw error;
      await this.recordFailure(run, lease, { reason: describeError(error) });
    }
  }

  private async tryStep(run: ClaimedRun, lease: string): Promise<void> {
    const target = this.targets.find(run.gateway, run.account);
    if ('reason' in target) return this.end(run, lease, { status: 'failed', reason: target.reason });
    if (await this.isWaiting(run.position)) return this.postpone(run, lease);
    const next = await findNextRequest(this.db.manager, run, target, this.limits);
    if ('done' in next) return this.end(run, lease, { status: 'completed', askedUntil: next.done });
    const step: Step = { run, lease, target, ...next };
    const observedAt = this.limits.now();
    const outcome = await askGateway(target, next.request, this.limits.requestTimeoutMs);
    reconciliationRequests.inc({ gateway: run.gateway, outcome: outcome.kind });
    if (outcome.kind === 'page') await this.savePage(step, outcome, observedAt);
    else await this.saveFailure(step, outcome);
  }

  /** True while what the request before stored is not processed yet: it would be found missing once more. */
  private async isWaiting({ waitFor, waitUntil }: Position): Promise<boolean> {
    if (waitUntil === null || this.limits.now() >= new Date(waitUntil)) return false;
    return isAnyPending(this.db.manager, waitFor);
  }

  private async postpone({ id }: ClaimedRun, lease: string): Promise<void> {
    const dueAt = new Date(this.limits.now().getTime() + PROCESSING_POLL_MS);
    await postponeRun(this.db, id, lease, { dueAt, failure: null });
  }

  private async savePage(step: Step, { items, next }: Page, observedAt: Date): Promise<void> {
    const { run, request, position, target } = step;
    const now = this.limits.now();
    const question = request.kind === 'ask' ? request.question : null;
    const source = { target, observedAt, receivedAt: now, question };
    const isUnknown = question?.cursor === null && items.length === 0 && next === null;
    const stored = await this.db.transaction(async (manager) => {
      const found = isUnknown
        ? [aboutQuestion(question, 'unknown', 'the gateway does not know the payment')]
        : await compareObjects(manager, items, source);
      const stored = await this.findings.store(manager, run, found);
      await this.rememberSeen(manager, run, found, question && next === null ? question : null);
      const after =
        request.kind === 'list' ? afterPage(position, next, stored.same) : afterAnswer(position, next);
      await this.saveProgress(manager, step, stored, this.waitingFor(after, stored, now));
      return stored;
    });
    this.count(run.gateway, stored);
    if (stored.pending.length > 0) this.handoff.signals.emit('deliveriesDue');
  }

  /** What the run need not ask about: unfinished payments that a list brought, and what it asked about. */
  private async rememberSeen(
    manager: EntityManager,
    run: ClaimedRun,
    found: readonly Finding[],
    asked: PaymentQuestion | null,
  ): Promise<void> {
    const listed = found
      .filter(({ unfinished }) => unfinished)
      .flatMap(({ gatewayPaymentId }) => gatewayPaymentId ?? []);
    await insertSightings(manager, run.id, [...listed, ...(asked ? [nameOfQuestion(asked)] : [])]);
  }

  private waitingFor(position: Position, { pending }: Stored, now: Date): Position {
    if (pending.length === 0) return position;
    const waitUntil = new Date(now.getTime() + this.limits.processingWaitMs).toISOString();
    return { ...position, waitFor: pending, waitUntil };
  }

  private async saveProgress(
    manager: EntityManager,
    { run, lease, target, position: asked }: Step,
    { missing, different, same, problems }: Omit<Stored, 'pending'>,
    position: Position,
    spent = this.spend(run),
  ): Promise<void> {
    const phase = target.phases[asked.phase];
    const isUnfinished = phase?.kind === 'ask' && phase.source === 'unfinished';
    await saveProgress(manager, run.id, lease, {
      position,
      askedUntil: isUnfinished ? asked.after : run.askedUntil,
      missing: run.missing + missing,
      different: run.different + different,
      same: run.same + same,
      problems: run.problems + problems,
      ...spent,
    });
  }

  /** The budget after a request, with the pause that the gateway asked for. */
  private spend({ pacedUntil }: ClaimedRun, retryAfterMs?: number): Spent {
    const pauseMs = askedDelayMs(retryAfterMs);
    const { requestsPerMinute } = this.limits;
    const now = this.limits.now();
    const spent = spendRequest(pacedUntil, now, requestsPerMinute);
    if (pauseMs === 0) return spent;
    const asked = new Date(now.getTime() + pauseMs);
    const paused = pauseUntil(spent.pacedUntil, asked, requestsPerMinute);
    return { pacedUntil: paused, dueAt: dueAfter(paused, now, requestsPerMinute) };
  }

  private async saveFailure(step: Step, outcome: Exclude<ListOutcome, Page>): Promise<void> {
    const { run, lease, position, request } = step;
    if (outcome.kind === 'cursor_refused') return this.restart(step);
    const pauseMs = outcome.kind === 'retry' ? askedDelayMs(outcome.retryAfterMs) : 0;
    if (pauseMs > MAX_PAUSE_MS) return this.endPaused(run, lease, outcome);
    if (outcome.kind === 'final' || (outcome.kind === 'unusable' && request.kind === 'list'))
      return this.fail(run, lease, outcome.reason);
    const isLastTry = outcome.kind === 'unusable' || run.attempts >= this.limits.triesPerQuestion;
    if (request.kind === 'list' || !isLastTry) return this.recordFailure(run, lease, outcome);
    // A gateway that answers is there, so only questions without any answer end the run.
    const after = outcome.kind === 'unusable' ? afterAnswer(position, null) : giveUpQuestion(position);
    const spent = this.spend(run, pauseMs);
    const reason = `${outcome.reason} (${MAX_UNANSWERED} questions in a row)`;
    if (after.unanswered >= MAX_UNANSWERED) return this.fail(run, lease, reason, spent.pacedUntil);
    const stored = await this.db.transaction(async (manager) => {
      const found = [aboutQuestion(request.question, 'unanswered', outcome.reason)];
      const stored = await this.findings.store(manager, run, found);
      await this.rememberSeen(manager, run, [], request.question);
      await this.saveProgress(manager, step, stored, after, spent);
      return stored;
    });
    this.count(run.gateway, stored);
  }

  /** The list, or the answer, is read again from its first page. What it showed before is not counted again. */
  private async restart(step: Step): Promise<void> {
    const { run, lease, position, request } = step;
    if (position.restarts >= MAX_RESTARTS || cursorOf(request) === null)
      return this.fail(run, lease, 'the gateway refused the cursor of its own list');
    const nothing = { missing: 0, different: 0, problems: 0, same: -position.same };
    await this.db.transaction((manager) => this.saveProgress(manager, step, nothing, restart(position)));
  }

  /** The request is made again after a pause; after the last try the run ends. */
  private async recordFailure(
    run: ClaimedRun,
    lease: string,
    { reason, retryAfterMs }: Failure,
  ): Promise<void> {
    const now = this.limits.now().getTime();
    const spent = this.spend(run, retryAfterMs);
    if (run.attempts >= this.retry.maxAttempts)
      return this.fail(run, lease, `${reason} (tried ${run.attempts} times)`, spent.pacedUntil);
    const backoff = now + backoffMs(this.retry, run.attempts, Math.random());
    const dueAt = new Date(Math.max(spent.dueAt.getTime(), backoff));
    const { pacedUntil } = spent;
    await postponeRun(this.db, run.id, lease, { dueAt, failure: { reason, pacedUntil } });
  }

  /** A long pause is kept by the next run. This one would keep every other of its account from beginning. */
  private endPaused(run: ClaimedRun, lease: string, { reason, retryAfterMs }: Failure): Promise<void> {
    const { pacedUntil, dueAt } = this.spend(run, retryAfterMs);
    return this.fail(run, lease, `${reason} (may be asked again at ${dueAt.toISOString()})`, pacedUntil);
  }

  private fail(
    run: ClaimedRun,
    lease: string,
    reason: string,
    pacedUntil = this.spend(run).pacedUntil,
  ): Promise<void> {
    return this.end(run, lease, { status: 'failed', reason, pacedUntil });
  }

  private async end(run: ClaimedRun, lease: string, end: Omit<RunEnd, 'now'>): Promise<void> {
    const now = this.limits.now();
    await this.db.transaction((manager) => endRun(manager, run, lease, { ...end, now }));
    reconciliationRuns.inc({ gateway: run.gateway, status: end.status });
    this.logger[end.status === 'failed' || run.missing + run.different > 0 ? 'warn' : 'log'](
      endLine(run, end),
    );
  }

  private count(gateway: string, { missing, different, same, problems }: Stored): void {
    for (const [result, count] of Object.entries({ missing, different, same, problems }))
      if (count > 0) reconciledObjects.inc({ gateway, result }, count);
  }
}
