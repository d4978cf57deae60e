/** Who asks for a longer pause is asked again after 24 hours all the same. */
const MAX_ASKED_DELAY_MS = 24 * 3_600_000;

/**
 * For how long somebody asked not to be asked, in milliseconds from 0 to 24 hours. A plug-in may say anything, and what is
 * no time asks for no pause.
 */
export const askedDelayMs = (asked: unknown): number =>
  typeof asked === 'number' && !Number.isNaN(asked) ? Math.min(Math.max(asked, 0), MAX_ASKED_DELAY_MS) : 0;

/** `Date.parse` alone would read the number of seconds `-3600` as the year 3600. */
const HTTP_DATE = /^[A-Z][a-z]{2,8}, .{1,40} GMT$/;

/** Milliseconds until the time that a Retry-After header names, in seconds or as an HTTP date; null where it cannot be read. */
export function retryAfterIn(header: string | null, nowMs: number): number | null {
  const text = header?.trim() ?? '';
  const ms = /^\d{1,15}$/.test(text) ? Number(text) * 1000 : timeOf(text) - nowMs;
  return Number.isFinite(ms) ? askedDelayMs(ms) : null;
}

const timeOf = (text: string): number => (HTTP_DATE.test(text) ? Date.parse(text) : NaN);
