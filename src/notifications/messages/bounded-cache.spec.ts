import { describe, expect, it } from '@jest/globals';
import { BoundedCache } from './bounded-cache.js';

describe('a bounded cache', () => {
  it('makes a value once', () => {
    const cache = new BoundedCache<object>(2);
    const first = cache.get('a', () => ({}));
    expect(cache.get('a', () => ({}))).toBe(first);
  });

  it('never holds more than its limit, whatever the keys are', () => {
    const cache = new BoundedCache<number>(3);
    for (let n = 0; n < 100; n++) expect(cache.get(`key ${n}`, () => n)).toBe(n);
    expect(cache.size).toBe(3);
    expect(cache.get('key 99', () => -1)).toBe(99);
    expect(cache.get('key 0', () => -1)).toBe(-1);
  });
});
