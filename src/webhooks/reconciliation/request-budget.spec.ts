import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { dueAfter, pauseUntil, spendRequest } from './request-budget.js';

const MINUTE_MS = 60_000;

describe('the budget of requests', () => {
  it('is never exceeded in any 60 seconds, however late each request is made', () => {
    const delays = fc.array(fc.integer({ min: 0, max: 5_000 }), { maxLength: 400 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 200 }), delays, (perMinute, delays) => {
        const made: number[] = [];
        let paced: Date | null = null;
        let now = new Date(0);
        for (const delay of delays) {
          now = new Date(dueAfter(paced, now, perMinute).getTime() + (delay > 4_000 ? delay : 0));
          made.push(now.getTime());
          paced = spendRequest(paced, now, perMinute).pacedUntil;
        }
        for (const from of made)
          expect(made.filter((at) => at >= from && at < from + MINUTE_MS).length).toBeLessThanOrEqual(
            perMinute,
          );
      }),
    );
  });

  it('is spent whole by a run that never waits for anything else', () => {
    let paced: Date | null = null;
    let now = new Date(0);
    let count = 0;
    for (; now.getTime() < MINUTE_MS; count++)
      ({ pacedUntil: paced, dueAt: now } = spendRequest(paced, now, 120));
    expect(count).toBeGreaterThan(110);
  });

  it('keeps the pause that a gateway asked for, also for the next run', () => {
    const now = new Date(0);
    const paused = pauseUntil(spendRequest(null, now, 120).pacedUntil, new Date(3_600_000), 120);
    expect(dueAfter(paused, now, 120)).toEqual(new Date(3_600_000));
  });
});
