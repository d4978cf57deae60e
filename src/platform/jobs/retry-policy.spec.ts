import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { backoffMs, DEFAULT_RETRY_POLICY, type RetryPolicy } from './retry-policy.js';

const policies: fc.Arbitrary<RetryPolicy> = fc
  .tuple(fc.integer({ min: 1, max: 10_000 }), fc.integer({ min: 1, max: 86_400_000 }))
  .map(([baseMs, capMs]) => ({ baseMs, capMs, maxAttempts: 18 }));
const attempts = fc.integer({ min: 1, max: 10_000 });
const randoms = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

describe('the delay after a failed attempt', () => {
  it('is in the upper half of the doubled delay, and never above the cap', () => {
    fc.assert(
      fc.property(policies, attempts, randoms, (policy, attempt, random) => {
        const full = Math.min(policy.capMs, policy.baseMs * 2 ** Math.min(attempt - 1, 30));
        const delay = backoffMs(policy, attempt, random);
        expect(Number.isSafeInteger(delay)).toBe(true);
        expect(delay).toBeGreaterThanOrEqual(Math.round(full / 2));
        expect(delay).toBeLessThanOrEqual(Math.min(Math.round(full), policy.capMs));
      }),
    );
  });

  it('never shrinks from one attempt to the next for the same random number', () => {
    fc.assert(
      fc.property(policies, attempts, randoms, (policy, attempt, random) => {
        expect(backoffMs(policy, attempt + 1, random)).toBeGreaterThanOrEqual(
          backoffMs(policy, attempt, random),
        );
      }),
    );
  });

  it('doubles: 1 s, 2 s, 4 s, … up to an hour', () => {
    const longest = (attempt: number): number => backoffMs(DEFAULT_RETRY_POLICY, attempt, 1);
    expect([1, 2, 3, 4, 12, 13, 18].map(longest)).toEqual([
      1_000, 2_000, 4_000, 8_000, 2_048_000, 3_600_000, 3_600_000,
    ]);
  });

  it('adds up to 3 to 8 hours before the work is dead', () => {
    const { maxAttempts } = DEFAULT_RETRY_POLICY;
    const total = (random: number): number =>
      Array.from({ length: maxAttempts - 1 }, (_, at) =>
        backoffMs(DEFAULT_RETRY_POLICY, at + 1, random),
      ).reduce((sum, delay) => sum + delay, 0);
    expect(total(0)).toBeGreaterThan(3 * 3_600_000);
    expect(total(1)).toBeLessThan(8 * 3_600_000);
  });
});
