import type { SendResult } from './send-result.js';
import { retryAfterIn } from '../../feature.js';
import { delayAfter } from '../rules/retry-schedule.js';

/** How a try of a dispatch ended, and what follows from it. */
export interface DispatchEnd {
  readonly status: 'delivered' | 'pending' | 'dead';
  /** The subscriber wants nothing any more (410). */
  readonly isGone: boolean;
  /** Until the next try; null where none follows. */
  readonly delayMs: number | null;
  readonly httpStatus: number | null;
  readonly reason: string | null;
  readonly answer: string | null;
}

const GONE = 410;

/** What follows from the `attempts`-th try. Pure: `random` is in [0, 1). */
export function endOfTry(
  result: SendResult,
  attempts: number,
  { schedule, nowMs, random }: { schedule: readonly number[]; nowMs: number; random: number },
): DispatchEnd {
  const told =
    result.kind === 'answered'
      ? { httpStatus: result.status, answer: result.answer, reason: reasonOf(result.status) }
      : { httpStatus: null, answer: null, reason: result.reason };
  if (told.reason === null) return { ...told, status: 'delivered', isGone: false, delayMs: null };
  if (told.httpStatus === GONE) return { ...told, status: 'dead', isGone: true, delayMs: null };
  const retryAfterMs = result.kind === 'answered' ? retryAfterIn(result.retryAfter, nowMs) : null;
  const delayMs = delayAfter(schedule, attempts, retryAfterMs, random);
  return { ...told, status: delayMs === null ? 'dead' : 'pending', isGone: false, delayMs };
}

/** Null for a success. */
export function reasonOf(status: number): string | null {
  if (status >= 200 && status < 300) return null;
  return status >= 300 && status < 400 ? 'redirect' : `status_${status}`;
}
