import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { validate, v4 as uuid } from 'uuid';
import { createLease, leasesOfSession, MAX_SESSION_ID, sessionOfLease } from './lease.js';

const sessions = fc.integer({ min: 1, max: MAX_SESSION_ID });

describe('a lease', () => {
  it('is a UUID that names its session and lies between the lowest and the highest of that session only', () => {
    fc.assert(
      fc.property(sessions, sessions, (session, other) => {
        const lease = createLease(session);
        expect(validate(lease)).toBe(true);
        expect(sessionOfLease(lease)).toBe(session);
        const [lowest, highest] = leasesOfSession(other);
        expect(lease >= lowest && lease <= highest).toBe(session === other);
      }),
    );
  });

  it('is another one each time', () => {
    const leases = Array.from({ length: 1_000 }, () => createLease(7));
    expect(new Set(leases).size).toBe(1_000);
  });

  it('of no session belongs to none, as the leases of earlier versions do', () => {
    fc.assert(
      fc.property(sessions, (session) => {
        const [lowest, highest] = leasesOfSession(session);
        for (const lease of [createLease(null), uuid(), uuid()]) {
          expect(sessionOfLease(lease)).toBeNull();
          expect(lease >= lowest && lease <= highest).toBe(false);
        }
      }),
    );
  });
});
