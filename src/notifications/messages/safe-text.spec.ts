import { describe, expect, it } from '@jest/globals';
import { displayableName, toHeaderValue, linkableId, toSingleLine, displayableOrderId } from './safe-text.js';

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
    'Gal·la Placídia',
    'St. John',
    'Anne-Marie (Annie) Smith',
  ])('keeps %s', (name) => expect(displayableName(name)).toBe(name));

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
    ['a telephone number with commas', 'Call 9,0,0,5'],
    ['a telephone number that joiners hide', '9\u200d0\u200d0\u200d5'],
    ['a telephone number that marks hide', '9\u034f0\u034f0\u034f5'],
    ['full-width digits', 'Call ９００５'],
    ['circled digits', 'Call ①②③'],
    ['a host that a joiner hides', 'evil.\u200dcom'],
    ['a host that a joiner splits', 'evil.c\u200dom'],
    ['a host that a zero-width space hides', 'evil.\u200bcom'],
    ['a host that a variation selector hides', 'evil.\ufe0fcom'],
    ['a host that a Hangul filler hides', 'evil.\u3164com'],
    ['a host with an Arabic full stop', 'evil\u06d4com'],
    ['a host with a middle dot', 'evil·com'],
    ['a dot in brackets', 'evil(.)example'],
    ['a dot in brackets with blanks', 'evil ( . ) example'],
    ['a spelled dot', 'evil (dot) example'],
    ['a spelled dot without brackets', 'evil dot example'],
    ['punycode', 'xn--80ak6aa92e'],
    ['markup', '<script>alert(1)</script>'],
    ['a template', '{{constructor}}'],
    ['nothing but punctuation', '...'],
    ['nothing but controls', '\r\n\u202e\u0000'],
    ['nothing', ''],
    ['null', null],
  ])('drops %s', (_what, name) => expect(displayableName(name)).toBeNull());

  it('strips controls and bidi overrides', () => {
    expect(displayableName('Ada\u202e\r\nLovelace\u0007')).toBe('Ada Lovelace');
    expect(displayableName('\u200fAda\u2066')).toBe('Ada');
  });

  it('sees a host that invisible characters hide', () => {
    expect(displayableName('evil.c\u200bom.example')).toBeNull();
  });

  it('is at most 60 characters long, however it is written', () => {
    expect(displayableName('Ada '.repeat(100))).toHaveLength(59);
    expect(Array.from(displayableName('𝒜'.repeat(100)) ?? '')).toHaveLength(60);
  });
});

describe('an order id to show', () => {
  it.each([
    'ord_1',
    '6001',
    '#1001',
    'INV/2026/0042',
    'INV-2026/11-0042',
    '2026-11-26-000123',
    'SHOP-m-paid-first',
    'order_NOrd0001AbcDef',
    'cs_test_a1B2c3D4',
    '550e8400-e29b-41d4-a716-446655440000',
    '12345678-1234-4321-8765-123456789012',
    '01ARZ3NDEKTSV4RRFFQ69G5FAV',
    '112-1234567-1234567',
    '4507894691234',
    'ORD-0000123456',
    'SO.2026.11',
    'INV 2026 001',
  ])('is %s, also in a link', (id) => expect([displayableOrderId(id), linkableId(id)]).toEqual([id, id]));

  it.each([
    ['a sentence', 'call +1 900 555 0199 or visit evil.example'],
    ['an invitation', 'call 19005550199'],
    ['a link to dial', 'tel19005550199'],
    ['an invitation with hyphens', 'call-1-900-555-0199'],
    ['a telephone number', '1-900-555-0199'],
    ['a telephone number with a plus', '+19005550199'],
    ['a telephone number with brackets', '(900) 555-0199'],
    ['a telephone number with dots', '900.555.0199'],
    ['a telephone number with blanks', '1 900 555 0199'],
    ['full-width digits', '１９００５５５０１９９'],
    ['a host', 'evil.example'],
    ['a host with a path', 't.me/x'],
    ['a full-width dot', 'evil．example'],
    ['an ideographic dot', 'evil。example'],
    ['a dot in brackets', 'evil(.)example'],
    ['a dot in square brackets', 'evil[.]example'],
    ['a spelled dot', 'evil-dot-example'],
    ['punycode', 'xn--80ak6aa92e'],
    ['www', 'www-evil'],
    ['a scheme', 'https://evil'],
    ['no scheme', '//evil'],
    ['an address', 'eve@evil'],
    ['an IP address', '10.0.0.1'],
    ['a header', '1\r\nBcc: eve@evil.example'],
    ['a host that a joiner hides', 'evil.\u200dexample'],
    ['a host that a zero-width space hides', 'evil.\u200bexample'],
    ['a bidi override', '\u202e1001'],
    ['markup', '<b>1</b>'],
    ['a template', '{{automatic}}'],
    ['words', 'free money here now'],
    ['words without a number', 'free money'],
    ['too much', 'x'.repeat(1_001)],
    ['nothing', ''],
    ['null', null],
  ])('is not %s, nor in a link', (_what, id) =>
    expect([displayableOrderId(id), linkableId(id)]).toEqual([null, null]),
  );

  it('is linked as it is, or not at all', () => {
    expect(linkableId('x'.repeat(500))).toHaveLength(500);
    for (const id of [' 1', '1 ', '1\t2', '1  2']) expect(linkableId(id)).toBeNull();
  });
});

describe('other text that others wrote', () => {
  it('cannot end a header', () => {
    expect(toHeaderValue('Order 1\r\nBcc: x@evil.example')).toBe('Order 1 Bcc: x@evil.example');
    expect(toHeaderValue('a\u2028b\u0085c\u0000d')).toBe('a b c d');
  });

  it('is one short line', () => {
    expect(displayableOrderId(' ord\t1\n2 ')).toBe('ord 1 2');
    expect(displayableOrderId('\u202e\u0000')).toBeNull();
    expect(displayableOrderId('x'.repeat(500))).toHaveLength(100);
    expect(toSingleLine(null, 5)).toBeNull();
    expect(toSingleLine('\ud800ok', 5)).toBe('ok');
  });
});
