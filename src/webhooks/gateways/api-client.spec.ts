import { describe, expect, it } from '@jest/globals';
import { apiBase, retryAfterIn } from './api-client.js';

describe('Retry-After', () => {
  const now = Date.UTC(2026, 10, 23, 12);

  it.each([
    ['120', 120_000],
    [' 0 ', 0],
    ['Mon, 23 Nov 2026 12:00:30 GMT', 30_000],
    ['Mon, 23 Nov 2026 11:00:00 GMT', 0],
    ['999999999', 24 * 3_600_000],
  ])('%p is kept', (header, ms) => {
    expect(retryAfterIn(header, now)).toBe(ms);
  });

  it.each([null, '', 'soon', '-5s', '1e3s'])('%p tells nothing', (header) => {
    expect(retryAfterIn(header, now)).toBeNull();
  });
});

describe('the base of an API', () => {
  it('ends in a slash, so that paths are appended', () => {
    expect(apiBase('http://127.0.0.1:1/v1')?.href).toBe('http://127.0.0.1:1/v1/');
    expect(apiBase('https://api.example/')?.href).toBe('https://api.example/');
  });

  it.each(['nonsense', 'file:///etc', 'https://user:password@api.example'])('is not %p', (text) => {
    expect(apiBase(text)).toBeNull();
  });
});
