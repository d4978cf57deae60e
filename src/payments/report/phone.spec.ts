import { describe, expect, it } from '@jest/globals';
import { isSamePhone, type Phone, parsePhone, phonePattern, phoneTail } from './phone.js';

const phone = (text: string): Phone => {
  const read = parsePhone(text);
  if (!read) throw new Error(`no phone: ${text}`);
  return read;
};

const SPELLINGS = [
  '+919876512345',
  '919876512345',
  '00919876512345',
  '+91 98765-12345',
  '+91 (0) 98765 12345',
  '+91(0)9876512345',
  '+91 098765 12345',
  '0091-98765.12345',
  'tel:+91-98765-12345',
  '098765 12345',
  '0 98765/12345',
  '98765 12345',
  '(098765) 12345',
];

describe('one number', () => {
  it.each(SPELLINGS.flatMap((one) => SPELLINGS.map((other) => [one, other] as const)))(
    'is written %s and %s',
    (one, other) => {
      expect(isSamePhone(phone(one), phone(other))).toBe(true);
      expect(phoneTail(phone(one))).toBe(phoneTail(phone(other)));
    },
  );

  it.each([
    ['+44 20 7946 0958', '020 7946 0958'],
    ['+44 (0)20 7946 0958', '0044 20 7946 0958'],
    ['+39 06 1234 5678', '06 1234 5678'],
    ['+1 (415) 555-0100', '415-555-0100'],
    ['14155550100', '415.555.0100'],
    ['+47 12 34 56 78', '4712345678'],
    ['+65 6123 4567', '6123 4567'],
    ['+49 151 12345678', '15112345678'],
    ['555-1234', '5551234'],
  ])('is written %s and %s, too', (one, other) => {
    expect(isSamePhone(phone(one), phone(other))).toBe(true);
    expect(isSamePhone(phone(other), phone(one))).toBe(true);
    expect(phoneTail(phone(one))).toBe(phoneTail(phone(other)));
  });
});

describe('two numbers', () => {
  it.each([
    ['of two countries', '+91 98765 12345', '+1 98765 12345'],
    ['that differ in a digit', '+91 98765 12345', '+91 98765 12346'],
    ['of which one ends like the other', '+91 98765 12345', '0765 12345'],
    ['of which one is too short to stand alone', '+354 555 1234', '555 1234'],
    ['of which one has a country code in the other', '+98 7651 2345', '098765 12345'],
    ['of which one begins with the digits of a country', '9876512345', '7651 2345'],
  ])('are those %s: %s and %s', (_, one, other) => {
    expect(isSamePhone(phone(one), phone(other))).toBe(false);
    expect(isSamePhone(phone(other), phone(one))).toBe(false);
  });

  it.each(['asha@shop.example', 'cus_1234567', '12345', '+', '', '1'.repeat(30), `${'1'.repeat(10)}x`])(
    'is not what "%s" is',
    (text) => expect(parsePhone(text)).toBeNull(),
  );
});

describe('a number in a text', () => {
  const text = (spelling: string): string => `please call ${spelling}, after six; ref 12-3456`;

  it.each(SPELLINGS.flatMap((asked) => SPELLINGS.map((written) => [asked, written] as const)))(
    'asked for as %s is found as %s',
    (asked, written) => {
      for (const around of [written, text(written), `x\n${written}\ny`])
        expect(phonePattern(phone(asked)).test(around)).toBe(true);
    },
  );

  it.each([
    ['+919876512345', '9198765123459'],
    ['+919876512345', '+91987651234'],
    ['+919876512345', '+44 98765 12345'],
    ['+919876512345', 'x98765 12345'],
    ['+919876512345', '98765 12345-6'],
    ['555-1234', '+1 415 555-1234'],
  ])('asked for as %s is not in %s', (asked, written) => {
    expect(phonePattern(phone(asked)).test(text(written))).toBe(false);
  });
});
