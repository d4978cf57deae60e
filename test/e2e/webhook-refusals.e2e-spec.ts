import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { type IncomingMessage, request } from 'node:http';
import { type SignedRequest } from '../../src/simulator/gateway-simulator.js';
import {
  deliver,
  type Heard,
  hear,
  refusedBy,
  signed,
  SIGNING,
  type SigningGateway,
  success,
} from '../support/requests.js';
import { SECRETS, startTestApp, type TestApp } from '../support/test-app.js';

const MiB = 1024 * 1024;
const WORDING = { type: '/problems/not-verified', title: 'The request could not be verified', status: 401 };
const SIGNATURE = {
  stripe: 'stripe-signature',
  razorpay: 'x-razorpay-signature',
  standard: 'webhook-signature',
};

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.close());

/** Sends it, and checks that exactly one refusal was counted, under this reason. */
async function refusedFor(reason: string, request: SignedRequest, gateway: string): Promise<Heard> {
  const before = (await refusedBy(app, gateway))[reason] ?? 0;
  const heard = await deliver(app, request);
  expect((await refusedBy(app, gateway))[reason]).toBe(before + 1);
  expect(heard.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  expect(heard.json.status).toBe(heard.status);
  return heard;
}

const changed = (request: SignedRequest, headers: Record<string, string>): SignedRequest => ({
  ...request,
  headers: { ...request.headers, ...headers },
});

describe('the order of checks: the first that fails answers', () => {
  // Each request has every fault from its own on, so that an earlier check that came too late would be seen.
  const unsigned = (path: string, headers: Record<string, string>, body: Buffer): SignedRequest => ({
    path,
    headers,
    body,
  });
  const wrongType = { 'content-type': 'text/plain', 'content-encoding': 'gzip' };
  const huge = Buffer.alloc(MiB + 1, '{');

  it('404 for a gateway that is not there', async () => {
    const heard = await refusedFor(
      'unknown_gateway',
      unsigned('/webhooks/paypal', wrongType, huge),
      'unknown',
    );
    expect(heard.status).toBe(404);
  });

  it('404 for an account that is not there, a method that is not taken notwithstanding', async () => {
    const heard = await refusedFor(
      'unknown_account',
      unsigned('/webhooks/stripe/nobody', wrongType, huge),
      'stripe',
    );
    expect(heard.status).toBe(404);
    expect((await fetch(`${app.url}/webhooks/stripe/nobody`)).status).toBe(404);
  });

  it.each(['GET', 'PUT', 'DELETE', 'PATCH'])('405 for %s', async (method) => {
    const heard = await hear(
      await fetch(`${app.url}/webhooks/stripe`, { method, headers: { 'content-encoding': 'gzip' } }),
    );
    expect(heard.status).toBe(405);
    expect(heard.headers.get('allow')).toBe('POST');
  });

  it('415 for a content type, before size and signature', async () => {
    const heard = await refusedFor(
      'content_type',
      unsigned('/webhooks/stripe', { 'content-type': 'text/xml' }, huge),
      'stripe',
    );
    expect(heard.status).toBe(415);
  });

  it('415 for a content encoding', async () => {
    const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' };
    const heard = await refusedFor('content_encoding', unsigned('/webhooks/stripe', headers, huge), 'stripe');
    expect(heard.status).toBe(415);
  });

  it('413 for a size, before the signature', async () => {
    const heard = await refusedFor('too_large', unsigned('/webhooks/razorpay', {}, huge), 'razorpay');
    expect(heard.status).toBe(413);
  });

  it('401 for a signature, before the body is parsed', async () => {
    const request = signed('razorpay', 'not json', { secret: 'another secret' });
    expect((await refusedFor('no_secret_matches', request, 'razorpay')).status).toBe(401);
  });

  it('400 for a verified body that cannot be read', async () => {
    expect((await refusedFor('not_json', signed('razorpay', 'not json'), 'razorpay')).status).toBe(400);
  });

  it('200 for the body', async () => {
    expect((await deliver(app, success('razorpay'))).status).toBe(200);
  });
});

describe('401 has one wording for all its reasons', () => {
  const without = (gateway: SigningGateway): SignedRequest => {
    const { [SIGNATURE[gateway]]: _signature, ...headers } = success(gateway).headers;
    return { ...success(gateway), headers };
  };
  const cases: [string, string, () => SignedRequest][] = SIGNING.flatMap(
    (gateway): [string, string, () => SignedRequest][] => [
      ['missing_signature', gateway, () => without(gateway)],
      [
        'malformed_signature',
        gateway,
        () => changed(success(gateway), { [SIGNATURE[gateway]]: 'v1=zz,garbage' }),
      ],
      [
        'no_secret_matches',
        gateway,
        () => success(gateway, { secret: `${SECRETS[gateway].slice(0, -4)}AAAA` }),
      ],
    ],
  );
  const timed = (['stripe', 'standard'] as const).flatMap(
    (gateway): [string, string, () => SignedRequest][] => [
      ['too_old', gateway, () => success(gateway, { now: new Date(Date.now() - 400_000) })],
      ['too_far_ahead', gateway, () => success(gateway, { now: new Date(Date.now() + 400_000) })],
    ],
  );
  const token = (): SignedRequest =>
    success('ippopay', { secret: 'another-token-of-more-than-32-characters' });

  it.each([...cases, ...timed, ['bad_token', 'ippopay', token] as [string, string, () => SignedRequest]])(
    '%s of %s',
    async (reason, gateway, send) => {
      const heard = await refusedFor(reason, send(), gateway);
      expect({ status: heard.status, json: heard.json }).toEqual({ status: 401, json: WORDING });
      expect(heard.text).not.toContain(reason);
    },
  );

  it('a path of ippopay without a token', async () => {
    expect((await deliver(app, { ...token(), path: '/webhooks/ippopay' })).status).toBe(401);
  });
});

describe('pain 20: the window of a signed timestamp holds both ways, to the second', () => {
  afterEach(() => {
    jest.useRealTimers();
  });

  it.each([
    ['stripe', -300, 200],
    ['stripe', -301, 401],
    ['stripe', 300, 200],
    ['stripe', 301, 401],
    ['standard', -300, 200],
    ['standard', -301, 401],
    ['standard', 300, 200],
    ['standard', 301, 401],
  ] as const)('%s signed %d s from now answers %d', async (gateway, seconds, status) => {
    const request = success(gateway, { now: new Date(Date.now() + seconds * 1000) });
    // The clock stands still, at another fraction of the same second; timers go on.
    const real = [
      'setTimeout',
      'setInterval',
      'setImmediate',
      'clearTimeout',
      'clearInterval',
      'clearImmediate',
    ] as const;
    const others = ['nextTick', 'queueMicrotask', 'hrtime', 'performance'] as const;
    const signedAt = Number(
      request.headers['webhook-timestamp'] ?? /t=(\d+)/.exec(request.headers['stripe-signature'] ?? '')?.[1],
    );
    jest.useFakeTimers({ doNotFake: [...real, ...others], now: (signedAt - seconds) * 1000 + 999 });
    expect((await deliver(app, request)).status).toBe(status);
  });
});

describe('what cannot be right is refused before the body is read', () => {
  const stale = success('stripe', { now: new Date(Date.now() - 400_000) }).headers;
  const { 'stripe-signature': _signature, ...unsigned } = stale;

  it.each([
    ['a stale timestamp', 401, stale, 1000],
    ['no signature', 401, unsigned, 1000],
    ['a Content-Length that is too large', 413, stale, MiB + 1],
  ])('%s: %d while the sender has sent nothing of it', async (_what, status, headers, length) => {
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      const options = { method: 'POST', headers: { ...headers, 'content-length': length } };
      const outgoing = request(`${app.url}/webhooks/stripe`, options, resolve).on('error', reject);
      outgoing.flushHeaders();
    });
    expect(answer.statusCode).toBe(status);
    answer.destroy();
  });
});

describe('too many refusals from one address', () => {
  it('turn 401 into 429 with Retry-After, and never refuse a request that verifies', async () => {
    const forged = success('razorpay', { secret: 'another secret' });
    const answers: Heard[] = [];
    for (let round = 0; round < 10 && !answers.some(({ status }) => status === 429); round++) {
      answers.push(...(await Promise.all(Array.from({ length: 50 }, () => deliver(app, forged)))));
    }
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([401, 429]));
    const limited = answers.find(({ status }) => status === 429);
    expect(Number(limited?.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await refusedBy(app, 'razorpay')).rate_limited).toBeGreaterThan(0);

    expect((await deliver(app, success('razorpay'))).json).toMatchObject({ status: 'accepted' });
    // One or two are forgiven while they are sent.
    const nobody = { ...forged, path: '/webhooks/nobody' };
    const others = await Promise.all(Array.from({ length: 20 }, () => deliver(app, nobody)));
    expect(others.map(({ status }) => status)).toContain(429);
  });
});
