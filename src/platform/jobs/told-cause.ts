import { describeError } from '../logging/describe-error.js';

/**
 * Tells why something fails when it begins to, and again only where the cause changes: a database that is away for an
 * hour fails every step of every worker, and would bury all else in the log.
 */
export class FailureReporter {
  private lastReported: string | null = null;

  /** `tell` gets what {@link describeError} makes of the error. */
  constructor(private readonly report: (cause: string) => void) {}

  recordFailure(error: unknown): void {
    const cause = describeError(error);
    if (cause === this.lastReported) return;
    this.lastReported = cause;
    this.report(cause);
  }

  /** It worked: the next failure is told, whatever its cause. */
  recordSuccess(): void {
    this.lastReported = null;
  }
}
