import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { report } from '../builders/report.builder.js';
import { historyRuns } from '../support/history-runs.js';
import type { OrderedReport } from '../../src/payments/projection/causal-order.js';
import { foldReports } from '../../src/payments/projection/projection.js';
import type { ReportKind } from '../../src/payments/report/index.js';
import {
  FAILURES,
  findDunning,
  STARTING,
  type OrderStory,
} from '../../src/notifications/reminders/dunning.js';
import {
  DAY_MS,
  planReminders,
  type DunningState,
  type Reminder,
} from '../../src/notifications/reminders/reminder-plan.js';
import { judgeReminder } from '../../src/notifications/reminders/reminder-rules.js';

/*
 * An order with up to three payments, told in any order, with any delay, while the service comes and goes. The service of this
 * test is what the jobs and the worker do, without a database: state, told reminders, messages, and a clock.
 */

const HOUR = 3_600_000;
const DAYS = [0.5, 3, 7, 14];
const KINDS: readonly ReportKind[] = [
  ...(['failed', 'failed', 'failed', 'succeeded', 'processing', 'authorized', 'canceled'] as const),
  ...(['requires_action', 'reversed', 'noted', 'refund_created'] as const),
];

/** A refund shows that the money came. */
const SUCCESSES: readonly ReportKind[] = ['succeeded', 'refund_created'];

interface Told {
  payment: string;
  report: OrderedReport;
  arrivesAt: number;
  silent: boolean;
}

const told = fc.record({
  payment: fc.constantFrom('a', 'b', 'c'),
  kind: fc.constantFrom(...KINDS),
  hour: fc.integer({ min: 0, max: 24 * 20 }),
  delay: fc.oneof(
    { weight: 3, arbitrary: fc.constant(0) },
    { weight: 1, arbitrary: fc.integer({ min: 0, max: 24 * 9 }) },
  ),
  silent: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
});

/** Hours in which no process is there. */
const outages = fc.array(fc.tuple(fc.integer({ min: 0, max: 24 * 30 }), fc.integer({ min: 1, max: 60 })), {
  maxLength: 2,
});

const history = fc.array(told, { minLength: 1, maxLength: 8 }).map((all) =>
  all.map(({ payment, kind, hour, delay, silent }, at): Told => {
    const made = report(kind, hour * 3_600, { gatewayPaymentId: payment }, `${payment}_${at}`);
    return { payment, report: made, arrivesAt: made.occurredAt.getTime() + delay * HOUR, silent };
  }),
);

/** The order as it is known from these reports. */
function storyOf(known: readonly Told[]): OrderStory {
  const payments = [...new Set(known.map(({ payment }) => payment))].sort();
  const folded = payments.map((paymentId) => {
    const reports = known.filter(({ payment }) => payment === paymentId).map((one) => one.report);
    const { projection, outcomes } = foldReports(reports);
    const state = projection.state ?? 'created';
    const accepted = reports.filter(({ key }) => outcomes.get(key) !== 'refused');
    return {
      payment: { paymentId, state, isPaid: state === 'succeeded' && !isRefunded(accepted), isReminded: true },
      reports: accepted.map(({ kind, occurredAt }) => ({ paymentId, kind, at: occurredAt.getTime() })),
    };
  });
  return {
    payments: folded.map(({ payment }) => payment),
    reports: folded.flatMap(({ reports }) => reports),
    ...{ isClosed: false, isOwed: false },
  };
}

/** Every refund of these histories is one of all money. */
const isRefunded = (reports: readonly OrderedReport[]): boolean =>
  reports.some(({ kind }) => kind === 'refund_created');

/** Whether a report may put the order under dunning, once all of this is known. */
const mayStart = (known: readonly Told[], { payment, report }: Told): boolean =>
  STARTING.includes(report.kind) &&
  !storyOf(known).payments.some(({ paymentId, isPaid }) => paymentId === payment && isPaid);

interface Sent {
  day: number | null;
  at: number;
  dueAt: number;
  /** What was known when it was sent. */
  known: readonly Told[];
}

