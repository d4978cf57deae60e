import { describe, expect, it } from '@jest/globals';
import { flushIntervalMs } from './flush-interval.js';

describe('how far apart flushes begin', () => {
  it.each([
    ['in a process that has done nothing yet: at once', 0, 0],
    ['in a process with idle time: at once', 0.74, 0],
    ['in a busy process: 2 ms', 0.75, 2],
    ['in a process without idle time: 2 ms', 1, 2],
  ])('%s', (_, utilization, ms) => {
    expect(flushIntervalMs(utilization)).toBe(ms);
  });
});
