import { describeError } from '../logging/describe-error.js';

/**
 * Tells why something fails when it begins to, and again only where the cause changes: a database that is away for an
 * hour fails every step of every worker, and would bury all else in the log.
 */
export class ToldCause {
  private last: string | null = null;

  /** `tell` gets what {@link describeError} makes of the error. */
  constructor(private readonly tell: (cause: string) => void) {}

  failed(error: unknown): void {
    const cause = describeError(error);
    if (cause === this.last) return;
    this.last = cause;
    this.tell(cause);
  }

  /** It worked: the next failure is told, whatever its cause. */
  worked(): void {
    this.last = null;
  }
}
