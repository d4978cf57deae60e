/** How failed work is retried. Times in milliseconds. */
export interface RetryPolicy {
  /** The longest delay after the first failed attempt. */
  baseMs: number;
  /** The longest delay after any attempt. */
  capMs: number;
  /** After this many attempts the work is dead: it is kept, shown to operators, and can be replayed. */
  maxAttempts: number;
}

/** 18 attempts in 3.1 to 6.1 hours. The first 13 of them come within 69 minutes. */
export const DEFAULT_RETRY_POLICY: RetryPolicy = { baseMs: 1_000, capMs: 3_600_000, maxAttempts: 18 };

/** Injection token of the policy in force. Tests provide a faster one. */
export const RETRY_POLICY = Symbol('RETRY_POLICY');

/**
 * The delay in milliseconds after a failed attempt (1 for the first). The delay doubles with each attempt up to the
 * cap. `random` in [0, 1) spreads it over its upper half, so that work which failed together is not retried together.
 */
export function backoffMs(policy: RetryPolicy, attempt: number, random: number): number {
  const full = Math.min(policy.capMs, policy.baseMs * 2 ** Math.min(attempt - 1, 30));
  return Math.round(full / 2 + (full / 2) * random);
}
