import { describe, expect, it } from '@jest/globals';
import { apiBase } from './api-client.js';

describe('the base of an API', () => {
  it('ends in a slash, so that paths are appended', () => {
    expect(apiBase('http://127.0.0.1:1/v1')?.href).toBe('http://127.0.0.1:1/v1/');
    expect(apiBase('https://api.example/')?.href).toBe('https://api.example/');
  });

  it.each(['nonsense', 'file:///etc', 'https://user:password@api.example'])('is not %p', (text) => {
    expect(apiBase(text)).toBeNull();
  });
});
