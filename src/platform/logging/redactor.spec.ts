import { describe, expect, it } from '@jest/globals';
import { redact, redactSecrets } from './redactor.js';

const HEX = 'a1'.repeat(32);
const BASE64 = `${'Ab1+/'.repeat(8)}abc=`;

const SECRETS: readonly (readonly [text: string, shown: string])[] = [
  ['postgres://user:pass@db:5432/pay', 'postgres://***@db:5432/pay'],
  ['postgresql://user:p@ss/w@db/pay?x=1', 'postgresql://***@db/pay?x=1'],
  ['cannot reach smtp://mailer:pass@mail:25', 'cannot reach smtp://***@mail:25'],
  ['smtps://key@mail', 'smtps://***@mail'],
  ['POST /webhooks/ippopay/tok-en_0123 HTTP/1.1', 'POST /webhooks/ippopay/*** HTTP/1.1'],
  ['/webhooks/ippopay/shop/tok-en_0123?a=b', '/webhooks/ippopay/***?a=b'],
  ['https://pay.example/webhooks/ippopay/tok-en', 'https://pay.example/webhooks/ippopay/***'],
  ['url=%2Fwebhooks%2Fippopay%2Ftok-en', 'url=%2Fwebhooks%2Fippopay/***'],
  ['Authorization: Bearer abc.DEF-123_~+/=', 'Authorization: Bearer ***'],
  ['bearer abcdef', 'bearer ***'],
  ['Basic dXNlcjpwYXNz', 'Basic ***'],
  ['secret whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw,', 'secret whsec_***,'],
  ['sk_live_abcDEF and pk_test_x', 'sk_*** and pk_***'],
  ['rk_live_51abc', 'rk_***'],
  ['sk_51HxyzABCDEF', 'sk_***'],
  [`t=1764000000,v1=${HEX}`, 't=1764000000,v1=***'],
  [`v1,${BASE64}`, 'v1,***'],
];

const PEOPLE: readonly (readonly [text: string, shown: string])[] = [
  ['550 <asha.rao+x@example.com> refused', '550 <***> refused'],
  ['mailto:asha@example.com', 'mailto:***'],
  ['customer=asha%40example.com&limit=1', 'customer=***&limit=1'],
  ['{"email":"asha@example.com"}', '{"email":"***"}'],
  ['आशा@उदाहरण.भारत is unknown', '*** is unknown'],
  ['call +919876543210.', 'call +***.'],
  ['call +49 (151) 234-567-89', 'call +***'],
  ['phone=%2B919876543210', 'phone=+***'],
  ['card 4242 4242 4242 4242', 'card **** **** **** 4242'],
];

const LEFT: readonly string[] = [
  'QueryFailedError 23505 uq_deliveries_key (DatabaseError 23505)',
  'QueryFailedError 23505 pk_handler_runs',
  'delivery 0192f0c1-0000-7000-8000-000000000001 failed, attempt 3: UntranslatableError',
  'alert-customer-on-payment-failed failed on event 0192f0c1-0000-7000-8000-000000000001, attempt 1: Error',
  'Embedded PostgreSQL in /var/lib/payhook/data',
  'listening on http://127.0.0.1:3000',
  'mail was not sent: EENVELOPE 550 at RCPT TO',
  'at Object.<anonymous> (file:///app/node_modules/@nestjs/core/router/router.js:12:34)',
  'no payload is under 1a2b3c4d any more: it may leave PAYLOAD_KEYS',
  'Mapped {/webhooks/*path, ALL} route',
  '2026-11-24T02:01:52.000Z +0530',
  'bearer key needed',
];

describe('the redactor', () => {
  it.each([...SECRETS, ...PEOPLE])('%s becomes %s', (text, shown) => {
    expect(redact(text)).toBe(shown);
  });

  it.each(LEFT)('leaves alone: %s', (text) => {
    expect(redact(text)).toBe(text);
  });

  it.each(SECRETS)('takes the secret out of %s, people or none', (text, shown) => {
    expect(redactSecrets(text)).toBe(shown);
  });

  it.each(PEOPLE.map(([text]) => text))('is of two minds: people stay where only secrets go: %s', (text) => {
    expect(redactSecrets(text)).toBe(text);
  });

  it('changes nothing more the second time', () => {
    for (const [, shown] of [...SECRETS, ...PEOPLE]) expect(redact(shown)).toBe(shown);
  });

  it('gets to the end of every long text', () => {
    for (const piece of [
      'a',
      'a.',
      'sk_',
      'Bearer ',
      '+1',
      '://',
      'a://',
      'x@',
      '%40',
      '/webhooks/x/',
      '1 ',
    ]) {
      expect(typeof redact(piece.repeat(20_000))).toBe('string');
    }
  });
});
