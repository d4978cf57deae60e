import { describe, expect, it } from '@jest/globals';
import type { PaymentState, ReportKind } from '../../payments/index.js';
import { findDunning, type Dunning, type OrderStory } from './dunning.js';
import {
  DAY_MS,
  type Plan,
  planReminders,
  type PlanInput,
  reminderKeyOf,
  reminderOfKey,
} from './reminder-plan.js';
import { judgeReminder, REMINDER_RULES, type ReminderFacts } from './reminder-rules.js';

/** The days of these tests begin on a Friday before both Europe and the United States change their clocks. */
const START = Date.UTC(2026, 9, 23, 12);
const day = (days: number): number => START + Math.round(days * DAY_MS);

/** Reports as `payment kind at a day`, and the state of each payment; `refunded` is a success of which nothing is left. */
function storyOf(
  states: Record<string, PaymentState | 'refunded'>,
  told: readonly string[],
  rest: Partial<OrderStory> = {},
): OrderStory {
  return {
    payments: Object.entries(states).map(([paymentId, state]) => ({
      paymentId,
      state: state === 'refunded' ? ('succeeded' as const) : state,
      isPaid: state === 'succeeded',
      isReminded: true,
    })),
    reports: told.map((one) => {
      const [paymentId = '', kind, at] = one.split(' ');
      return { paymentId, kind: kind as ReportKind, at: day(Number(at)) };
    }),
    isClosed: false,
    isOwed: false,
    ...rest,
  };
}

type DunningCase = [
  expected: null | { from: number; about?: string; paused?: true; after?: number },
  what: string,
  states: Parameters<typeof storyOf>[0],
  told: readonly string[],
  rest?: Partial<OrderStory>,
];

const DUNNING_CASES: readonly DunningCase[] = [
  [{ from: 0 }, 'one failure', { a: 'failed' }, ['a failed 0']],
  [
    { from: 0 },
    'later attempts, which do not move it',
    { a: 'failed' },
    ['a failed 2', 'a failed 0', 'a failed 1'],
  ],
  [
    { from: 0, about: 'b' },
    'two payments: about the newer',
    { a: 'failed', b: 'failed' },
    ['b failed 1', 'a failed 0'],
  ],
  [null, 'a success', { a: 'succeeded' }, ['a failed 0', 'a succeeded 1']],
  [null, 'the success of another payment', { a: 'failed', b: 'succeeded' }, ['a failed 0', 'b succeeded 1']],
  [null, 'a success of the same moment', { a: 'failed', b: 'succeeded' }, ['a failed 1', 'b succeeded 1']],
  [
    null,
    'a failure after a success',
    { a: 'succeeded', b: 'failed' },
    ['a failed 0', 'a succeeded 1', 'b failed 2', 'b failed 3'],
  ],
  [
    { from: 2, after: 1, about: 'b' },
    'a failure after the last success, where a part is owed',
    { a: 'succeeded', b: 'failed' },
    ['a failed 0', 'a succeeded 1', 'b failed 2', 'b failed 3'],
    { isOwed: true },
  ],
  [{ from: 0 }, 'a new attempt that was not finished', { a: 'requires_action' }, ['a failed 0']],
  [{ from: 0, paused: true }, 'a payment that is processing', { a: 'processing' }, ['a failed 0']],
  [
    { from: 0, paused: true },
    'another one that is authorized',
    { a: 'failed', b: 'authorized' },
    ['a failed 0'],
  ],
  [null, 'a payment that was canceled', { a: 'canceled' }, ['a failed 0']],
  [
    { from: 1, about: 'b' },
    'one of two that was canceled',
    { a: 'canceled', b: 'failed' },
    ['a failed 0', 'b failed 1'],
  ],
  [{ from: 2, after: 1 }, 'money that was reversed', { a: 'failed' }, ['a succeeded 1', 'a reversed 2']],
  [
    { from: 1, after: 1 },
    'a reversal in the same second',
    { a: 'failed' },
    ['a succeeded 1', 'a reversed 1'],
  ],
  [null, 'a part that was reversed', { a: 'succeeded' }, ['a succeeded 1', 'a reversed 2']],
  [null, 'a refund whose success was never told', { a: 'failed' }, ['a failed 0', 'a refund_created 2']],
  [
    { from: 3, about: 'b', after: 2 },
    'a failure after all was refunded',
    { a: 'refunded', b: 'failed' },
    ['a succeeded 1', 'a refund_created 2', 'b failed 3'],
  ],
  [
    null,
    'a refund of all that is younger than the failure of another payment',
    { a: 'refunded', b: 'failed' },
    ['a succeeded 1', 'b failed 2', 'a refund_created 3'],
  ],
  [null, 'no report at all', { a: 'created' }, []],
  [null, 'an order that is closed', { a: 'failed' }, ['a failed 0'], { isClosed: true }],
  [
    null,
    'a gateway without reminders',
    {},
    ['a failed 0'],
    { payments: [{ paymentId: 'a', state: 'failed', isPaid: false, isReminded: false }] },
  ],
];

describe('the dunning of an order', () => {
  it.each(DUNNING_CASES)('is %j for %s', (expected, _what, states, told, rest = {}) => {
    const wanted: Dunning | null = expected && {
      startedAt: day(expected.from),
      lastSuccessAt: expected.after === undefined ? null : day(expected.after),
      paymentId: expected.about ?? 'a',
      isPaused: expected.paused ?? false,
    };
    expect(findDunning(storyOf(states, told, rest))).toEqual(wanted);
  });
});

