import { backoffMs, type RetryPolicy } from '../../platform/jobs/retry-policy.js';

/** A worker that lived so long did not die of its start. */
export const STABLE_AFTER_MS = 60_000;

/** Soon at first, as senders wait for it; never so often that the others have less of the machine for it. */
const RESTART_BACKOFF: RetryPolicy = { baseMs: 200, capMs: 10_000, maxAttempts: Infinity };

/**
 * When to start again in place of a worker that ended: `deaths` is how many died there soon after their start, one
 * upon the other, before this one; the answer's includes it. `random` is in [0, 1).
 */
export function nextRestart(
  deaths: number,
  livedMs: number,
  random: number,
): { deaths: number; pauseMs: number } {
  const inARow = livedMs >= STABLE_AFTER_MS ? 1 : deaths + 1;
  return { deaths: inARow, pauseMs: backoffMs(RESTART_BACKOFF, inARow, random) };
}
