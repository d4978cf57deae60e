/** So many tries in a row without a success brake a subscriber. */
const FAILURES_IN_A_ROW = 20;
/** Then one try is started in this time, until one succeeds. */
const BRAKED_EVERY_MS = 1_000;

/**
 * Slows down a subscriber whose tries all fail: each costs a connection and a row, and many subscribers that are down would
 * take both from those that are up. Times are milliseconds of a clock that never goes back.
 */
export class FailureBrake {
  private failures = 0;
  private startedAt = -Infinity;

  /** Hears the end of a try. */
  record(isSuccess: boolean): void {
    this.failures = isSuccess ? 0 : this.failures + 1;
  }

  recordStart(now: number): void {
    this.startedAt = now;
  }

  /** Milliseconds until a start is allowed; 0 for now. */
  waitMs(now: number): number {
    if (this.failures < FAILURES_IN_A_ROW) return 0;
    return Math.max(0, this.startedAt + BRAKED_EVERY_MS - now);
  }
}
