import { describe, expect, it } from '@jest/globals';
import { askedDelayMs, retryAfterIn } from './retry-after.js';

describe('Retry-After', () => {
  const now = Date.UTC(2026, 10, 23, 12);

  it.each([
    ['120', 120_000],
    [' 0 ', 0],
    ['Mon, 23 Nov 2026 12:00:30 GMT', 30_000],
    ['Mon, 23 Nov 2026 11:00:00 GMT', 0],
    ['Sunday, 06-Nov-94 08:49:37 GMT', 0],
    ['999999999', 24 * 3_600_000],
  ])('%p is kept', (header, ms) => {
    expect(retryAfterIn(header, now)).toBe(ms);
  });

  it.each([null, '', 'soon', '-5s', '1e3s', '-3600', '3600.5', '2099-01-01'])(
    '%p tells nothing',
    (header) => {
      expect(retryAfterIn(header, now)).toBeNull();
    },
  );
});

describe('a pause that somebody asked for', () => {
  it.each([
    [1_500, 1_500],
    [0.5, 0.5],
    [Infinity, 24 * 3_600_000],
    [1e300, 24 * 3_600_000],
    [NaN, 0],
    [-1, 0],
    [-Infinity, 0],
    [undefined, 0],
    ['5000', 0],
    [5_000n, 0],
  ])('%p is one of %p ms', (asked, ms) => {
    expect(askedDelayMs(asked)).toBe(ms);
  });
});
