import type { Dunning } from './dunning.js';

export const DAY_MS = 86_400_000;

/** One reminder of an order. Times in milliseconds since 1970. */
export interface Reminder {
  /** N of `DUNNING_DAYS`. */
  day: number;
  dueAt: number;
}

/** Where an order under dunning stands. It is stored, so that a restart changes nothing. */
export interface DunningState {
  startedAt: number;
  paymentId: string;
  /** The next reminder; null while a payment is under way. */
  day: number | null;
  /** When the order is looked at again: when the next reminder is due, or when no reminder can be due any more. */
  dueAt: number;
}

export interface PlanInput {
  dunning: Dunning | null;
  /** What is stored; null where the order is not under dunning. */
  state: Pick<DunningState, 'day'> | null;
  /** An audible failure was reported. Nothing else puts an order under dunning. */
  starts: boolean;
  /** Every reminder that this order ever had, whatever became of it. */
  told: readonly Reminder[];
  /** `DUNNING_DAYS`, ascending. */
  days: readonly number[];
  now: number;
}

export interface Plan {
  /** Reminders to decide on now. */
  due: readonly Reminder[];
  /** Null ends the dunning. */
  state: DunningState | null;
}

const ENDED: Plan = { due: [], state: null };

/**
 * What is due for an order, and what is next. Days are 24 hours each, so the offset of a time zone has no say. Pure.
 *
 * Reminder N is told once between two successes of the order, also where its first failure moves. A reminder that became due
 * more than 24 hours ago is left out, unless it was scheduled: then it is shown as stale.
 */
export function planReminders({ dunning, state, starts, told, days, now }: PlanInput): Plan {
  if (dunning === null || (state === null && !starts)) return ENDED;
  const { startedAt, lastSuccessAt, paymentId, isPaused } = dunning;
  const isTold = (day: number): boolean =>
    told.some((one) => one.day === day && (lastSuccessAt === null || one.dueAt > lastSuccessAt));
  const open = days
    .filter((day) => !isTold(day))
    .map((day) => ({ day, dueAt: dueAtOf(startedAt, day) }))
    .filter(({ day, dueAt }) => !isStale(dueAt, now) || day === state?.day);
  const last = open.at(-1);
  if (last === undefined) return ENDED;
  if (isPaused)
    return { due: [], state: { startedAt, paymentId, day: null, dueAt: last.dueAt + DAY_MS + 1 } };
  const next = open.find(({ dueAt }) => dueAt > now);
  return {
    due: open.filter(({ dueAt }) => dueAt <= now),
    state: next === undefined ? null : { startedAt, paymentId, ...next },
  };
}

export const dueAtOf = (startedAt: number, day: number): number => startedAt + Math.round(day * DAY_MS);

/** A reminder that is later than this is not sent any more. */
export const isStale = (dueAt: number, now: number): boolean => now - dueAt > DAY_MS;

/** The attempt key of a reminder. The same reminder has the same key in every process. */
export const reminderKeyOf = (startedAt: number, day: number): string =>
  `${new Date(startedAt).toISOString()}/${day}`;

/** The reminder of an attempt key, as it was due when it was scheduled. */
export function reminderOfKey(attemptKey: string): Reminder {
  const [startedAt = '', day = ''] = attemptKey.split('/');
  return { day: Number(day), dueAt: dueAtOf(Date.parse(startedAt), Number(day)) };
}
