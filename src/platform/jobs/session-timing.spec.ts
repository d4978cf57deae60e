import { describe, expect, it } from '@jest/globals';
import { withLifelineTimeouts } from '../database/pg-client-timeouts.js';
import {
  CONFIRMED_FOR_MS,
  GRACE_MS,
  LOOK_MS,
  msBetween,
  SERVER_NOTICES,
  SERVER_NOTICES_MS,
  WAIT_FOR_SESSION_MS,
} from './session-timing.js';

describe('the times of a session', () => {
  it('let a process stop well before the server drops it, where the line is cut', () => {
    expect(SERVER_NOTICES_MS.earliest - CONFIRMED_FOR_MS).toBeGreaterThanOrEqual(4_000);
  });

  it('let others take over within 15 s where the line is cut, and within 2 s where the process ended', () => {
    const takeover = LOOK_MS + GRACE_MS + LOOK_MS;
    expect(takeover).toBeLessThan(2_000);
    expect(SERVER_NOTICES_MS.latest + takeover).toBeLessThan(15_000);
  });

  it('let a process take its session again before it claims by the clock', () => {
    expect(WAIT_FOR_SESSION_MS).toBeGreaterThan(CONFIRMED_FOR_MS);
  });

  it('are told to the server on the connection that holds the session', async () => {
    const options = { type: 'postgres' } as const;
    const told = withLifelineTimeouts(options, { answerMs: CONFIRMED_FOR_MS, server: SERVER_NOTICES });
    const pool = told.extra as { onConnect: (client: object) => Promise<void> };
    let sent = '';
    await pool.onConnect({ query: (statement: string) => Promise.resolve((sent = statement)) });
    for (const [name, value] of Object.entries(SERVER_NOTICES))
      expect(sent).toContain(`('${name}', '${value}')`);
  });

  it('are measured by the clock that ran further', () => {
    const slept = msBetween({ monotonic: 100, wall: 5_000 }, { monotonic: 200, wall: 65_000 });
    const setBack = msBetween({ monotonic: 100, wall: 5_000 }, { monotonic: 6_100, wall: 1_000 });
    expect([slept, setBack]).toEqual([60_000, 6_000]);
  });
});
