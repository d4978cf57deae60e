import { describe, expect, it } from '@jest/globals';
import { parseBody } from './parse-body.js';
import { quoteBigIntegers } from './quote-big-integers.js';

const read = (json: string): unknown => parseBody(Buffer.from(json), undefined, ['json'], true);

describe('whole numbers that a JavaScript number cannot hold', () => {
  it.each([
    ['{"id":9007199254740993}', { id: '9007199254740993' }],
    ['{"id":-9007199254740993}', { id: '-9007199254740993' }],
    ['[820982911946154508,1]', ['820982911946154508', 1]],
    ['9007199254740992000', '9007199254740992000'],
    ['{"id":9007199254740991}', { id: 9007199254740991 }],
    ['{"id":1234567890.12345678901}', { id: 1234567890.1234567 }],
    ['{"id":12345678901234567e2}', { id: 12345678901234567e2 }],
    ['{"9007199254740993":"9007199254740993"}', { '9007199254740993': '9007199254740993' }],
    ['{"a":"\\"9007199254740993,","b":9007199254740993}', { a: '"9007199254740993,', b: '9007199254740993' }],
  ])('%s', (json, value) => expect(read(json)).toEqual(value));

  it.each(['{"id":9007199254740993', '"9007199254740993', '90071992547409931x', '-', '0090071992547409931'])(
    'are none in what is no JSON: %s',
    (text) => expect(read(text)).toBeUndefined(),
  );

  it('stay numbers unless the gateway asks', () => {
    expect(parseBody(Buffer.from('[9007199254740993]'), undefined, ['json'])).toEqual([9007199254740992]);
    expect(quoteBigIntegers('{"a":1}')).toBe('{"a":1}');
  });
});
