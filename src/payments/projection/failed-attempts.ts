import type { CausalPosition } from './causal-order.js';
import type { PaymentReport, ReportedFailure } from '../report/payment-report.js';

/**
 * One failed attempt to pay: by the gateway's id, or the run of failed reports with no other kind between them of which
 * not two name two attempts. `from` and `to` are the run's ends in the causal order.
 */
export interface Attempt {
  id: string | null;
  from: CausalPosition;
  to: CausalPosition;
}

/** What the fold knows of failures. */
export interface FailedAttempts {
  failure: ReportedFailure | null;
  attempt: Attempt | null;
  /** Only an unbroken run of failed reports is one attempt: no other kind came after the last one that counted. */
  lastWasFailed: boolean;
}

/** A further report of failure. One of two that name no attempt, or only one of them does, belong together. */
export function applyFailure(
  before: FailedAttempts,
  { failure: told }: PaymentReport,
  place: CausalPosition,
): FailedAttempts {
  const id = told?.attemptId ?? null;
  const last = before.lastWasFailed ? before.attempt : null;
  const continues = last !== null && (id === null || last.id === null || id === last.id);
  const attempt = continues
    ? { id: last.id ?? id, from: last.from, to: place }
    : { id, from: place, to: place };
  return { attempt, failure: mergeFailure(before, told, attempt.id, continues), lastWasFailed: true };
}

/** The last of what was captured went again, or a capture came to nothing: an attempt of its own. */
export function applyReversalFailure(
  before: FailedAttempts,
  { failure: told, captures }: PaymentReport,
  place: CausalPosition,
): FailedAttempts {
  const only = captures.length === 1 ? captures[0] : undefined;
  const id = told?.attemptId ?? only?.id ?? null;
  return {
    attempt: { id, from: place, to: place },
    failure: mergeFailure(before, told, id, false),
    lastWasFailed: false,
  };
}

/** Of one attempt, what was told earlier stands where nothing newer is told. */
function mergeFailure(
  before: FailedAttempts,
  told: ReportedFailure | null,
  attemptId: string | null,
  continues: boolean,
): ReportedFailure {
  const isSame = continues || (attemptId !== null && attemptId === before.failure?.attemptId);
  const known = isSame ? before.failure : null;
  return {
    code: told?.code ?? known?.code ?? null,
    message: told?.message ?? known?.message ?? null,
    attemptId,
  };
}

/** Whether a reversal names an attempt at all; one that does not, and changes nothing, starts none. */
export const namesAttempt = ({ failure, captures }: PaymentReport): boolean =>
  (failure?.attemptId ?? null) !== null || captures.length === 1;
