/** A server that names a later time is asked again after 24 hours all the same. */
const MAX_RETRY_AFTER_MS = 24 * 3_600_000;

/** Milliseconds until the time that a Retry-After header names, in seconds or as an HTTP date; null where it cannot be read. */
export function retryAfterIn(header: string | null, nowMs: number): number | null {
  const text = header?.trim() ?? '';
  const ms = /^\d{1,15}$/.test(text) ? Number(text) * 1000 : Date.parse(text) - nowMs;
  return Number.isFinite(ms) ? Math.min(Math.max(ms, 0), MAX_RETRY_AFTER_MS) : null;
}
