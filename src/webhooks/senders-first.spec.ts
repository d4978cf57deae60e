import { describe, expect, it } from '@jest/globals';
import { apartMs, restMs } from './senders-first.js';

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

describe('how far apart commits of what came in begin', () => {
  it.each([
    ['of a process that has done nothing yet: at once', 0, 0],
    ['of one with time to spare: at once', 0.74, 0],
    ['of one that is busy', 0.75, 2],
    ['of one that is full', 1, 2],
  ])('%s', (_, utilization, ms) => {
    expect(apartMs(utilization)).toBe(ms);
  });
});
