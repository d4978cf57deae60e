/** How failed work is tried again. Times in milliseconds. */
export interface RetryPolicy {
  baseMs: number;
  capMs: number;
  /** After this many tries the work is dead: kept, shown and replayable. */
  maxAttempts: number;
}

/** About eight hours of trying, most of it after the first minutes. */
export const DEFAULT_RETRY_POLICY: RetryPolicy = { baseMs: 1_000, capMs: 3_600_000, maxAttempts: 18 };

/** Injection token of the policy in force; tests provide a faster one. */
export const RETRY_POLICY = Symbol('RETRY_POLICY');

/**
 * The pause after the given failed attempt (1 for the first): doubled each time up to the cap, then spread over its
 * upper half, so that what failed together does not come back together. `random` is in [0, 1).
 */
export function backoffMs(policy: RetryPolicy, attempt: number, random: number): number {
  const full = Math.min(policy.capMs, policy.baseMs * 2 ** Math.min(attempt - 1, 30));
  return Math.round(full / 2 + (full / 2) * random);
}
