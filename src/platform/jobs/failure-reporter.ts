import { describeError } from '../logging/describe-error.js';

/**
 * Reports a repeated failure once, until it succeeds or its cause changes. Without it, a database that is unavailable
 * for an hour would fill the log with the failed steps of every worker.
 */
export class FailureReporter {
  private lastReported: string | null = null;

  /** `report` gets the text of {@link describeError}. */
  constructor(private readonly report: (cause: string) => void) {}

  recordFailure(error: unknown): void {
    const cause = describeError(error);
    if (cause === this.lastReported) return;
    this.lastReported = cause;
    this.report(cause);
  }

  /** The next failure is reported, whatever its cause. */
  recordSuccess(): void {
    this.lastReported = null;
  }
}
