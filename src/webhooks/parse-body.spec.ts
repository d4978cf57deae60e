import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { stripeGateway } from './gateways/stripe/stripe.gateway.js';
import { parseBody } from './parse-body.js';
import { readMessage } from './read-message.js';

const parse = (text: string): unknown => parseBody(Buffer.from(text), 'application/json', ['json']);

const INTENT = new URL(
  '../../test/fixtures/stripe/2026-10-28.payment_intent.succeeded.json',
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
        provenance: 'received',
        mode: 'live',
      } as const;
      expect(raw.toString()).toContain('constructor');
      expect(readMessage(stripeGateway, message).says.is).toBe('reports');
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
