import { describe, expect, it } from '@jest/globals';
import { ConfirmationRate } from './confirmation-rate.js';

describe('the rate of confirmations', () => {
  it('takes 200 at once, then 20 a second, and says for how long to wait', () => {
    let now = 5_000;
    const rate = new ConfirmationRate(() => now);
    const takeMany = (times: number) => Array.from({ length: times }, () => rate.take());
    expect(takeMany(200)).toEqual(Array.from({ length: 200 }, () => null));
    expect(rate.take()).toBe(1);
    now += 100;
    expect(takeMany(3)).toEqual([null, null, 1]);
    now += 3_600_000;
    expect(takeMany(201).filter((seconds) => seconds !== null)).toEqual([1]);
  });
});
