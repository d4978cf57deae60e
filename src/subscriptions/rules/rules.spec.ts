import { describe, expect, it } from '@jest/globals';
import { type LoggedEvent, retryAfterIn } from '../../feature.js';
import { AnswerShare } from './answer-share.js';
import { FailureBrake } from './failure-brake.js';
import { RateWindow } from './rate-window.js';
import { DEFAULT_SCHEDULE, delayAfter, faultOfSchedule, readSchedule } from './retry-schedule.js';
import { isWanted, type SubscriptionFilter } from './topics.js';

describe('a dispatch', () => {
  const schedule = readSchedule(DEFAULT_SCHEDULE);

  it('is tried after 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h and 24 h, give or take a tenth, then never', () => {
    const delays = (random: number) =>
      Array.from({ length: 10 }, (_, at) => delayAfter(schedule, at + 1, null, random));
    expect(delays(0.5)).toEqual(
      [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400]
        .map((s) => s * 1000)
        .concat(null as never),
    );
    expect(delays(0)[0]).toBe(4_500);
    expect(delays(0.999_999)[0]).toBe(5_500);
  });

  it.each([
    ['120', 120_000],
    ['0', 4_500],
    ['Thu, 01 Jan 1970 00:02:00 GMT', 120_000],
    ['99999999', 86_400_000],
    ['-3600', 4_500],
    [null, 4_500],
  ])('waits with Retry-After %j for %i ms', (header, ms) => {
    expect(delayAfter(schedule, 1, retryAfterIn(header, 0), 0)).toBe(ms);
  });

  it.each(['', '5,', '5;6', '-1', '1e3', '700000', Array(21).fill(1).join(',')])(
    'refuses %j as a schedule',
    (text) => {
      expect(faultOfSchedule(text)).toMatch(/^must be 1 to 20/);
    },
  );
  it.each(['1', '0.1,0.25', '5, 300'])('takes %j as a schedule', (text) =>
    expect(faultOfSchedule(text)).toBeNull(),
  );
});

describe('a filter', () => {
  const ALL: SubscriptionFilter = { gateway: null, account: null, mode: 'live', merchant: null };
  const payment = {
    type: 'payment.succeeded',
    data: { gateway: 'stripe', account: 'default', mode: 'live', merchant: 'acct_1' },
  };
  const order = { type: 'order.paid', data: { mode: 'live', merchant: null } };

  it.each<[string[], Partial<SubscriptionFilter>, Pick<LoggedEvent, 'type' | 'data'>, boolean]>([
    [['*'], {}, payment, true],
    [['payment.*'], {}, payment, true],
    [['payment.succeeded'], {}, payment, true],
    [['payment.failed', 'order.*'], {}, payment, false],
    [['pay.*'], {}, payment, false],
    [['*'], { mode: 'test' }, payment, false],
    [['*'], { gateway: 'stripe', account: 'default', merchant: 'acct_1' }, payment, true],
    [['*'], { gateway: 'razorpay' }, payment, false],
    [['*'], { account: 'eu' }, payment, false],
    [['*'], { merchant: 'acct_2' }, payment, false],
    [['order.paid'], {}, order, true],
    [['order.paid'], { gateway: 'stripe' }, order, false],
  ])('of %j and %j lets %j through: %s', (topics, filter, event, wanted) => {
    expect(isWanted({ topics, filter: { ...ALL, ...filter } }, event)).toBe(wanted);
  });
});

it('a rate holds in every second, not only in those of a clock', () => {
  const rate = new RateWindow(3);
  const starts: number[] = [];
  for (let now = 900; now < 3_000; now += 10)
    if (rate.waitMs(now) === 0) {
      rate.record(now);
      starts.push(now);
    }
  expect(starts).toEqual([900, 910, 920, 1_900, 1_910, 1_920, 2_900, 2_910, 2_920]);
});

describe('a subscriber', () => {
  const [F, S] = [false, true];
  const failed = (times: number): boolean[] => Array<boolean>(times).fill(F);

  it.each([
    ['that has not ended a try', [], 0],
    ['that failed 19 times', failed(19), 0],
    ['that failed 20 times in a row', failed(20), 700],
    ['that failed 500 times', failed(500), 700],
    ['that failed 19 times after each success', [...failed(19), S, ...failed(19)], 0],
    ['whose first success comes after 500 failures', [...failed(500), S], 0],
    ['that fails again after it came back', [...failed(500), S, ...failed(20)], 700],
  ])('%s starts again', (_, ends, waitMs) => {
    const brake = new FailureBrake();
    brake.recordStart(10_000);
    for (const isSuccess of ends) brake.record(isSuccess);
    expect([brake.waitMs(10_300), brake.waitMs(11_000), brake.waitMs(15_000)]).toEqual([waitMs, 0, 0]);
  });
});

it.each([
  [[], 20],
  [[65_536, 65_536], 20],
  [[2], 40],
  [[2, 2, 2], 100],
  [[2, 2, 2, 65_536], 20],
])(
  'a subscriber that may have 100 tries under way has, after answers of %j characters, %i',
  (lengths, most) => {
    const share = new AnswerShare();
    for (const length of lengths) share.record(length);
    expect([share.mostInFlight(100), share.mostInFlight(4)]).toEqual([most, 4]);
  },
);
