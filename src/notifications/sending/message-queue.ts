import type { PollingLoop } from '../../platform/jobs/index.js';

/** Pause between two looks for due messages, in milliseconds. `loop.wake()` ends it. */
export const POLL_MS = 200;

/**
 * How long a process that stops waits for what it is sending: half of `SHUTDOWN_SECONDS`. What is given up then is written
 * as due again in the other half, and another process sends it.
 */
export const stopPatienceMs = (shutdownSeconds: number): number => (shutdownSeconds * 1_000) / 2;

/** What works on the due messages of one channel. */
export interface MessageQueue {
  readonly loop: PollingLoop;
  start(): void;
  /** Resolves when nothing is under way any more. What takes longer than `patienceMs` is given up. */
  stop(patienceMs: number): Promise<void>;
}
