import { randomFillSync } from 'node:crypto';
import { v7 } from 'uuid';

const ID_BYTES = 16;
/** A call to the kernel costs the same for one id and for 256. */
const pool = new Uint8Array(256 * ID_BYTES);
let used = pool.length;

/** Within a process each id is larger than the one before: a timestamp in ms, then a counter with a random start. */
let millisecond = 0;
let count = 0;

/** Returns a unique UUIDv7 (RFC 9562, section 6.2, method 1), sorted by creation time. */
export function newId(): string {
  const random = nextRandomBytes();
  const now = Date.now();
  if (now > millisecond) {
    millisecond = now;
    // The start is below 2^31, so that the counter cannot overflow within a millisecond.
    count = new DataView(random.buffer, random.byteOffset).getUint32(0) >>> 1;
  } else count++;
  return v7({ random, msecs: millisecond, seq: count });
}

/** The time in a UUIDv7: its first 48 bits count the milliseconds since 1970. */
export const timeOfId = (id: string): Date =>
  new Date(Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16));

/** A UUIDv7 has 48 bits for the milliseconds: until the year 10889. */
const LAST_MOMENT_MS = 2 ** 48 - 1;

/** The lowest UUIDv7 of a moment, as a bound of ids. It is the id of no row. */
export function lowestIdAt(at: Date): string {
  const ms = Math.min(Math.max(0, at.getTime()), LAST_MOMENT_MS);
  const hex = ms.toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-0000-0000-000000000000`;
}

function nextRandomBytes(): Uint8Array {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  return pool.subarray(used, (used += ID_BYTES));
}
