import { describe, expect, it } from '@jest/globals';
import { greetingName, headerValue, oneLine, shownOrder } from './safe-text.js';

describe('a name to greet by', () => {
  it.each([
    'Ada Lovelace',
    "Siobhán O'Brien-Müller",
    'J.R. Tolkien',
    'Dr. Grace Hopper',
    'गौरव कुमार',
    'श\u094d\u200dयाम',
    '山田 太郎',
    'محمد',
    'Meier & Söhne',
    'Henry 8',
  ])('keeps %s', (name) => expect(greetingName(name)).toBe(name));

  it.each([
    ['a scheme', 'Ada https://evil.example'],
    ['any scheme', 'javascript://x'],
    ['www', 'WWW.evil'],
    ['a bare host', 'Win at evil.com now'],
    ['a host of another script', 'приз.рф'],
    ['an ideographic dot', 'evil。com'],
    ['a full-width dot', 'evil．com'],
    ['an address', 'ada@evil'],
    ['an IP address', 'go 10.0.0.1'],
    ['a telephone number', 'Call 1800 555'],
    ['markup', '<script>alert(1)</script>'],
    ['a template', '{{constructor}}'],
    ['nothing but punctuation', '...'],
    ['nothing but controls', '\r\n\u202e\u0000'],
    ['nothing', ''],
    ['null', null],
  ])('drops %s', (_what, name) => expect(greetingName(name)).toBeNull());

  it('strips controls and bidi overrides', () => {
    expect(greetingName('Ada\u202e\r\nLovelace\u0007')).toBe('Ada Lovelace');
    expect(greetingName('\u200fAda\u2066')).toBe('Ada');
  });

  it('sees a host that invisible characters hide', () => {
    expect(greetingName('evil.c\u200bom.example')).toBeNull();
  });

  it('is at most 60 characters long, however it is written', () => {
    expect(greetingName('Ada '.repeat(100))).toHaveLength(59);
    expect(Array.from(greetingName('𝒜'.repeat(100)) ?? '')).toHaveLength(60);
  });
});

describe('other text that others wrote', () => {
  it('cannot end a header', () => {
    expect(headerValue('Order 1\r\nBcc: x@evil.example')).toBe('Order 1 Bcc: x@evil.example');
    expect(headerValue('a\u2028b\u0085c\u0000d')).toBe('a b c d');
  });

  it('is one short line', () => {
    expect(shownOrder(' ord\t1\n2 ')).toBe('ord 1 2');
    expect(shownOrder('\u202e\u0000')).toBeNull();
    expect(shownOrder('x'.repeat(500))).toHaveLength(100);
    expect(oneLine(null, 5)).toBeNull();
    expect(oneLine('\ud800ok', 5)).toBe('ok');
  });
});
