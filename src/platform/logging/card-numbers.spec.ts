import { describe, expect, it } from '@jest/globals';
import { maskCardNumbers } from './card-numbers.js';

/** The numbers that gateways and networks publish for tests. */
const MASKED: readonly (readonly [text: string, shown: string])[] = [
  ['4242424242424242', '************4242'],
  ['4222222222222', '*********2222'],
  ['30569309025904', '**********5904'],
  ['378282246310005', '***********0005'],
  ['6304000000000000000', '***************0000'],
  ['4242 4242 4242 4242', '**** **** **** 4242'],
  ['4242-4242-4242-4242', '****-****-****-4242'],
  ['3782 822463 10005', '**** ****** *0005'],
  ['4 2 4 2 4 2 4 2 4 2 4 2 4 2 4 2', '* * * * * * * * * * * * 4 2 4 2'],
  ['{"number":"4242424242424242"}', '{"number":"************4242"}'],
  ['{"number":4242424242424242,"cvc":123}', '{"number":************4242,"cvc":123}'],
  ['card (4242424242424242), declined.', 'card (************4242), declined.'],
  ['4242424242424242,5555555555554444', '************4242,************4444'],
  ['4242424242424242 5555555555554444', '************4242 ************4444'],
  ['order 17 4242424242424242 12/29', 'order 17 ************4242 12/29'],
  ['room 7 4242 4242 4242 4242 99 x', 'room 7 **** **** **** 4242 99 x'],
  ['card-4242424242424242', 'card-************4242'],
  ['card:\\n4242424242424242', 'card:\\n************4242'],
  ['card:\\u00204242424242424242', 'card:\\u0020************4242'],
  ['card=4242+4242+4242+4242&a=b', 'card=****+****+****+4242&a=b'],
  ['note=card%3A4242424242424242', 'note=card%3A************4242'],
  ['note=card%204242424242424242', 'note=card%20************4242'],
  ['4242%204242%204242%204242', '****%20****%20****%204242'],
  ['4242\u00a04242\u00a04242\u00a04242', '****\u00a0****\u00a0****\u00a04242'],
  ['+4242424242424242', '+************4242'],
  ['carte n°4242424242424242', 'carte n°************4242'],
];

const LEFT: readonly (readonly [what: string, text: string])[] = [
  ['a wrong check digit', '4242424242424241'],
  ['12 digits', '424242424242'],
  ['20 digits', '42424242424242424242'],
  ['an id of Stripe', 'pi_4242424242424242'],
  ['an id that ends in letters', '4242424242424242abc'],
  ['a word that begins with letters', 'ord4242424242424242'],
  ['letters of other scripts around it', 'ключ4242424242424242'],
  ['two separators between groups', '4242  4242  4242  4242'],
  ['a UUID, even one of digits', '42424242-4242-4242-4242-424242424242'],
  ['a UUID v7', '0192f0c1-0000-7000-8000-000000000001'],
  ['a fraction', '0.4242424242424242'],
  ['milliseconds', '1764000000005'],
  ['microseconds', '1764000000000004'],
  ['a date and time in digits', '20261124020155'],
  ['a date and time', '2026-11-24T02:01:52.000Z'],
  ['a phone number', '+49 1512 3456784'],
  ['an amount', '{"amount":1000000,"currency":"USD"}'],
  ['noughts', '0000000000000000'],
  ['nothing', ''],
];

describe('card-like numbers', () => {
  it.each(MASKED)('%s is shown as %s', (text, shown) => {
    expect(maskCardNumbers(text)).toBe(shown);
  });

  it.each(LEFT)('%s stays: %s', (_what, text) => {
    expect(maskCardNumbers(text)).toBe(text);
  });

  it('keeps its hands off every moment that a clock can show', () => {
    for (let at = 0; at < 1_000; at++) {
      const moment = String(1_764_000_000_000 + at * 7_919);
      expect(maskCardNumbers(moment)).toBe(moment);
    }
  });

  it('masks a second time to the same', () => {
    for (const [text, shown] of MASKED) expect(maskCardNumbers(maskCardNumbers(text))).toBe(shown);
  });

  it('finds the one card in a mebibyte of digits and separators', () => {
    const noise = '1 '.repeat(500_000);
    expect(maskCardNumbers(`${noise}x 4242424242424242`)).toContain('x ************4242');
    expect(maskCardNumbers(`${'1'.repeat(1_000_000)}a 4242424242424242`)).toContain('a ************4242');
  });
});
