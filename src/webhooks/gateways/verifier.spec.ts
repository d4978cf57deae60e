import { createHash, createHmac } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { createEvidence } from './evidence.js';
import { fieldOf } from './fields/wire-fields.js';
import type { Evidence, Proof } from './proof.js';
import { signHeaders } from './sign-headers.js';
import { compileVerifier } from './verifier.js';

/** Signatures are made here by other means than the code under test. */
const hmacOf = (hash: string, key: string | Buffer, text: string): Buffer =>
  createHmac(hash, key).update(text).digest();

const NOW = new Date('2026-01-01T00:00:00.900Z');
const SECONDS = Math.floor(NOW.getTime() / 1000);
const BODY = '{"id":"1","amount":"10.00"}';
const verify = (proof: Proof | readonly Proof[], evidence: Partial<Evidence>) =>
  compileVerifier(proof).verify(
    createEvidence({ raw: Buffer.from(BODY), secrets: ['secret'], now: NOW, ...evidence }),
  );
const refusal = (proof: Proof | readonly Proof[], headers: Evidence['headers']) =>
  compileVerifier(proof).checkHeaders(createEvidence({ headers, secrets: ['secret'], now: NOW }));

const PROVEN = { ok: true, secret: 0 };
const NO_MATCH = { ok: false, reason: 'no_secret_matches' };

describe('an HMAC in a header', () => {
  it.each([
    [{}, hmacOf('sha256', 'secret', BODY).toString('hex')],
    [{ encoding: 'base64' }, hmacOf('sha256', 'secret', BODY).toString('base64')],
    [{ hash: 'sha512' }, hmacOf('sha512', 'secret', BODY).toString('hex')],
    [{ hash: 'sha1', encoding: 'base64' }, hmacOf('sha1', 'secret', BODY).toString('base64')],
  ] as const)('of %j', (row, signature) => {
    const proof: Proof = { by: 'hmac', at: { header: 'x-sign' }, ...row };
    expect(verify(proof, { headers: { 'x-sign': signature } })).toEqual(PROVEN);
    expect(verify(proof, { headers: { 'x-sign': signature }, secrets: ['other', 'secret'] })).toEqual({
      ok: true,
      secret: 1,
    });
    expect(verify(proof, { headers: { 'x-sign': signature }, secrets: ['other'] })).toEqual(NO_MATCH);
    expect(verify(proof, { headers: { 'x-sign': signature }, raw: Buffer.from(`${BODY} `) })).toEqual(
      NO_MATCH,
    );
  });

  it.each([
    ['hex', '00ff10', Buffer.from('00ff10', 'hex')],
    ['base64', 'AP8Q', Buffer.from('AP8Q', 'base64')],
    [(secret: string) => Buffer.from(secret.slice(3)), 'sk_key', Buffer.from('key')],
  ] as const)('reads its key as %p', (key, secret, bytes) => {
    const headers = { 'x-sign': hmacOf('sha256', bytes, BODY).toString('hex') };
    expect(verify({ by: 'hmac', key, at: { header: 'x-sign' } }, { headers, secrets: [secret] })).toEqual(
      PROVEN,
    );
  });

  it.each([
    ['text', ''],
    ['hex', ''],
    ['hex', 'not hexadecimal'],
    ['hex', 'abc'],
    ['base64', ''],
    ['base64', '!!!!'],
    [(): Buffer | null => null, 'any'],
    [(): Buffer | null => Buffer.alloc(0), 'any'],
  ] as const)('never matches under a key read as %p of %j, not even by an empty key', (key, secret) => {
    const headers = { 'x-sign': hmacOf('sha256', '', BODY).toString('hex') };
    expect(verify({ by: 'hmac', key, at: { header: 'x-sign' } }, { headers, secrets: [secret] })).toEqual(
      NO_MATCH,
    );
  });

  it('may have a prefix, and be one of a list', () => {
    const good = hmacOf('sha256', 'secret', BODY).toString('hex');
    const proof: Proof = { by: 'hmac', at: { header: 'x-sign', prefix: 'v1=', list: ' ' } };
    const forged = '0'.repeat(64);
    expect(verify(proof, { headers: { 'x-sign': `v1=${good}` } })).toEqual(PROVEN);
    expect(verify(proof, { headers: { 'x-sign': `v1=${forged} v0=${good} v1=${good}` } })).toEqual(PROVEN);
    expect(verify(proof, { headers: { 'x-sign': `v1=${forged} v0=${good}` } })).toEqual(NO_MATCH);
    expect(refusal(proof, { 'x-sign': good })).toMatchObject({ reason: 'malformed_signature' });
    expect(refusal(proof, { 'x-sign': `v1=${forged} `.repeat(21) })).toMatchObject({
      detail: 'x-sign has more than 20 entries',
    });
  });

  it('covers what the declaration names', () => {
    const url = 'https://shop.example/hook?a=1';
    const proof: Proof = {
      by: 'hmac',
      at: { header: 'x-sign' },
      covers: ({ publicUrl, raw, settings }) => [publicUrl(), settings.SALT ?? '', raw],
    };
    const headers = { 'x-sign': hmacOf('sha256', 'secret', `${url}salt${BODY}`).toString('hex') };
    const evidence = { headers, publicUrl: () => url, settings: { SALT: 'salt' } };
    expect(verify(proof, evidence)).toEqual(PROVEN);
    expect(verify(proof, { ...evidence, publicUrl: () => `${url}/` })).toEqual(NO_MATCH);
    expect(verify(proof, { ...evidence, settings: {} })).toEqual(NO_MATCH);
  });
});

