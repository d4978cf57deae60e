import { describe, expect, it } from '@jest/globals';
import { type Reservation, UnverifiedBodyBudget } from './unverified-body-budget.js';

/** A request that gives back what it holds when it is asked to. */
function begin(bytes: UnverifiedBodyBudget, now: number, gone: string[] = [], name = ''): Reservation {
  const holding: Reservation = bytes.open(now, () => {
    gone.push(name);
    bytes.release(holding);
  });
  return holding;
}

describe('bytes that nobody has vouched for', () => {
  it('are held up to a limit, and may be taken again once given back', () => {
    const bytes = new UnverifiedBodyBudget(100);
    const first = begin(bytes, 0);
    expect(bytes.reserve(first, 100, 0)).toBe(true);
    expect(bytes.reserve(begin(bytes, 0), 1, 0)).toBe(false);
    bytes.release(first);
    bytes.release(first);
    expect(bytes.reserve(begin(bytes, 0), 100, 0)).toBe(true);
    expect(bytes.hasRoom(1, 0)).toBe(false);
  });

  it('of the slowest make room first, and only as many as are in the way', () => {
    const bytes = new UnverifiedBodyBudget(100);
    const gone: string[] = [];
    for (const [at, name] of ['oldest', 'older', 'young'].entries())
      expect(bytes.reserve(begin(bytes, at * 800, gone, name), 30, at * 800)).toBe(true);
    const newcomer = begin(bytes, 2000, gone, 'newcomer');
    expect(bytes.reserve(newcomer, 40, 2000)).toBe(true);
    expect(gone).toEqual(['oldest']);
    expect(bytes.reserve(newcomer, 50, 2000)).toBe(false);
    expect(gone).toEqual(['oldest', 'older']);
  });

  it('that are only announced keep nobody out', () => {
    const bytes = new UnverifiedBodyBudget(100);
    expect(bytes.hasRoom(100, 0)).toBe(true);
    expect(bytes.hasRoom(100, 0)).toBe(true);
    expect(bytes.hasRoom(101, 0)).toBe(false);
  });
});
