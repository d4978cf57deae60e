const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** A run looks back so far beyond the last completed one: gateways send a webhook again for about three days. */
export const OVERLAP_MS = 72 * HOUR_MS;

export const MAX_SINCE_DAYS = 365;

export const SINCE_RULE = `since must be an ISO 8601 time, or days or hours before now (7d, 72h): not in the future, and at most ${MAX_SINCE_DAYS} days back`;

const SPAN = /^([1-9]\d{0,4})([dh])$/;
/** A date, or a date with a time, without an offset: read as UTC. */
const TIME = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)?)?$/;

/** The time that a text means; null where it breaks {@link SINCE_RULE}. Pure. */
export function parseSince(text: string, now: Date): Date | null {
  const since = readTime(text, now);
  const back = now.getTime() - since;
  return back >= 0 && back <= MAX_SINCE_DAYS * DAY_MS ? new Date(since) : null;
}

function readTime(text: string, now: Date): number {
  const span = SPAN.exec(text);
  if (span) return now.getTime() - Number(span[1]) * (span[2] === 'd' ? DAY_MS : HOUR_MS);
  const time = TIME.exec(text);
  if (!time) return Number.NaN;
  const [date = ''] = text.split('T');
  // `Date` reads the 30th of February as the 2nd of March.
  if (new Date(Date.parse(date)).toJSON()?.startsWith(date) !== true) return Number.NaN;
  return Date.parse(text.includes('T') && time[1] === undefined ? `${text}Z` : text);
}

/** Where a scheduled run begins: 72 hours before what was compared last, and never further back than allowed. Pure. */
export function scheduledSince(coveredUntil: Date | null, now: Date): Date {
  const since = (coveredUntil ?? now).getTime() - OVERLAP_MS;
  return new Date(Math.max(since, now.getTime() - MAX_SINCE_DAYS * DAY_MS));
}
