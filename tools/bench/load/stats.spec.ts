import { describe, expect, it } from '@jest/globals';
import { pauseBetween } from './stats.js';

describe('pauseBetween', () => {
  it('is half of what the rest will take', () => {
    expect(pauseBetween({ at: 0, pending: 2000 }, { at: 1000, pending: 1000 })).toBe(500);
  });

  it('is never shorter than 10 ms nor longer than a second', () => {
    expect(pauseBetween({ at: 0, pending: 2000 }, { at: 1000, pending: 1 })).toBe(10);
    expect(pauseBetween({ at: 0, pending: 90_000 }, { at: 1000, pending: 89_000 })).toBe(1000);
  });

  it('is short where nothing was done since, or more has come', () => {
    expect(pauseBetween({ at: 0, pending: 5 }, { at: 0, pending: 5 })).toBe(50);
    expect(pauseBetween({ at: 0, pending: 5 }, { at: 10, pending: 9 })).toBe(50);
  });
});
