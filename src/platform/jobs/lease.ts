import { randomBytes } from 'node:crypto';
import { v4 as uuid } from 'uuid';

/*
 * A lease names the session of the process that holds it: `0000002a-0000-8000-…` is a lease of session 42. A row needs no
 * column for the session, and a claim by a version that knows no sessions (a random UUID, version 4) overwrites it.
 */

/** The highest number of a session: a PostgreSQL integer. */
export const MAX_SESSION_ID = 2 ** 31 - 1;

const AFTER_SESSION = '-0000-8000-';

/** A new lease of this session; of none where it is null: only the clock ends it. */
export function createLease(sessionId: number | null): string {
  if (sessionId === null) return uuid();
  const random = randomBytes(8);
  random.writeUInt8((random.readUInt8(0) & 0x3f) | 0x80, 0);
  const hex = random.toString('hex');
  return `${prefixOf(sessionId)}${hex.slice(0, 4)}-${hex.slice(4)}`;
}

/** The session of a lease; null for a lease that only the clock ends. */
export function sessionOfLease(lease: string): number | null {
  return lease.slice(8, 19) === AFTER_SESSION ? Number.parseInt(lease.slice(0, 8), 16) : null;
}

/** The lowest and the highest lease of a session, in the order of PostgreSQL's type `uuid`. */
export const leasesOfSession = (sessionId: number): readonly [lowest: string, highest: string] => [
  `${prefixOf(sessionId)}0000-000000000000`,
  `${prefixOf(sessionId)}ffff-ffffffffffff`,
];

const prefixOf = (sessionId: number): string => sessionId.toString(16).padStart(8, '0') + AFTER_SESSION;
