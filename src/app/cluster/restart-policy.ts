import { backoffMs, type RetryPolicy } from '../../platform/jobs/retry-policy.js';

/** A worker that ran for this long did not fail because of its start. */
export const STABLE_AFTER_MS = 60_000;

/**
 * Restarts after 200 ms at first, then backs off to 10 s, so that a crash loop does not take CPU from the other
 * workers.
 */
const RESTART_BACKOFF: RetryPolicy = { baseMs: 200, capMs: 10_000, maxAttempts: Infinity };

/**
 * Decides when to replace a worker that ended after `livedMs`. `deaths` counts the workers before it in this place that
 * each ended soon after their start; the returned `deaths` includes this one. `random` is in [0, 1).
 */
export function nextRestart(
  deaths: number,
  livedMs: number,
  random: number,
): { deaths: number; pauseMs: number } {
  const inARow = livedMs >= STABLE_AFTER_MS ? 1 : deaths + 1;
  return { deaths: inARow, pauseMs: backoffMs(RESTART_BACKOFF, inARow, random) };
}
