import { describe, expect, it } from '@jest/globals';
import { mustDropPersonalData } from './payment-row.js';

describe('mustDropPersonalData', () => {
  const [before, then, after] = [1, 2, 3].map((second) => new Date(second * 1000)) as [Date, Date, Date];

  it.each([
    ['no payment', undefined, then, false],
    ['a payment without expired data', { expired_until: null, erased_at: null }, then, false],
    ['a report from before the expiry', { expired_until: then }, before, true],
    ['a report from the moment of the expiry', { expired_until: then }, then, true],
    ['a report from after the expiry', { expired_until: then }, after, false],
    ['any report of an erased customer', { erased_at: then }, after, true],
  ])('%s', (_, payment, receivedAt, expected) => {
    expect(mustDropPersonalData(payment, receivedAt)).toBe(expected);
  });
});
