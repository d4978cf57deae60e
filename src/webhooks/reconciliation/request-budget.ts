/** How many requests a run may make in any 60 seconds, to one account. */
export const REQUESTS_PER_MINUTE = 120;

const MINUTE_MS = 60_000;

/** What one request costs: what of the budget is spent after it, and when the next request may be made. */
export interface Spent {
  readonly pacedUntil: Date;
  readonly dueAt: Date;
}

/**
 * Spends one request at `now`. A quarter of the budget may be spent at once, and the rest evenly over the minute, so that
 * no 60 seconds ever hold more than the budget (the generic cell rate algorithm). `pacedUntil` is the time at which
 * nothing of the budget is spent any more. Pure.
 */
export function spendRequest(pacedUntil: Date | null, now: Date, requestsPerMinute: number): Spent {
  const { intervalMs, toleranceMs } = rates(requestsPerMinute);
  const from = Math.max(pacedUntil?.getTime() ?? 0, now.getTime());
  const next = from + intervalMs;
  return { pacedUntil: new Date(next), dueAt: new Date(Math.max(now.getTime(), next - toleranceMs)) };
}

/** The budget where no request may be made before `notBefore`, as a gateway asked for. Pure. */
export function pauseUntil(pacedUntil: Date | null, notBefore: Date, requestsPerMinute: number): Date {
  const { toleranceMs } = rates(requestsPerMinute);
  return new Date(Math.max(pacedUntil?.getTime() ?? 0, notBefore.getTime() + toleranceMs));
}

/** When the next request may be made. Pure. */
export function dueAfter(pacedUntil: Date | null, now: Date, requestsPerMinute: number): Date {
  const { toleranceMs } = rates(requestsPerMinute);
  return new Date(Math.max(now.getTime(), (pacedUntil?.getTime() ?? 0) - toleranceMs));
}

function rates(requestsPerMinute: number): { intervalMs: number; toleranceMs: number } {
  const burst = Math.max(1, Math.floor(requestsPerMinute / 4));
  const sustained = Math.max(1, requestsPerMinute - burst);
  const intervalMs = Math.ceil(MINUTE_MS / sustained);
  return { intervalMs, toleranceMs: (burst - 1) * intervalMs };
}
