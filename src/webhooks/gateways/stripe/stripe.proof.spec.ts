import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { createEvidence } from '../evidence.js';
import { type Evidence } from '../gateway.js';
import { verifierOf } from '../verifier.js';
import { stripeGateway } from './stripe.gateway.js';
import { signStripe } from './stripe.simulator.js';

interface Vector {
  name: string;
  secrets: string[];
  headers: { 'Stripe-Signature': string };
  body: string;
  now: number;
  expect: string;
}
const { vectors } = JSON.parse(readFileSync('test/fixtures/vectors/stripe.json', 'utf8')) as {
  vectors: Vector[];
};

const NOW = new Date('2026-01-01T00:00:00.400Z');
const SECOND = Date.UTC(2026, 0, 1) / 1000;
const RAW = Buffer.from('{"id":"evt_1"}');
const SECRET = 'whsec_of_this_test';
const HEX = 'ab'.repeat(32);

const inputOf = (signature: string | undefined, more: Partial<Evidence> = {}): Evidence =>
  createEvidence({
    raw: RAW,
    headers: { 'stripe-signature': signature },
    url: '/webhooks/stripe',
    token: null,
    secrets: [SECRET],
    now: NOW,
    ...more,
  });

describe("Stripe's signature", () => {
  it.each(vectors)('$name is $expect', async (vector) => {
    const input = inputOf(vector.headers['Stripe-Signature'], {
      raw: Buffer.from(vector.body),
      secrets: vector.secrets,
      now: new Date(vector.now * 1000),
    });
    expect((await verifierOf(stripeGateway).verify(input)).ok).toBe(vector.expect === 'valid');
  });

  it('tells which of the secrets in use matched', async () => {
    const input = inputOf(signStripe(RAW, SECRET, NOW), { secrets: ['whsec_newer', SECRET] });
    expect(await verifierOf(stripeGateway).verify(input)).toEqual({ ok: true, secret: 1 });
  });

  it('takes the whole secret as the key, with its prefix', async () => {
    const input = inputOf(signStripe(RAW, SECRET.replace('whsec_', ''), NOW));
    expect(await verifierOf(stripeGateway).verify(input)).toEqual({ ok: false, reason: 'no_secret_matches' });
  });

  it.each([
    [undefined, 'missing_signature'],
    ['', 'missing_signature'],
    ['nonsense', 'malformed_signature'],
    [`v1=${HEX}`, 'malformed_signature'],
    [`t=,v1=${HEX}`, 'malformed_signature'],
    [`t=1e9,v1=${HEX}`, 'malformed_signature'],
    [`t=-${SECOND},v1=${HEX}`, 'malformed_signature'],
    [`t=${SECOND},t=${SECOND},v1=${HEX}`, 'malformed_signature'],
    [`t=${SECOND}`, 'malformed_signature'],
    [`t=${SECOND},v0=${HEX}`, 'malformed_signature'],
    [`t=${SECOND},v1=${HEX.slice(2)}`, 'malformed_signature'],
    [`t=${SECOND},v1=${HEX}=`, 'malformed_signature'],
    [`t=${SECOND}${`,v1=${HEX}`.repeat(21)}`, 'malformed_signature'],
    [`t=${SECOND},v1=${HEX},pad=${'x'.repeat(5000)}`, 'malformed_signature'],
    [`t=${SECOND - 301},v1=${HEX}`, 'too_old'],
    [`t=${SECOND + 301},v1=${HEX}`, 'too_far_ahead'],
  ])('refuses %s before the body is read: %s', async (header, reason) => {
    expect(verifierOf(stripeGateway).checkHeaders(inputOf(header))?.reason).toBe(reason);
    expect(await verifierOf(stripeGateway).verify(inputOf(header))).toEqual({ ok: false, reason });
  });

  it.each([-300, 0, 300])('goes on with a timestamp %d s from our clock', async (offset) => {
    const input = inputOf(signStripe(RAW, SECRET, new Date(NOW.getTime() + offset * 1000)));
    expect(verifierOf(stripeGateway).checkHeaders(input)).toBeNull();
    expect(await verifierOf(stripeGateway).verify(input)).toEqual({ ok: true, secret: 0 });
  });

  it('looks past a v1 that is no signature to one that is', async () => {
    const input = inputOf(signStripe(RAW, SECRET, NOW).replace(',', ',v1=short,'));
    expect(await verifierOf(stripeGateway).verify(input)).toEqual({ ok: true, secret: 0 });
  });
});
