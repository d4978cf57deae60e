import { describe, expect, it } from '@jest/globals';
import { validate, version } from 'uuid';
import { newId, timeOfId } from './new-id.js';

describe('new ids', () => {
  // More than one pool of random bytes, and many in one millisecond.
  const ids = Array.from({ length: 5_000 }, newId);

  it('are UUIDs of version 7, of now', () => {
    expect(ids.every((id) => validate(id) && version(id) === 7)).toBe(true);
    expect(Math.abs(Date.now() - timeOfId(ids[0] as string).getTime())).toBeLessThan(60_000);
  });

  it('are sorted by when they were made, and never the same', () => {
    expect([...ids].sort()).toEqual(ids);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('do not tell the next one: their ends are random', () => {
    expect(new Set(ids.map((id) => id.slice(-8))).size).toBeGreaterThan(ids.length - 5);
  });
});
