import { describe, expect, it } from '@jest/globals';
import { flushIntervalMs, restMs } from './backpressure.js';

describe('what is left to senders after some work', () => {
  it.each([
    ['where nothing came in lately', 0, 20, 0],
    ['where messages are stored one by one', 1, 20, 0],
    ['where hardly any waits for another', 15.9, 20, 0],
    ['where they crowd: five times as long as was worked', 16, 20, 100],
    ['where they crowd, after a long stretch: no longer than a quarter of a second', 64, 400, 250],
    ['where they crowd, after nothing', 64, 0, 0],
  ])('%s', (_, company, workedMs, rest) => {
    expect(restMs(company, workedMs)).toBe(rest);
  });
});

describe('how far apart commits of what came in begin', () => {
  it.each([
    ['of a process that has done nothing yet: at once', 0, 0],
    ['of one with time to spare: at once', 0.74, 0],
    ['of one that is busy', 0.75, 2],
    ['of one that is full', 1, 2],
  ])('%s', (_, utilization, ms) => {
    expect(flushIntervalMs(utilization)).toBe(ms);
  });
});
