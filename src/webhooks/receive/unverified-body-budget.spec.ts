import { describe, expect, it } from '@jest/globals';
import { type Reservation, UnverifiedBodyBudget } from './unverified-body-budget.js';

/** A request that releases its bytes when it is evicted. */
function open(budget: UnverifiedBodyBudget, now: number, evicted: string[] = [], name = ''): Reservation {
  const reservation: Reservation = budget.open(now, () => {
    evicted.push(name);
    budget.release(reservation);
  });
  return reservation;
}

describe('the budget of unverified bodies', () => {
  it('is bounded, and released bytes can be reserved again', () => {
    const budget = new UnverifiedBodyBudget(100);
    const first = open(budget, 0);
    expect(budget.reserve(first, 100, 0)).toBe(true);
    expect(budget.reserve(open(budget, 0), 1, 0)).toBe(false);
    budget.release(first);
    budget.release(first);
    expect(budget.reserve(open(budget, 0), 100, 0)).toBe(true);
    expect(budget.hasRoom(1, 0)).toBe(false);
  });

  it('evicts the oldest incomplete requests first, and only as many as needed', () => {
    const budget = new UnverifiedBodyBudget(100);
    const evicted: string[] = [];
    for (const [at, name] of ['oldest', 'older', 'young'].entries())
      expect(budget.reserve(open(budget, at * 800, evicted, name), 30, at * 800)).toBe(true);
    const newcomer = open(budget, 2000, evicted, 'newcomer');
    expect(budget.reserve(newcomer, 40, 2000)).toBe(true);
    expect(evicted).toEqual(['oldest']);
    expect(budget.reserve(newcomer, 50, 2000)).toBe(false);
    expect(evicted).toEqual(['oldest', 'older']);
  });

  it('is not reserved by a length that is only announced', () => {
    const budget = new UnverifiedBodyBudget(100);
    expect(budget.hasRoom(100, 0)).toBe(true);
    expect(budget.hasRoom(100, 0)).toBe(true);
    expect(budget.hasRoom(101, 0)).toBe(false);
  });
});
