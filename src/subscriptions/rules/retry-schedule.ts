/** Seconds from the end of a try to the next one: nine more tries within about 75 hours. */
export const DEFAULT_SCHEDULE = '5,300,1800,7200,18000,36000,50400,72000,86400';

const MAX_TRIES = 20;
const MAX_SECONDS = 604_800;
/** Each delay is changed by up to a tenth, so that what failed together is not tried together. */
const SPREAD = 0.1;

/** What is wrong with the text, as the end of a sentence; null when nothing is. */
export function faultOfSchedule(text: string): string | null {
  const parts = text.split(',').map((part) => part.trim());
  const areRight = parts.every((part) => /^\d{1,6}(\.\d{1,3})?$/.test(part) && Number(part) <= MAX_SECONDS);
  return areRight && parts.length <= MAX_TRIES
    ? null
    : `must be 1 to ${MAX_TRIES} comma-separated numbers of seconds, such as 5,300,1800`;
}

/** The delays in milliseconds, of a text without faults. */
export const readSchedule = (text: string): readonly number[] =>
  text.split(',').map((part) => Number(part) * 1000);

/**
 * Milliseconds until the next try after `attempts` tries; null where that was the last one. `random` is in [0, 1). What
 * the subscriber asked for by Retry-After is never undercut.
 */
export function delayAfter(
  schedule: readonly number[],
  attempts: number,
  retryAfterMs: number | null,
  random: number,
): number | null {
  const planned = schedule[attempts - 1];
  if (planned === undefined) return null;
  return Math.max(Math.round(planned * (1 - SPREAD + 2 * SPREAD * random)), retryAfterMs ?? 0);
}
