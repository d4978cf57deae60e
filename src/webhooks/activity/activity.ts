/* When an account counts as silent. Pure: instants in, instants out, so that no time zone and no change of one matters. */

const DAY_MS = 86_400_000;
/** How far back an account's habit is looked at. */
const HABIT_MS = 14 * DAY_MS;

/** What is known of an account's habit. */
export interface Activity {
  readonly lastEventAt: Date | null;
  /** The longest gap in milliseconds by the day (UTC) on which it ended. */
  readonly gaps: Readonly<Record<string, number>>;
}

/** Events of one day, with the longest gap between two of them. */
export interface Segment {
  readonly day: string;
  readonly first: Date;
  readonly last: Date;
  readonly gapMs: number | null;
}

export const NEVER_HEARD: Activity = { lastEventAt: null, gaps: {} };

/** The activity after these events, which came after those that it knows. An earlier time adds no gap and moves nothing back. */
export function addSegment({ lastEventAt, gaps }: Activity, { day, first, last, gapMs }: Segment): Activity {
  const before = lastEventAt === null ? 0 : first.getTime() - lastEventAt.getTime();
  const longest = Math.max(gaps[day] ?? 0, before, gapMs ?? 0);
  return {
    lastEventAt: lastEventAt !== null && lastEventAt > last ? lastEventAt : last,
    gaps: longest > 0 ? { ...gaps, [day]: longest } : gaps,
  };
}

/**
 * The activity as it counts at `now`: gaps that ended more than 14 days ago are forgotten, and an event of the future, from
 * before a clock was set back, counts as one of now.
 */
export function settleActivity({ lastEventAt, gaps }: Activity, now: Date): Activity {
  const oldest = dayOf(new Date(now.getTime() - HABIT_MS));
  return {
    lastEventAt: lastEventAt !== null && lastEventAt > now ? now : lastEventAt,
    gaps: Object.fromEntries(Object.entries(gaps).filter(([day]) => day >= oldest)),
  };
}

/** The longest time without an event in the last 14 days, in milliseconds; 0 where nothing is known. */
export const longestGapMs = (activity: Activity, now: Date): number =>
  Math.max(0, ...Object.values(settleActivity(activity, now).gaps));

/**
 * The account's last event, where it is silent: nothing came for twice the longest gap of the last 14 days, and for at
 * least `leastMs`. Null where it is not, and where it never had an event.
 */
export function silentSince(activity: Activity, now: Date, leastMs: number): Date | null {
  const { lastEventAt } = settleActivity(activity, now);
  if (lastEventAt === null) return null;
  const threshold = Math.max(leastMs, 2 * longestGapMs(activity, now));
  return now.getTime() - lastEventAt.getTime() >= threshold ? lastEventAt : null;
}

const dayOf = (at: Date): string => at.toISOString().slice(0, 10);

/** The middle value, or the mean of the two in the middle; null where there is none. */
export function medianOf(values: readonly number[]): number | null {
  const sorted = values.toSorted((one, other) => one - other);
  const [low, high] = [sorted[Math.floor((sorted.length - 1) / 2)], sorted[Math.floor(sorted.length / 2)]];
  return low === undefined || high === undefined ? null : (low + high) / 2;
}
