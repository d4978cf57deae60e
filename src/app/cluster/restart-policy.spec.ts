import { describe, expect, it } from '@jest/globals';
import { nextRestart, STABLE_AFTER_MS } from './restart-policy.js';

describe('restart', () => {
  it.each([
    ['the first death', 0, 10, 0, 1, 100],
    ['the first death, late in the spread', 0, 10, 0.999, 1, 200],
    ['a second at once', 1, 10, 0, 2, 200],
    ['a fourth at once', 3, STABLE_AFTER_MS - 1, 0, 4, 800],
    ['many at once', 50, 10, 0, 51, 5_000],
    ['many at once, late in the spread', 5_000, 10, 0.999, 5_001, 9_995],
    ['one that had come to rest', 50, STABLE_AFTER_MS, 0, 1, 100],
  ])('after %s', (_, deaths, livedMs, random, inARow, pauseMs) => {
    expect(nextRestart(deaths, livedMs, random)).toEqual({ deaths: inARow, pauseMs });
  });
});