describe('a signed time', () => {
  const proof = (unit: 's' | 'ms'): Proof => ({
    by: 'hmac',
    at: { header: 'x-sign' },
    time: { header: 'x-time', unit, maxAgeSeconds: 300, maxAheadSeconds: 60 },
    covers: ({ raw }, { time }) => [`${time}.`, raw],
  });
  const signedAt = (time: number): Evidence['headers'] => ({
    'x-time': String(time),
    'x-sign': hmacOf('sha256', 'secret', `${time}.${BODY}`).toString('hex'),
  });

  it.each([
    ['s', SECONDS - 300, PROVEN],
    ['s', SECONDS - 301, { ok: false, reason: 'too_old' }],
    ['s', SECONDS + 60, PROVEN],
    ['s', SECONDS + 61, { ok: false, reason: 'too_far_ahead' }],
    ['ms', NOW.getTime() - 300_000, PROVEN],
    ['ms', NOW.getTime() - 300_001, { ok: false, reason: 'too_old' }],
    ['ms', NOW.getTime() + 60_000, PROVEN],
    ['ms', NOW.getTime() + 60_001, { ok: false, reason: 'too_far_ahead' }],
  ] as const)('in %s at %d: %j', (unit, time, result) => {
    expect(verify(proof(unit), { headers: signedAt(time) })).toEqual(result);
  });

  it.each(['', '-1', '1.5', '1e9', '01', ' 1', '9'.repeat(16)])('is none where it is %j', (time) => {
    const headers = { ...signedAt(SECONDS), 'x-time': time };
    expect(refusal(proof('s'), headers)?.reason).toMatch(/missing|malformed/);
  });
});

describe('a signature in the body', () => {
  const digest: Proof = {
    by: 'digest',
    hash: 'sha512',
    at: { field: 'sign' },
    covers: (_, { item }, secret) => [String(fieldOf(item, 'id')), secret],
  };
  const signed = (sign: unknown): Partial<Evidence> => ({
    raw: Buffer.from(JSON.stringify({ id: 7, sign })),
  });
  const good = createHash('sha512').update('7secret').digest('hex');

  it('is a digest of fields and the secret', () => {
    expect(verify(digest, signed(good))).toEqual(PROVEN);
    expect(verify(digest, { ...signed(good), secrets: ['', 'other'] })).toEqual(NO_MATCH);
    expect(verify(digest, signed(undefined))).toEqual({ ok: false, reason: 'missing_signature' });
    expect(verify(digest, signed(good.slice(1)))).toEqual({ ok: false, reason: 'malformed_signature' });
    expect(verify(digest, signed([good]))).toEqual({ ok: false, reason: 'malformed_signature' });
    const unreadable = { ...signed(good), parse: () => undefined };
    expect(verify(digest, unreadable)).toEqual({ ok: false, reason: 'missing_signature' });
  });

  const each: Proof = {
    by: 'hmac',
    at: { field: 'sign' },
    each: (body) => (Array.isArray(fieldOf(body, 'items')) ? (fieldOf(body, 'items') as unknown[]) : []),
    covers: (_, { item }) => [String(fieldOf(item, 'id'))],
  };
  const itemOf = (id: string, secret: string) => ({ id, sign: hmacOf('sha256', secret, id).toString('hex') });
  const bodyOf = (...items: unknown[]): Partial<Evidence> => ({
    raw: Buffer.from(JSON.stringify({ items })),
  });

  it('of each event has to be right for all of them, under one secret', () => {
    const secrets = ['other', 'secret'];
    const both = bodyOf(itemOf('a', 'secret'), itemOf('b', 'secret'));
    expect(verify(each, { ...both, secrets })).toEqual({ ok: true, secret: 1 });
    const mixed = bodyOf(itemOf('a', 'secret'), itemOf('b', 'other'));
    expect(verify(each, { ...mixed, secrets })).toEqual(NO_MATCH);
    expect(verify(each, { ...bodyOf(itemOf('a', 'secret'), { id: 'b' }), secrets })).toMatchObject({
      ok: false,
    });
  });

  it('of no event proves nothing, and of more than 250 none is looked at', () => {
    expect(verify(each, bodyOf())).toEqual({ ok: false, reason: 'missing_signature' });
    const many = Array.from({ length: 251 }, (_, at) => itemOf(String(at), 'secret'));
    expect(verify(each, bodyOf(...many))).toMatchObject({ ok: false });
    expect(verify(each, bodyOf(...many.slice(1)))).toEqual(PROVEN);
  });
});

