import { createHmac, generateKeyPairSync, sign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { createEvidence } from '../evidence.js';
import { type Evidence } from '../gateway.js';
import { verifierOf } from '../verifier.js';
import { CannotVerifyNowError } from '../gateway.js';
import { standardGateway } from './standard.gateway.js';
import { makeStandardSecret, standardSecretIssue } from './standard.secrets.js';
import { standardSignature } from './standard.proof.js';

interface Vector {
  name: string;
  secrets: string[];
  headers: Record<string, string>;
  body: string;
  now: number;
  expect: 'valid' | 'invalid';
  reason?: string;
}

const fixture = new URL('../../../../test/fixtures/standard/vectors.json', import.meta.url);
const { vectors } = JSON.parse(readFileSync(fixture, 'utf8')) as { vectors: Vector[] };

const REASONS: Readonly<Record<string, string>> = {
  signature_mismatch: 'no_secret_matches',
  timestamp_too_old: 'too_old',
  timestamp_in_future: 'too_far_ahead',
  missing_header: 'missing_signature',
};

const input = (vector: Vector): Evidence =>
  createEvidence({
    raw: Buffer.from(vector.body),
    headers: vector.headers,
    url: '/webhooks/standard',
    token: null,
    secrets: vector.secrets,
    now: new Date(vector.now * 1000),
  });

const good = vectors[0] as Vector;
const [secret = ''] = good.secrets;
const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
const signature = good.headers['webhook-signature'] ?? '';
const withHeaders = (headers: Record<string, string | undefined>): Evidence => ({
  ...input(good),
  headers: { ...good.headers, ...headers },
});
const verdict = (verified: Evidence) => verifierOf(standardGateway).verify(verified);

describe('the signature of standard', () => {
  it.each(vectors.map((vector) => [vector.name, vector] as const))(
    'agrees with the vector %s',
    (_, vector) => {
      const expected =
        vector.expect === 'valid'
          ? { ok: true, secret: 0 }
          : { ok: false, reason: REASONS[vector.reason ?? ''] };
      expect(verdict(input(vector))).toEqual(expected);
      expect(vector.secrets.map(standardSecretIssue)).toEqual(vector.secrets.map(() => null));
    },
  );

  it.each([
    ['no id', { 'webhook-id': undefined }, 'missing_signature'],
    ['an empty id', { 'webhook-id': '' }, 'missing_signature'],
    ['no timestamp', { 'webhook-timestamp': undefined }, 'missing_signature'],
    ['no signature', { 'webhook-signature': undefined }, 'missing_signature'],
    ['a timestamp that begins with digits', { 'webhook-timestamp': '1767225600abc' }, 'malformed_signature'],
    ['a timestamp with a point', { 'webhook-timestamp': '1767225600.0' }, 'malformed_signature'],
    ['a signed timestamp', { 'webhook-timestamp': '+1767225600' }, 'malformed_signature'],
    ['an endless timestamp', { 'webhook-timestamp': '9'.repeat(400) }, 'malformed_signature'],
    ['no version', { 'webhook-signature': signature.slice(3) }, 'malformed_signature'],
    ['a short signature', { 'webhook-signature': 'v1,AAAA' }, 'malformed_signature'],
    ['unknown versions alone', { 'webhook-signature': signature.replace('v1', 'v2') }, 'malformed_signature'],
    [
      'another case of the version',
      { 'webhook-signature': signature.replace('v1', 'V1') },
      'malformed_signature',
    ],
    ['too long a list', { 'webhook-signature': `${signature} `.repeat(200) }, 'malformed_signature'],
    [
      'the right one behind more than twenty',
      { 'webhook-signature': `${`v1,${'A'.repeat(43)}= `.repeat(20)}${signature}` },
      'no_secret_matches',
    ],
  ])('refuses %s', (_, headers, reason) => {
    expect(verdict(withHeaders(headers))).toEqual({ ok: false, reason });
  });

  it('refuses from the headers alone what no body could make right', () => {
    const { raw: _, ...headersOnly } = withHeaders({ 'webhook-timestamp': '1' });
    expect(verifierOf(standardGateway).checkHeaders(headersOnly)?.reason).toBe('too_old');
    expect(verifierOf(standardGateway).checkHeaders({ ...headersOnly, headers: good.headers })).toBeNull();
  });

  it('covers the very bytes of an id that is not ASCII', () => {
    const sent = createHmac('sha256', key).update(`m\u00e9.1767225600.${good.body}`).digest('base64');
    const asNodeReadsIt = Buffer.from('m\u00e9', 'utf8').toString('latin1');
    const headers = { 'webhook-id': asNodeReadsIt, 'webhook-signature': `v1,${sent}` };
    expect(verdict(withHeaders(headers))).toEqual({ ok: true, secret: 0 });
  });

  it('tells which secret matched', () => {
    const older = { ...input(good), secrets: [makeStandardSecret(Buffer.alloc(32, 7)), secret] };
    expect(verdict(older)).toEqual({ ok: true, secret: 1 });
  });
});

describe('asymmetric signatures', () => {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const whpk = `whpk_${publicKey.export({ format: 'der', type: 'spki' }).subarray(-32).toString('base64')}`;
  const message = `${good.headers['webhook-id']}.${good.headers['webhook-timestamp']}.${good.body}`;
  const v1a = `v1a,${sign(null, Buffer.from(message), privateKey).toString('base64')}`;
  const signedBy = (list: string, secrets: string[]) => ({
    ...withHeaders({ 'webhook-signature': list }),
    secrets,
  });

  it('are verified with the public key', async () => {
    expect(await verdict(signedBy(v1a, [whpk]))).toEqual({ ok: true, secret: 0 });
    expect(await verdict(signedBy(`${signature} ${v1a}`, [whpk]))).toEqual({ ok: true, secret: 0 });
  });

  it('cover the body', async () => {
    expect(await verdict({ ...signedBy(v1a, [whpk]), raw: Buffer.from('{}') })).toMatchObject({ ok: false });
  });

  it('and the symmetric ones do not stand in for each other', async () => {
    expect(await verdict(signedBy(signature, [whpk]))).toEqual({ ok: false, reason: 'no_secret_matches' });
    expect(await verdict(signedBy(v1a, [secret]))).toEqual({ ok: false, reason: 'no_secret_matches' });
    // A public key is known to all: used as an HMAC key it would prove nothing.
    const asHmac = standardSignature(
      Buffer.from(whpk.slice(5), 'base64'),
      good.headers['webhook-id'] ?? '',
      good.headers['webhook-timestamp'] ?? '',
      Buffer.from(good.body),
    );
    expect(await verdict(signedBy(asHmac, [whpk]))).toEqual({ ok: false, reason: 'no_secret_matches' });
  });

  it('are three at most that are looked at', async () => {
    const forged = `v1a,${Buffer.alloc(64).toString('base64')}`;
    const after = (count: number) => signedBy(`${`${forged} `.repeat(count)}${v1a}`, [whpk]);
    expect(await verdict(after(2))).toEqual({ ok: true, secret: 0 });
    expect(await verdict(after(3))).toEqual({ ok: false, reason: 'no_secret_matches' });
    // Entries of other versions, and of what is no signature, do not count.
    const list = `v2,x v1a,x ${signature} ${v1a}`;
    expect(await verdict(signedBy(list, [whpk]))).toEqual({ ok: true, secret: 0 });
  });

  it('are checked off the main thread, and beyond a bound not at all now', async () => {
    const forged = signedBy(v1a, [whpk]);
    const answers = Array.from({ length: 1400 }, () =>
      Promise.resolve(verdict({ ...forged, raw: Buffer.from('{}') })).catch((error: unknown) => error),
    );
    const settled = await Promise.all(answers);
    const refused = settled.filter((one) => one instanceof CannotVerifyNowError).length;
    expect(refused).toBeGreaterThan(200);
    expect(settled.length - refused).toBeGreaterThanOrEqual(1000);
    // What waited is through: there is room again.
    expect(await verdict(forged)).toEqual({ ok: true, secret: 0 });
  });
});

describe('the secrets of standard', () => {
  const base64 = (length: number) => Buffer.alloc(length, 0xfb).toString('base64');

  it.each([base64(24), `whsec_${base64(24)}`, `whsec_${base64(64)}`, `whsec_${base64(32).replace('=', '')}`])(
    'may be %s',
    (each) => expect(standardSecretIssue(each)).toBeNull(),
  );
  it('may be a public key', () => expect(standardSecretIssue(`whpk_${base64(32)}`)).toBeNull());

  it.each([
    [`whsec_${base64(23)}`, /24 to 64 bytes/],
    [`whsec_${base64(65)}`, /24 to 64 bytes/],
    ['whsec_', /24 to 64 bytes/],
    ['', /24 to 64 bytes/],
    ['whsec_not base64 at all, though it is long enough', /24 to 64 bytes/],
    [`whpk_${base64(31)}`, /32-byte/],
    [`whsk_${base64(64)}`, /private signing key/],
  ])('may not be %s', (each, sentence) => {
    expect(standardSecretIssue(each)).toMatch(sentence);
  });

  it('are made of random bytes', () => {
    const made = standardGateway.makeSecret?.(Buffer.alloc(32, 1));
    expect(made).toBe(`whsec_${Buffer.alloc(32, 1).toString('base64')}`);
    expect(standardSecretIssue(made ?? '')).toBeNull();
  });
});
