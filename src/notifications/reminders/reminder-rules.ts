import type { Dunning } from './dunning.js';
import { DAY_MS, dueAtOf, isStale, type Reminder } from './reminder-plan.js';

/** What is known about a reminder at the moment when it would be sent. Times in milliseconds since 1970. */
export interface ReminderFacts {
  /** As it was due when it was scheduled. */
  reminder: Reminder;
  /** The dunning of its order now. */
  dunning: Dunning | null;
  /** The order was canceled, settled or paid in full, or its customer was erased. */
  isClosed: boolean;
  /** When the last message of the order was sent on the channel of this one. */
  lastMessageAt: number | null;
  /** Another message of the order waits for its decision on this channel. */
  isAnotherPending: boolean;
  now: number;
}

/** Why a reminder is not sent, beside the reasons of every message. */
export type ReminderReason = 'order_closed' | 'recovered' | 'order_continues' | 'stale' | 'recent';

/** The first rule that matches suppresses the reminder. */
export const REMINDER_RULES: readonly (readonly [ReminderReason, (facts: ReminderFacts) => boolean])[] = [
  ['order_closed', ({ isClosed }) => isClosed],
  ['recovered', ({ dunning, reminder, now }) => dunning === null || isNotDue(dunning, reminder, now)],
  ['order_continues', ({ dunning }) => dunning?.isPaused === true],
  ['stale', ({ reminder, now }) => isStale(reminder.dueAt, now)],
  ['recent', ({ lastMessageAt, now }) => lastMessageAt !== null && now - lastMessageAt < DAY_MS],
];

/** The failures before a success that was told meanwhile no longer count, and those after it are not so old. */
const isNotDue = ({ startedAt }: Dunning, { day }: Reminder, now: number): boolean =>
  dueAtOf(startedAt, day) > now;

/** Why the reminder is not sent. `wait`: whether it may be sent is known once another message of the order has ended. */
export function judgeReminder(facts: ReminderFacts): ReminderReason | 'wait' | null {
  const reason = REMINDER_RULES.find(([, matches]) => matches(facts))?.[0] ?? null;
  return reason === null && facts.isAnotherPending ? 'wait' : reason;
}