/** Lives through a history. Returns the messages that went out, and the state at the end. */
function live(all: readonly Told[], down: readonly (readonly [number, number])[], from: number) {
  const told: Reminder[] = [];
  const sent: Sent[] = [];
  let state: DunningState | null = null;
  let known: readonly Told[] = [];
  const isUp = (now: number): boolean =>
    !down.some(([begin, hours]) => now >= from + begin * HOUR && now < from + (begin + hours) * HOUR);
  const upFrom = (now: number): number => (isUp(now) ? now : upFrom(now + HOUR));

  const refresh = (now: number, starts: boolean): void => {
    const dunning = findDunning(storyOf(known));
    const plan = planReminders({ dunning, state, starts, told, days: DAYS, now });
    state = plan.state;
    for (const reminder of plan.due) {
      told.push(reminder);
      const lastMessageAt = sent.length > 0 ? Math.max(...sent.map(({ at }) => at)) : null;
      const facts = { reminder, dunning, isClosed: false, lastMessageAt, isAnotherPending: false, now };
      if (judgeReminder(facts) === null) sent.push({ ...reminder, at: now, known });
    }
  };
  const refreshUntil = (end: number): void => {
    for (let now = nextLook(state); now < end; now = nextLook(state)) refresh(now, false);
  };
  const nextLook = (row: DunningState | null): number => (row === null ? Infinity : upFrom(row.dueAt));

  const arrivals = all.map((one) => ({ one, at: upFrom(one.arrivesAt) })).sort((a, b) => a.at - b.at);
  for (const { one, at } of arrivals) {
    refreshUntil(at);
    known = [...known, one];
    // The alert of the failure is a message of the order, too.
    const isFailure = FAILURES.includes(one.report.kind);
    refresh(at, mayStart(known, one) && !one.silent);
    if (isFailure && !one.silent && at - one.arrivesAt < HOUR) sent.push({ day: null, at, dueAt: at, known });
  }
  refreshUntil(Infinity);
  return sent;
}

/** By the words of the documentation alone: a failure that no success followed, nothing paid, and nothing under way. */
function isUnpaid({ known }: Sent): boolean {
  const story = storyOf(known);
  const lastSuccess = Math.max(
    ...story.reports.filter(({ kind }) => kind === 'succeeded').map((one) => one.at),
    -Infinity,
  );
  return (
    story.reports.some(({ kind, at }) => FAILURES.includes(kind) && at >= lastSuccess) &&
    !story.payments.some(({ state, paymentId }) => {
      const isRefundedNow = known.some(
        ({ payment, report }) => payment === paymentId && report.kind === 'refund_created',
      );
      return ['processing', 'authorized'].includes(state) || (state === 'succeeded' && !isRefundedNow);
    })
  );
}

it('never remind after a success, at most once a day and never twice, through any history', () => {
  fc.assert(
    fc.property(history, outages, (all, down) => {
      const messages = live(all, down, Math.min(...all.map((one) => one.report.occurredAt.getTime())));
      const reminders = messages.filter((one) => one.day !== null);
      for (const one of reminders) {
        expect(isUnpaid(one)).toBe(true);
        expect(one.at - one.dueAt).toBeGreaterThanOrEqual(0);
        expect(one.at - one.dueAt).toBeLessThanOrEqual(DAY_MS);
        for (const other of messages)
          if (other !== one && other.at <= one.at && messages.indexOf(other) < messages.indexOf(one))
            expect(one.at - other.at).toBeGreaterThanOrEqual(DAY_MS);
      }
      reminders.forEach((one, index) => {
        const again = reminders.slice(index + 1).filter(({ day }) => day === one.day);
        for (const { known } of again)
          expect(
            known.some(
              ({ report: { kind, occurredAt } }) =>
                SUCCESSES.includes(kind) && occurredAt.getTime() >= one.dueAt,
            ),
          ).toBe(true);
      });
    }),
    historyRuns(),
  );
});

it('come to the same in whichever order everything is told', () => {
  const inAnyOrder = history.chain((all) =>
    fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })),
  );
  fc.assert(
    fc.property(inAnyOrder, ([all, shuffled]) => {
      const now = Math.max(...all.map((one) => one.report.occurredAt.getTime()));
      const end = (order: readonly Told[]): DunningState | null => {
        let state: DunningState | null = null;
        order.forEach((one, index) => {
          const dunning = findDunning(storyOf(order.slice(0, index + 1)));
          const starts = mayStart(order.slice(0, index + 1), one);
          ({ state } = planReminders({ dunning, state, starts, told: [], days: [30, 40], now }));
        });
        return state;
      };
      expect(end(shuffled)).toEqual(end(all));
    }),
    historyRuns(),
  );
});
