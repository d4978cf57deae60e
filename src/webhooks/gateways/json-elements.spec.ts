import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { elementsOf } from './json-elements.js';

const texts = (json: string, field = 'data'): string[] | undefined =>
  elementsOf(Buffer.from(json), field)?.map((element) => element.toString());

describe('the elements of an array in JSON', () => {
  it('are the bytes that came: long integers, decimals, escapes and spaces', () => {
    const elements = [
      '{ "id" : 9007199254740993, "fee":170.00 }',
      '"\\u00e9\\/"',
      '{"a":["x",{"b":"]}"}]}',
      '-1.5e3',
    ];
    expect(texts(`{"object":"list", "data" : [ ${elements.join(' ,\n')} ], "has_more":false}`)).toEqual(
      elements,
    );
  });

  it('of the last field of that name, however it is spelled, and of no other', () => {
    expect(texts('{"data":[1],"d\\u0061ta":[2],"x":{"data":[3]}}')).toEqual(['2']);
    expect(texts('{"data":{}}')).toBeUndefined();
    expect(texts('{"x":[1]}')).toBeUndefined();
    expect(texts('[1]')).toBeUndefined();
    expect(texts('{"data":[]}')).toEqual([]);
  });

  it('are what JSON.parse reads, whatever stands around and inside of them', () => {
    fc.assert(
      fc.property(
        fc.array(fc.jsonValue()),
        fc.jsonValue(),
        fc.jsonValue(),
        fc.constantFrom(0, 1, 2),
        (data, a, b, indent) => {
          const json = JSON.stringify({ a, data, b }, null, indent);
          const plain: unknown = JSON.parse(JSON.stringify(data));
          expect(texts(json)?.map((element) => JSON.parse(element) as unknown)).toEqual(plain);
        },
      ),
    );
  });
});