const DUNNING: Dunning = { startedAt: day(0), lastSuccessAt: null, paymentId: 'a', isPaused: false };
const INPUT: PlanInput = {
  dunning: DUNNING,
  state: { day: 3 },
  starts: false,
  told: [],
  days: [3, 7, 14],
  now: day(0),
};
const at = (n: number, from = 0) => ({ day: n, dueAt: day(from + n) });
const TOLD_3 = [at(3)];

type PlanCase = [due: number[], next: number | 'paused' | null, when: string, Partial<PlanInput>];
const PLAN_CASES: readonly PlanCase[] = [
  [[], 3, 'it failed now', { state: null, starts: true }],
  [[], null, 'it was not under dunning, and the change starts nothing', { state: null }],
  [[], null, 'there is nothing to be reminded of', { dunning: null }],
  [[], 3, 'the first is due in a second', { now: day(3) - 1_000 }],
  [[3], 7, 'the first is due now', { now: day(3) }],
  [[], 7, 'the first was told', { now: day(3), told: TOLD_3 }],
  [[14], null, 'the last is due', { state: { day: 14 }, now: day(14), told: [...TOLD_3, at(7)] }],
  [[], null, 'the last was told', { now: day(14), told: [...TOLD_3, at(7), at(14)] }],
  [[3], 7, 'it failed three days ago, and that is told now', { state: null, starts: true, now: day(3.9) }],
  [[], 7, 'it failed so long ago that the first is stale', { state: null, starts: true, now: day(4) + 1 }],
  [[], null, 'it failed so long ago that all are stale', { state: null, starts: true, now: day(15) + 1 }],
  [[3], 7, 'the first was scheduled, and no process was there for two days', { now: day(5) }],
  [[3, 7], 14, 'no process was there until the second was due', { now: day(7) }],
  [[], 'paused', 'a payment is processing', { dunning: { ...DUNNING, isPaused: true }, now: day(3) }],
  [[3], 7, 'the payment that was processing failed at once', { state: { day: null }, now: day(3.5) }],
  [[], 7, 'the payment that was processing failed after two days', { state: { day: null }, now: day(5) }],
  [
    [],
    7,
    'an older failure is told later',
    { dunning: { ...DUNNING, startedAt: day(-1) }, now: day(3.5), told: TOLD_3 },
  ],
  [
    [],
    7,
    'the first failure no longer counts',
    { dunning: { ...DUNNING, startedAt: day(1) }, now: day(4), told: TOLD_3 },
  ],
  [
    [3],
    7,
    'it failed again after a success',
    { dunning: { ...DUNNING, startedAt: day(10), lastSuccessAt: day(5) }, now: day(13), told: TOLD_3 },
  ],
  [
    [],
    7,
    'a success that was older than the reminder is told later',
    { dunning: { ...DUNNING, startedAt: day(1), lastSuccessAt: day(0.5) }, now: day(4), told: TOLD_3 },
  ],
  [[0.5], 1.25, 'days are decimals', { days: [0.5, 1.25], state: { day: 0.5 }, now: day(0.5) }],
];

const shownPlan = ({ due, state }: Plan) => [
  due.map((one) => one.day),
  state === null ? null : (state.day ?? 'paused'),
];

describe('reminders', () => {
  it.each(PLAN_CASES)('are %j now and %s next, when %s', (due, next, _when, input) => {
    expect(shownPlan(planReminders({ ...INPUT, ...input }))).toEqual([due, next]);
  });

  it('are due after whole days of 24 hours, whatever the clocks on the wall do', () => {
    expect(planReminders(INPUT).state?.dueAt).toBe(Date.UTC(2026, 9, 26, 12));
    expect(planReminders({ ...INPUT, days: [14] }).state?.dueAt).toBe(Date.UTC(2026, 10, 6, 12));
  });

  it('say in their key what they were', () => {
    expect(reminderKeyOf(day(0), 0.5)).toBe('2026-10-23T12:00:00.000Z/0.5');
    expect(reminderOfKey(reminderKeyOf(day(0), 0.5))).toEqual({ day: 0.5, dueAt: day(0.5) });
  });
});

const READY: ReminderFacts = {
  reminder: at(3),
  dunning: DUNNING,
  isClosed: false,
  lastMessageAt: day(2),
  isAnotherPending: false,
  now: day(3),
};

describe('a reminder that is due', () => {
  it.each<[ReturnType<typeof judgeReminder>, string, Partial<ReminderFacts>]>([
    [null, 'nothing stands against it', {}],
    ['order_closed', 'the order was closed', { isClosed: true, dunning: null }],
    ['recovered', 'a success came', { dunning: null }],
    ['recovered', 'it failed again after a success', { dunning: { ...DUNNING, startedAt: day(1) } }],
    [null, 'an older failure was told', { dunning: { ...DUNNING, startedAt: day(-1) } }],
    ['order_continues', 'a payment is under way', { dunning: { ...DUNNING, isPaused: true } }],
    [null, 'it was due exactly 24 hours ago', { now: day(4) }],
    ['stale', 'it was due more than 24 hours ago', { now: day(4) + 1 }],
    ['recent', 'a message of the order went out less than 24 hours ago', { lastMessageAt: day(2) + 1 }],
    ['recent', 'a message went out later than it is by the slower clock', { lastMessageAt: day(4) }],
    [null, 'there was no message before', { lastMessageAt: null }],
    ['wait', 'another message waits to be decided', { isAnotherPending: true }],
  ])('is %s when %s', (verdict, _when, facts) => {
    expect(judgeReminder({ ...READY, ...facts })).toBe(verdict);
  });

  it('is suppressed for the first reason that holds', () => {
    expect(REMINDER_RULES.map(([reason]) => reason)).toEqual([
      ...['order_closed', 'recovered', 'order_continues', 'stale', 'recent'],
    ]);
  });
});
