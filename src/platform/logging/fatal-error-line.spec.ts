import { describe, expect, it } from '@jest/globals';
import { describeFatalError } from './fatal-error-line.js';

describe('last words', () => {
  it('name class, code and place, and quote nothing', () => {
    const error = Object.assign(new TypeError('asha@example.com\n    at 4242424242424242:1:1\nAsha Rao'), {
      code: 'ERR_X',
    });
    const said = describeFatalError(error);
    expect(said).toContain('ended by a fault: TypeError ERR_X\n');
    expect(said).toMatch(/\n +at .*fatal-error-line\.spec\.ts:\d+:\d+/);
    for (const canary of ['asha', 'Asha', '4242424242424242']) expect(said).not.toContain(canary);
  });

  it.each([
    ['a text', 'Asha Rao'],
    ['nothing', undefined],
    ['an object', { name: 'Asha Rao' }],
  ])('of %s say only that it is no error', (_what, thrown) => {
    expect(describeFatalError(thrown)).toBe('ended by a fault: something that is not an error was thrown');
  });

  it('leave out a code that is data', () => {
    const error = Object.assign(new Error('x'), { code: 'asha rao, 4242424242424242' });
    expect(describeFatalError(error).split('\n')[0]).toBe('ended by a fault: Error');
  });
});
