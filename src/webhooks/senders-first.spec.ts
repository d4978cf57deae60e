import { describe, expect, it } from '@jest/globals';
import { restMs } from './senders-first.js';

describe('what is left to senders after some work', () => {
  it.each([
    ['a process with time to spare', 0.5, 20, 0],
    ['one that is nearly full', 0.91, 20, 0],
    ['one that is full: five times as long as was worked', 0.92, 20, 100],
    ['one that is full, after a long stretch: no longer than a quarter of a second', 1, 400, 250],
    ['one that is full, after nothing', 1, 0, 0],
  ])('%s', (_, utilization, workedMs, rest) => {
    expect(restMs(utilization, workedMs)).toBe(rest);
  });
});
