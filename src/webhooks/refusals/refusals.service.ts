import {
  Inject,
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { DataSource } from 'typeorm';
import { ENV } from '../../platform/config/config.module.js';
import type { Env } from '../../platform/config/env.js';
import { type Problem, problemOf } from '../../platform/http/problem.js';
import { TOO_MANY_REFUSALS } from '../../platform/http/problem-types.js';
import { FailureReporter } from '../../platform/jobs/index.js';
import type { AnonymousRefusals } from '../../platform/http/stranger-limit.js';
import type { RefusalReason } from '../gateways/gateway.js';
import { RefusalLimiter } from './refusal-limiter.js';
import { addRefusalCounts, type CountedRefusals } from './refusal.store.js';
import { REFUSAL_PROBLEMS } from './refusal-problems.js';
import { RefusalLog, type RefusedRequest } from './refusal-log.js';
import { refusedRequests } from '../webhook.metrics.js';

const FLUSH_INTERVAL_MS = 1_000;

/** Statuses that become 429 for an address with too many refusals. */
const LIMITED_STATUSES: readonly number[] = [401, 404];
/** The name under which refused requests to the API are counted, in place of a gateway. */
const API = 'api';
/** `Retry-After` of every 503. A 503 is never the sender's fault and does not last. */
const RETRY_AFTER_SECONDS = 5;

/** Further facts about a refused request. */
type RefusalContext = Partial<Pick<RefusedRequest, 'account' | 'raw' | 'unverified'>> & {
  cause?: unknown;
  /** The gateway's own status in place of 401. */
  refusedStatus?: number;
};

/**
 * Turns a refusal reason into an answer, and counts it: in the metrics at once, in the database within 1 s. The refusal log
 * may store the request for a diagnosis.
 */
@Injectable()
export class RefusalsService implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(RefusalsService.name);
  private readonly unwritten = new FailureReporter((cause) =>
    this.logger.warn(`counts of refusals wait for the database: ${cause}`),
  );
  private readonly limiter: RefusalLimiter;
  private unsaved = new Map<string, CountedRefusals>();
  private timer: NodeJS.Timeout | undefined;
  private saving: Promise<void> = Promise.resolve();

  constructor(
    private readonly db: DataSource,
    private readonly log: RefusalLog,
    @Inject(ENV) { limits }: Env,
  ) {
    this.limiter = new RefusalLimiter(limits.refusalBurst, limits.refusalsPerSecond);
  }

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => void this.saveAll(), FLUSH_INTERVAL_MS).unref();
  }

  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.saveAll();
  }

  /** The answer to a refused request. `gateway` must be a configured one or `unknown`, because it becomes a metric label. */
  refuse(
    gateway: string,
    reason: RefusalReason,
    address: string,
    { cause, refusedStatus, account = null, raw = null, unverified = null }: RefusalContext = {},
  ): Problem {
    const wait = LIMITED_STATUSES.includes(REFUSAL_PROBLEMS[reason].status)
      ? this.limiter.refuse(address, Date.now())
      : 0;
    const counted = wait > 0 ? 'rate_limited' : reason;
    this.count(gateway, counted);
    this.log.note({ gateway, account, reason: counted, originalReason: reason, address, raw, unverified });
    const problem = REFUSAL_PROBLEMS[counted];
    const seconds = problem.status === 503 ? RETRY_AFTER_SECONDS : wait;
    const headers: Record<string, string> = seconds > 0 ? { 'Retry-After': String(seconds) } : {};
    const status = problem.status === 401 ? (refusedStatus ?? 401) : problem.status;
    return withoutStack(() => problemOf(problem, { status }, headers, { cause }));
  }

  /** The answer to a webhook without POST: `otherwise`, or 429 if its address has too many refusals. */
  refuseMethod(gateway: string, address: string, otherwise: Problem): Problem {
    return this.refuseIfLimited(gateway, this.limiter.refuse(address, Date.now())) ?? otherwise;
  }

  /** For requests to the API; see {@link AnonymousRefusals}. */
  readonly strangers: AnonymousRefusals = {
    refuseIfLimited: (address) =>
      this.limiter.isLimited(address, Date.now())
        ? this.refuseIfLimited(API, this.limiter.refuse(address, Date.now()))
        : null,
    countRefusal: (address, status) => {
      const instead = this.refuseIfLimited(API, this.limiter.refuse(address, Date.now()));
      if (!instead && status === 401) this.count(API, 'bad_key');
      return instead;
    },
  };

  private refuseIfLimited(gateway: string, wait: number): Problem | null {
    if (wait === 0) return null;
    this.count(gateway, 'rate_limited');
    return withoutStack(() => problemOf(TOO_MANY_REFUSALS, {}, { 'Retry-After': String(wait) }));
  }

  /** Writes the counts so far. If the database is unavailable, they stay for the next call. */
  save(): Promise<void> {
    this.saving = this.saving.then(() => this.write());
    return this.saving;
  }

  private async saveAll(): Promise<void> {
    await this.save();
    await this.log.save();
  }

  private count(gateway: string, reason: RefusalReason): void {
    refusedRequests.inc({ gateway, reason });
    this.addCount(gateway, reason, 1);
  }

  private addCount(gateway: string, reason: RefusalReason, count: number): void {
    const key = `${gateway} ${reason}`;
    this.unsaved.set(key, { gateway, reason, count: (this.unsaved.get(key)?.count ?? 0) + count });
  }

  private async write(): Promise<void> {
    if (this.unsaved.size === 0) return;
    const counts = [...this.unsaved.values()];
    this.unsaved = new Map();
    try {
      await addRefusalCounts(this.db, counts);
      this.unwritten.recordSuccess();
    } catch (error) {
      for (const { gateway, reason, count } of counts) this.addCount(gateway, reason, count);
      this.unwritten.recordFailure(error);
    }
  }
}

/** Creates a Problem without a stack trace. Nobody reads the stack of a refusal, and collecting it is slow under a flood. */
function withoutStack(make: () => Problem): Problem {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  try {
    return make();
  } finally {
    Error.stackTraceLimit = limit;
  }
}
