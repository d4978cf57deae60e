import { describe, expect, it } from '@jest/globals';
import { addSegment, type Activity, longestGapMs, medianOf, NEVER_HEARD, silentSince } from './activity.js';

const HOUR = 3_600_000;
const LEAST = 6 * HOUR;
const at = (text: string): Date => new Date(text);

/** The activity after events at these times, each read by itself. */
const after = (...times: string[]): Activity =>
  times.reduce((activity: Activity, time) => {
    const when = at(time);
    return addSegment(activity, {
      day: when.toISOString().slice(0, 10),
      first: when,
      last: when,
      gapMs: null,
    });
  }, NEVER_HEARD);

const hourly = (from: string, hours: number): string[] =>
  Array.from({ length: hours + 1 }, (_, hour) => new Date(at(from).getTime() + hour * HOUR).toISOString());

describe('when an account is silent', () => {
  it.each<[what: string, activity: Activity, now: string, since: string | null]>([
    ['never had an event', NEVER_HEARD, '2026-11-26T12:00:00Z', null],
    ['one event, a moment before', after('2026-11-26T12:00:00Z'), '2026-11-26T17:59:59.999Z', null],
    [
      'one event, at the least',
      after('2026-11-26T12:00:00Z'),
      '2026-11-26T18:00:00Z',
      '2026-11-26T12:00:00Z',
    ],
    ['an event every hour', after(...hourly('2026-11-25T00:00:00Z', 24)), '2026-11-26T05:59:00Z', null],
    [
      'an event every hour, and six hours later',
      after(...hourly('2026-11-25T00:00:00Z', 24)),
      '2026-11-26T06:00:00Z',
      '2026-11-26T00:00:00Z',
    ],
    [
      'nights of ten hours: not silent by night',
      after('2026-11-24T22:00:00Z', '2026-11-25T08:00:00Z', '2026-11-25T22:00:00Z'),
      '2026-11-26T08:00:00Z',
      null,
    ],
    [
      'a gap of 14 h, twice as long',
      after('2026-11-24T22:00:00Z', '2026-11-25T12:00:00Z'),
      '2026-11-26T16:00:00Z',
      '2026-11-25T12:00:00Z',
    ],
    [
      'a long gap that ended more than 14 days ago is forgotten',
      after('2026-11-01T00:00:00Z', '2026-11-05T00:00:00Z', ...hourly('2026-11-05T00:00:00Z', 24 * 18)),
      '2026-11-23T06:00:00Z',
      '2026-11-23T00:00:00Z',
    ],
    [
      'the only gap was months long, and ended more than 14 days ago',
      after('2026-01-01T00:00:00Z', '2026-06-01T00:00:00Z'),
      '2026-06-16T00:00:00Z',
      '2026-06-01T00:00:00Z',
    ],
    [
      'an event of the future, after the clock was set back',
      after('2026-12-24T00:00:00Z'),
      '2026-11-26T18:00:00Z',
      null,
    ],
    [
      'an event that came out of order moves nothing back',
      after('2026-11-26T12:00:00Z', '2026-11-26T06:00:00Z'),
      '2026-11-26T17:00:00Z',
      null,
    ],
    // Europe/Berlin went from 03:00 back to 02:00 on 25 October 2026; between these instants are five hours.
    [
      'a change of the clocks in the gap',
      after('2026-10-24T22:00:00Z', '2026-10-25T03:00:00Z'),
      '2026-10-25T13:00:00Z',
      '2026-10-25T03:00:00Z',
    ],
  ])('%s', (_what, activity, now, since) => {
    expect(silentSince(activity, at(now), LEAST)).toEqual(since === null ? null : at(since));
  });

  it('a segment counts its own gap, the gap before it, and the longest of a day', () => {
    const day = '2026-11-26';
    const first = addSegment(NEVER_HEARD, {
      day,
      first: at(`${day}T01:00:00Z`),
      last: at(`${day}T05:00:00Z`),
      gapMs: 3 * HOUR,
    });
    expect(longestGapMs(first, at(`${day}T06:00:00Z`))).toBe(3 * HOUR);
    const second = addSegment(first, {
      day,
      first: at(`${day}T09:00:00Z`),
      last: at(`${day}T09:30:00Z`),
      gapMs: 1,
    });
    expect(second).toEqual({ lastEventAt: at(`${day}T09:30:00Z`), gaps: { [day]: 4 * HOUR } });
  });
});

it.each([
  [[], null],
  [[10], 10],
  [[10, 9], 9.5],
  [[10, 9, 100], 10],
])('the median of %j is %s', (values, median) => {
  expect(medianOf(values)).toBe(median);
});
