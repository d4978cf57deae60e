import { describe, expect, it } from '@jest/globals';
import { PLACEHOLDERS, usableEmail } from './contact.js';

describe('an address that can be written to', () => {
  it.each([
    'ada@example.com',
    'ada@example.test',
    'Ada.Lovelace+orders@mail.shop.example',
    "o'brien@example.com",
    'x@a-b.co',
    'ada@müller.example',
    'गौरव@डाटामेल.भारत',
  ])('is %s', (email) => expect(usableEmail(email)).toBe(email));

  it('may have blanks around it', () => expect(usableEmail('  ada@example.com\t')).toBe('ada@example.com'));

  it.each([
    null,
    '',
    ' ',
    'ada',
    '@example.com',
    'ada@',
    'ada@localhost',
    'ada@127.0.0.1',
    'ada@[127.0.0.1]',
    'ada@@example.com',
    'ada@evil@example.com',
    'ada@example.com,eve@example.com',
    'ada@example.com;eve@example.com',
    'Ada <ada@example.com>',
    'ada lovelace@example.com',
    '"ada"@example.com',
    'ada(x)@example.com',
    'ada@example.com\r\nBcc: eve@example.com',
    'ada@example.com\n',
    'ada\u0000@example.com',
    'ada\u202e@example.com',
    'ada@exa\u200bmple.com',
    '.ada@example.com',
    'ada..l@example.com',
    'ada@example..com',
    'ada@-example.com',
    'ada@example.c',
    `${'a'.repeat(65)}@example.com`,
    `ada@${'a'.repeat(64)}.com`,
    `ada@${'abc.'.repeat(70)}com`,
  ])('is not %j', (email) => expect(usableEmail(email)).toBeNull());

  it.each(['ada@shop.invalid', 'ada@x.INVALID'])('is not the placeholder %s', (email) =>
    expect(usableEmail(email)).toBeNull(),
  );

  it('is not lost to a placeholder it merely resembles', () => {
    expect(usableEmail('avoid@razorpay.com')).toBe('avoid@razorpay.com');
    expect(usableEmail('void@razorpay.com.example')).toBe('void@razorpay.com.example');
    expect(PLACEHOLDERS.every(({ why }) => why.length > 10)).toBe(true);
  });
});
