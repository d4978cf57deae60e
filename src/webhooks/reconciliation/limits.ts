import { REQUESTS_PER_MINUTE } from './request-budget.js';

/** What a run may take, and its clock. */
export interface ReconciliationLimits {
  /** For each account. */
  readonly requestsPerMinute: number;
  /** For each request. Gateways bound their requests themselves; this bound is for a gateway that does not. */
  readonly requestTimeoutMs: number;
  /** Unfinished payments that a run asks about. The next run goes on behind the last one. */
  readonly questionsPerRun: number;
  /** How often a question is tried before the next one follows. */
  readonly triesPerQuestion: number;
  /** For how long a request waits until what the one before stored is processed. */
  readonly processingWaitMs: number;
  readonly now: () => Date;
}

export const DEFAULT_RECONCILIATION_LIMITS: ReconciliationLimits = {
  requestsPerMinute: REQUESTS_PER_MINUTE,
  requestTimeoutMs: 30_000,
  questionsPerRun: 500,
  triesPerQuestion: 3,
  processingWaitMs: 5_000,
  now: () => new Date(),
};

/** Injection token of the limits in force. Tests provide others. */
export const RECONCILIATION_LIMITS = Symbol('RECONCILIATION_LIMITS');

/** A list that is refused its cursor so often is given up, and a run after so many unanswered questions in a row. */
export const MAX_RESTARTS = 3;
export const MAX_UNANSWERED = 3;

/** A run searches at most so many chunks of 20,000 payments for unfinished ones. */
export const MAX_CHUNKS = 50;

/** A longer pause ends the run that was told it: a run that waits keeps every other of its account from beginning. */
export const MAX_PAUSE_MS = 3_600_000;

/** Of the items of a run, so many are stored, and fewer are shown. All are counted. */
export const MAX_ITEMS = 10_000;
export const MAX_SHOWN_ITEMS = 1_000;
