import { describe, expect, it } from '@jest/globals';
import { costBetween, cpuOfAFailure, type Meters } from './cost.js';

const meters = (spent: Partial<Meters>): Meters => ({
  at: 0,
  serviceSeconds: 0,
  databaseSeconds: 0,
  idleSeconds: 0,
  allSeconds: 0,
  walBytes: 0,
  ...spent,
});

describe('what webhooks cost', () => {
  it('is what was spent between two moments, for each of them', () => {
    const before = meters({
      serviceSeconds: 10,
      databaseSeconds: 5,
      idleSeconds: 7,
      allSeconds: 20,
      walBytes: 1e6,
    });
    const after = meters({
      serviceSeconds: 12,
      databaseSeconds: 6,
      idleSeconds: 8,
      allSeconds: 30,
      walBytes: 6e6,
    });
    expect(costBetween(before, after, 1000)).toEqual({
      serviceMicros: 2000,
      databaseMicros: 1000,
      walBytes: 5000,
      idleShare: 0.1,
    });
  });

  it('a failed payment beyond an ordinary one is the difference where all fail and none does', () => {
    const cost = (serviceMicros: number, databaseMicros: number) => ({
      serviceMicros,
      databaseMicros,
      walBytes: 0,
      idleShare: 0,
    });
    expect(cpuOfAFailure(cost(250, 300), cost(130, 100))).toBe(320);
    expect(cpuOfAFailure(cost(130, 100), cost(130, 100))).toBe(0);
  });
});
