import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { stripeGateway } from '../gateways/stripe/stripe.gateway.js';
import { parseBody } from './parse-body.js';
import { interpretMessage } from './interpret-message.js';

const parse = (text: string): unknown => parseBody(Buffer.from(text), 'application/json', ['json']);

const INTENT = new URL(
  '../../../test/fixtures/stripe/2026-10-28.payment_intent.succeeded.json',
  import.meta.url,
);

describe('a body', () => {
  it.each(['"x"', '[[]]', 'null', '{"prototype":{}}'])(
    'may name a field constructor in what its sender is free to write, with the value %s',
    (value) => {
      const text = readFileSync(INTENT, 'utf8').replace(/"metadata":\s*\{/, `$&"constructor":${value},`);
      const raw = Buffer.from(text.replace(/,(\s*\})/g, '$1'));
      const headers = { 'content-type': 'application/json' };
      const body = parseBody(raw, headers['content-type'], ['json']);
      const message = {
        raw,
        body,
        headers,
        receivedAt: new Date(),
        settings: {},
        provenance: 'received',
        mode: 'live',
      } as const;
      expect(raw.toString()).toContain('constructor');
      expect(interpretMessage(stripeGateway, message).content.kind).toBe('reports');
    },
  );

  it('is otherwise what its bytes say', () => {
    expect(parse('{"a":[{"constructor":1,"b":null}],"c":"constructor"}')).toEqual({
      a: [{ b: null }],
      c: 'constructor',
    });
    expect(parse('"text"')).toBe('text');
    expect(parse('null')).toBeNull();
  });
});

describe('how deep a body nests', () => {
  const nested = (opening: string, closing: string, times: number): string =>
    opening.repeat(times) + '1' + closing.repeat(times);

  it.each([
    ['64 arrays', nested('[', ']', 64)],
    ['32 objects and as many arrays, in turns', nested('{"a":[', ']}', 32)],
    ['a hundred side by side', `[${'[],'.repeat(99)}{}]`],
    ['a hundred in a text', JSON.stringify('{['.repeat(50))],
  ])('%s are taken', (_, text) => {
    expect(parse(text)).toEqual(JSON.parse(text));
  });

  it.each([
    ['65 arrays', nested('[', ']', 65)],
    ['65 objects', nested('{"a":', '}', 65)],
    ['32 objects and as many arrays in one more', `[${nested('{"a":[', ']}', 32)}]`],
  ])('%s are not', (_, text) => {
    expect(parse(text)).toBeUndefined();
  });
});
