import type { CausalPosition } from './causal-order.js';
import type { PaymentReport, ReportedFailure } from '../report/payment-report.js';

/**
 * One failed attempt to pay. The gateway's id identifies it. Without an id, it is a run of failed reports with no report
 * of another kind between them and at most one attempt id among them. `from` and `to` are the first and the last
 * position of the run.
 */
export interface Attempt {
  id: string | null;
  from: CausalPosition;
  to: CausalPosition;
}

/** The part of a projection that is about failures. */
export interface FailedAttempts {
  failure: ReportedFailure | null;
  attempt: Attempt | null;
  /** The last report that counted was a failure. A further failure then continues the run. */
  lastWasFailed: boolean;
}

/** Adds a report of a failure. It continues the run unless both name an attempt and the ids differ. */
export function applyFailure(
  before: FailedAttempts,
  { failure: reported }: PaymentReport,
  position: CausalPosition,
): FailedAttempts {
  const id = reported?.attemptId ?? null;
  const last = before.lastWasFailed ? before.attempt : null;
  const continues = last !== null && (id === null || last.id === null || id === last.id);
  const attempt = continues
    ? { id: last.id ?? id, from: last.from, to: position }
    : { id, from: position, to: position };
  return { attempt, failure: mergeFailure(before, reported, attempt.id, continues), lastWasFailed: true };
}

/** Adds a reversal that left nothing captured. It is an attempt of its own and continues no run. */
export function applyReversalFailure(
  before: FailedAttempts,
  { failure: reported, captures }: PaymentReport,
  position: CausalPosition,
): FailedAttempts {
  const only = captures.length === 1 ? captures[0] : undefined;
  const id = reported?.attemptId ?? only?.id ?? null;
  return {
    attempt: { id, from: position, to: position },
    failure: mergeFailure(before, reported, id, false),
    lastWasFailed: false,
  };
}

/** The failure to show. Of one attempt, an earlier value is kept where the newer report has none. */
function mergeFailure(
  before: FailedAttempts,
  reported: ReportedFailure | null,
  attemptId: string | null,
  continues: boolean,
): ReportedFailure {
  const isSame = continues || (attemptId !== null && attemptId === before.failure?.attemptId);
  const known = isSame ? before.failure : null;
  return {
    code: reported?.code ?? known?.code ?? null,
    message: reported?.message ?? known?.message ?? null,
    attemptId,
  };
}

/** Whether a reversal identifies an attempt. A repeated reversal that identifies none starts no new attempt. */
export const namesAttempt = ({ failure, captures }: PaymentReport): boolean =>
  (failure?.attemptId ?? null) !== null || captures.length === 1;