describe('a token', () => {
  const secrets = ['other', 'user:pass'];
  it('in a header, with what stands before it', () => {
    const proof: Proof = { by: 'token', at: { header: 'authorization', prefix: 'Bearer ' } };
    expect(verify(proof, { headers: { authorization: 'Bearer user:pass' }, secrets })).toEqual({
      ok: true,
      secret: 1,
    });
    for (const authorization of ['Bearer user:pas', 'Bearer ', 'user:pass', 'bearer user:pass'])
      expect(verify(proof, { headers: { authorization }, secrets })).toMatchObject({ ok: false });
    expect(refusal(proof, {})).toEqual({ reason: 'missing_signature', detail: 'authorization is missing' });
    expect(verify(proof, { headers: { authorization: 'Bearer ' }, secrets: [''] })).toMatchObject({
      ok: false,
    });
  });

  it('of Basic authentication', () => {
    const proof: Proof = { by: 'token', at: 'basic' };
    const basic = (text: string) => ({ authorization: `Basic ${Buffer.from(text).toString('base64')}` });
    expect(verify(proof, { headers: basic('user:pass'), secrets })).toEqual({ ok: true, secret: 1 });
    expect(verify(proof, { headers: basic('user:wrong'), secrets })).toEqual({
      ok: false,
      reason: 'bad_token',
    });
    expect(refusal(proof, { authorization: 'Basic %' })).toMatchObject({ reason: 'malformed_signature' });
  });
});

describe('several proofs', () => {
  const first: Proof = { by: 'hmac', at: { header: 'x-first' } };
  const later: Proof = {
    by: 'custom',
    checkHeaders: ({ headers }) =>
      headers['x-later'] ? null : { reason: 'missing_signature', detail: 'x-later is missing' },
    prove: ({ headers }) =>
      Promise.resolve(
        headers['x-later'] === 'good' ? { ok: true, secret: 0 } : { ok: false, reason: 'bad_token' },
      ),
    isCostly: (secret) => secret === 'public',
  };
  const signature = hmacOf('sha256', 'secret', BODY).toString('hex');

  it('prove by any of them', async () => {
    expect(await verify([first, later], { headers: { 'x-first': signature } })).toEqual(PROVEN);
    expect(await verify([first, later], { headers: { 'x-later': 'good' } })).toEqual(PROVEN);
    expect(await verify([later, first], { headers: { 'x-first': signature } })).toEqual(PROVEN);
  });

  it('refuse where all of them refuse, in the words of the one that found something', async () => {
    expect(await verify([first, later], { headers: { 'x-first': '0'.repeat(64) } })).toEqual(NO_MATCH);
    expect(refusal([first, later], { 'x-first': 'zz' })).toMatchObject({ reason: 'malformed_signature' });
    expect(refusal([first, later], {})).toEqual({
      reason: 'missing_signature',
      detail: 'x-first is missing',
    });
    expect(refusal([first, later], { 'x-later': 'any' })).toBeNull();
    expect(compileVerifier([first, later]).isCostly('public')).toBe(true);
    expect(() => compileVerifier([])).toThrow(RangeError);
  });
});

describe('what a simulator signs by a declaration', () => {
  const WINDOW = { maxAgeSeconds: 300, maxAheadSeconds: 300 };
  const raw = Buffer.from(BODY);
  it.each<[string, Proof]>([
    ['a plain header', { by: 'hmac', at: { header: 'x-sign', prefix: 'sha256=' } }],
    ['base64', { by: 'hmac', hash: 'sha512', at: { header: 'x-sign' }, encoding: 'base64' }],
    [
      'pairs',
      {
        by: 'hmac',
        at: { pairs: 'x-sign', separator: ';', signature: 'h1', time: 'ts' },
        time: { unit: 'ms', ...WINDOW },
        covers: ({ raw: body }, { time }) => [`${time}:`, body],
      },
    ],
    [
      'a time in a header',
      {
        by: 'hmac',
        at: { header: 'x-sign' },
        time: { header: 'x-time', ...WINDOW },
        covers: ({ raw: body }, { time }) => [`${time}`, body],
      },
    ],
    ['a token', { by: 'token', at: { header: 'x-token' } }],
    ['Basic authentication', { by: 'token', at: 'basic' }],
  ])('is what it verifies: %s', (_, proof) => {
    const headers = signHeaders(proof, { raw, secret: 'secret', now: NOW });
    expect(verify(proof, { headers })).toEqual(PROVEN);
    expect(verify(proof, { headers, secrets: ['other'] })).toMatchObject({ ok: false });
  });

  it('is refused where a declaration says too little', () => {
    const signing = { raw, secret: '', now: NOW };
    expect(() => signHeaders({ by: 'hmac', at: { header: 'x' } }, signing)).toThrow('gives no key');
    expect(() => signHeaders({ by: 'token', at: 'path' }, signing)).toThrow(RangeError);
    expect(() => signHeaders({ by: 'custom', prove: () => ({ ok: true, secret: 0 }) }, signing)).toThrow(
      RangeError,
    );
  });
});
