import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { createEvidence } from '../evidence.js';
import { type Evidence } from '../gateway.js';
import { verifierOf } from '../verifier.js';
import { razorpayGateway } from './razorpay.gateway.js';
import { signRazorpay } from './razorpay.simulator.js';

interface Vector {
  name: string;
  secrets: string[];
  headers: { 'X-Razorpay-Signature': string; 'x-razorpay-event-id': string };
  body: string;
  now: number;
  expect: string;
}
const { vectors } = JSON.parse(readFileSync('test/fixtures/vectors/razorpay.json', 'utf8')) as {
  vectors: Vector[];
};

const RAW = Buffer.from('{"event":"payment.captured"}');
const SECRET = 'free text, as chosen';

const inputOf = (signature: string | undefined, more: Partial<Evidence> = {}): Evidence =>
  createEvidence({
    raw: RAW,
    headers: { 'x-razorpay-signature': signature },
    url: '/webhooks/razorpay',
    token: null,
    secrets: [SECRET],
    now: new Date('2026-01-01T00:00:00Z'),
    ...more,
  });

describe("Razorpay's signature", () => {
  it.each(vectors)('$name is $expect', async (vector) => {
    const input = inputOf(vector.headers['X-Razorpay-Signature'], {
      raw: Buffer.from(vector.body),
      secrets: vector.secrets,
    });
    expect((await verifierOf(razorpayGateway).verify(input)).ok).toBe(vector.expect === 'valid');
  });

  it('is taken in upper case as well, under the secret before the newest too', async () => {
    const signature = signRazorpay(RAW, SECRET).toUpperCase();
    expect(
      await verifierOf(razorpayGateway).verify(inputOf(signature, { secrets: ['newer', SECRET] })),
    ).toEqual({
      ok: true,
      secret: 1,
    });
  });

  const good = signRazorpay(RAW, SECRET);
  it.each([
    [undefined, 'missing_signature'],
    ['', 'missing_signature'],
    [good.slice(1), 'malformed_signature'],
    [`${good}0`, 'malformed_signature'],
    [`${good.slice(1)}g`, 'malformed_signature'],
    [`${good}, ${good}`, 'malformed_signature'],
    [Buffer.from(good, 'hex').toString('base64'), 'malformed_signature'],
  ])('refuses %s before the body is read: %s', async (header, reason) => {
    expect(verifierOf(razorpayGateway).checkHeaders(inputOf(header))?.reason).toBe(reason);
    expect(await verifierOf(razorpayGateway).verify(inputOf(header))).toEqual({ ok: false, reason });
  });

  it('refuses what another secret signed, and what was changed by a byte', async () => {
    const refused = { ok: false, reason: 'no_secret_matches' };
    expect(verifierOf(razorpayGateway).checkHeaders(inputOf(good))).toBeNull();
    expect(await verifierOf(razorpayGateway).verify(inputOf(signRazorpay(RAW, 'other')))).toEqual(refused);
    expect(
      await verifierOf(razorpayGateway).verify(
        inputOf(good, { raw: Buffer.concat([RAW, Buffer.from('\n')]) }),
      ),
    ).toEqual(refused);
  });
});
