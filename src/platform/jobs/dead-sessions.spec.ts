import { describe, expect, it } from '@jest/globals';
import { DeadSessions } from './dead-sessions.js';
import { GRACE_MS } from './session-timing.js';

describe('a session whose lock is free', () => {
  it('is taken over when every look found it so for the grace', () => {
    const sessions = new DeadSessions();
    expect(sessions.record([1], 0)).toEqual([]);
    expect(sessions.record([1, 2], GRACE_MS - 1)).toEqual([]);
    expect(sessions.record([1, 2], GRACE_MS)).toEqual([1]);
    expect(sessions.record([2], 2 * GRACE_MS)).toEqual([2]);
  });

  it('has its grace again when a look found its lock held, or when this process did not look', () => {
    const sessions = new DeadSessions();
    sessions.record([1], 0);
    sessions.record([], 10);
    expect(sessions.record([1], GRACE_MS)).toEqual([]);
    sessions.forget();
    expect(sessions.record([1], 3 * GRACE_MS)).toEqual([]);
    expect(sessions.record([1], 4 * GRACE_MS)).toEqual([1]);
  });
});
