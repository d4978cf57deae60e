import { ReportableError } from '../logging/reportable-error.js';

/**
 * How long a claimed job belongs to the process that claimed it at most, in milliseconds. After that, another process claims
 * it. It claims it sooner where the session of that process ended (`worker-session.ts`).
 */
export interface Leases {
  /**
   * For work that a rollback undoes. It ends within its own time limit (at most 30 s), or finds its lease lost and is
   * rolled back.
   */
  workMs: number;
  /**
   * For work with an effect outside of the database. It must be well above the longest time that a channel may take.
   */
  sendMs: number;
}

export const DEFAULT_LEASES: Leases = { workMs: 60_000, sendMs: 120_000 };

/** Injection token of the leases in force. Tests provide shorter ones. */
export const LEASES = Symbol('LEASES');

/** Another process has the work because the lease ran out. What that process writes counts; this process rolls back. */
export class LeaseLostError extends ReportableError {
  constructor() {
    super('the lease ran out while the work was under way; another process has it now');
  }
}
