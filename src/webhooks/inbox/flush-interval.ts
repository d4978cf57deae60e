/** Below this utilization, waiting costs senders more than a shared commit saves (docs/adr/0008). */
const BUSY_UTILIZATION = 0.75;
const FLUSH_INTERVAL_MS = 2;

/**
 * How far apart, in milliseconds, flushes begin at this event loop utilization (0 to 1). A commit costs about the same
 * for one message as for five. In a busy process that cost delays the answers to other senders, so messages share it.
 */
export function flushIntervalMs(utilization: number): number {
  return utilization < BUSY_UTILIZATION ? 0 : FLUSH_INTERVAL_MS;
}
