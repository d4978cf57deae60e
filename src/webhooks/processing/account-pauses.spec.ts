import { describe, expect, it } from '@jest/globals';
import { AccountPauses } from './account-pauses.js';

describe('pauses of accounts', () => {
  it('last as long as the gateway said, and are never cut short', () => {
    const pauses = new AccountPauses();
    pauses.add('stripe/default', 10_000, 0);
    pauses.add('stripe/default', 1_000, 1_000);
    pauses.add('stripe/shop2', undefined, 0);
    expect(pauses.list(9_999)).toEqual(['stripe/default']);
    expect(pauses.list(10_000)).toEqual([]);
  });
});
