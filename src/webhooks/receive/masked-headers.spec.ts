import { describe, expect, it } from '@jest/globals';
import { maskHeaders } from './masked-headers.js';

const SECRET = 'a-secret-of-the-account-0123456789';
const masked = (name: string, value: string): string | undefined =>
  maskHeaders([name, value], [SECRET])[0]?.[1];

const AUTHENTICATING = [
  'Authorization',
  'Proxy-Authorization',
  'X-Forwarded-Authorisation',
  'Cookie',
  'Set-Cookie',
  'Stripe-Signature',
  'X-Razorpay-Signature',
  'webhook-signature',
  'X-Hub-Signature-256',
  'X-Sig',
  'x-sign',
  'X-Api-Key',
  'x_api_key',
  'ApiKey',
  'X-Access-Key',
  'X-Auth',
  'X-Auth-Token',
  'X-CSRF-Token',
  'X-Client-Secret',
  'X-Amz-Security-Token',
  'X-Shop-HMAC',
  'X-Password',
  'X-Session-Id',
  'X-Goog-IAP-JWT-Assertion',
  'X-Forwarded-Client-Cert',
  'X-Otp',
] as const;

const PLAIN: readonly (readonly [name: string, value: string])[] = [
  ['Content-Type', 'application/json; charset=utf-8'],
  ['Host', 'pay.example:443'],
  ['User-Agent', 'Stripe/1.0 (+https://stripe.com/docs/webhooks)'],
  ['X-Razorpay-Event-Id', 'evt_0123456789ABCD'],
  ['webhook-id', 'msg_2KWPBgLlAfxdpx2AI54pPJ85f4W'],
  ['webhook-timestamp', '1764000000'],
  ['Idempotency-Key', '0192f0c1-0000-7000-8000-000000000001'],
  ['X-Forwarded-For', '203.0.113.7'],
  ['X-Design', 'new'],
  ['X-Keyboard', 'qwerty'],
];

const TELLING: readonly (readonly [name: string, value: string, shown: string])[] = [
  ['X-Original-URL', '/webhooks/ippopay/token-of-some-kind', '/webhooks/ippopay/***'],
  ['X-Forwarded-Uri', `/hooks?t=${SECRET}`, '/hooks?t=***'],
  ['Referer', 'https://user:pass@shop.example/x', 'https://***@shop.example/x'],
  ['X-Upstream', 'Bearer abcdef', 'Bearer ***'],
  ['X-Note', `whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw`, 'whsec_***'],
  ['X-Copy', `${SECRET},${SECRET}`, '***,***'],
];

describe('stored headers', () => {
  it.each(AUTHENTICATING)('keep only the name of %s', (name) => {
    expect(maskHeaders([name, 'value'])).toEqual([[name, '***']]);
  });

  it.each(PLAIN)('keep %s as received', (name, value) => {
    expect(masked(name, value)).toBe(value);
  });

  it.each(TELLING)('mask what is secret in %s: %s', (name, value, shown) => {
    expect(masked(name, value)).toBe(shown);
  });

  it('keep order, spelling and repetition, and leave out a name without a value', () => {
    expect(maskHeaders(['B', '1', 'a', '2', 'B', '3', 'lonely'])).toEqual([
      ['B', '1'],
      ['a', '2'],
      ['B', '3'],
    ]);
  });
});
