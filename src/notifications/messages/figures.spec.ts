import { describe, expect, it } from '@jest/globals';
import { formatMoney, formatMoment } from './figures.js';

/** ICU's choice between the many kinds of space is its own. */
const plain = (text: string | null): string | null => text?.replace(/\s/gu, ' ') ?? null;

describe('money', () => {
  it.each([
    ['10000', 'USD', 2, 'en-US', '$100.00'],
    ['5', 'USD', 2, 'en-US', '$0.05'],
    ['0', 'EUR', 2, 'de-DE', '0,00 €'],
    ['123456', 'EUR', 2, 'de-DE', '1.234,56 €'],
    ['5000', 'JPY', 0, 'en-US', '¥5,000'],
    ['1234', 'BHD', 3, 'en-US', 'BHD 1.234'],
    ['12345678', 'INR', 2, 'hi-IN', '₹1,23,456.78'],
    ['900719925474099321', 'USD', 2, 'en-US', '$9,007,199,254,740,993.21'],
    ['500', 'ISK', 2, 'en-US', 'ISK 5.00'],
  ])('%s of %s with %i digits in %s is %s', (amount, currency, exponent, locale, text) => {
    expect(plain(formatMoney(amount, currency, exponent, locale))).toBe(text);
  });

  it.each([
    [null, 'USD', 2],
    ['100', null, 2],
    ['100', 'USD', null],
    ['100', 'US', 2],
    ['100', '<b>', 2],
    ['1e3', 'USD', 2],
    ['-1', 'USD', 2],
  ])('%j of %j with %j digits is left out', (amount, currency, exponent) => {
    expect(formatMoney(amount, currency, exponent, 'en')).toBeNull();
  });
});

describe('a moment', () => {
  const moment = new Date('2026-11-23T17:05:59Z');
  it.each([
    ['en-US', 'November 23, 2026, 17:05 UTC'],
    ['en-GB', '23 November 2026, 17:05 UTC'],
    ['de', '23. November 2026, 17:05 UTC'],
    ['es', '23 de noviembre de 2026, 17:05 UTC'],
    ['fr', '23 novembre 2026, 17:05 UTC'],
    ['hi', '23 नवंबर 2026, 17:05 UTC'],
  ])('in %s is %s', (locale, text) => expect(plain(formatMoment(moment, locale))).toBe(text));

  it('after midnight is hour 00', () => {
    expect(plain(formatMoment(new Date('2026-01-01T00:07:00Z'), 'en'))).toBe('January 1, 2026, 00:07 UTC');
  });

  it('that is none is left out', () => expect(formatMoment(new Date(Number.NaN), 'en')).toBeNull());
});
