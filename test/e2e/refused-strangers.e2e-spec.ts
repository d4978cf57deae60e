import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { SignedRequest } from '../../src/simulator/gateway-simulator.js';
import { toWireBytes } from '../../tools/flood/pipelined-connection.js';
import { pipelined } from '../support/pipelining.js';
import { deliver, type Heard, hear, refusedBy, success } from '../support/requests.js';
import { API_KEY, SECRETS, startTestApp, type TestApp } from '../support/test-app.js';

let app: TestApp;
/** An address that no other test has. */
let here = '';
let addresses = 0;
beforeEach(() => {
  here = `203.0.113.${++addresses}`;
});
beforeAll(async () => {
  const environment = { REFUSAL_BURST: '4', REFUSALS_PER_SECOND: '1', TRUST_PROXY: '1' };
  app = await startTestApp({ environment });
});
afterAll(() => app.close());

const from = (address: string, path: string, init: RequestInit = {}): Promise<Heard> =>
  fetch(app.url + path, { ...init, headers: { 'x-forwarded-for': address, ...init.headers } }).then(hear);

const post = (address: string, { path, headers, body }: SignedRequest): Promise<Heard> =>
  from(address, path, { method: 'POST', headers, body: new Uint8Array(body) });

/** All at once: what is forgiven meanwhile is a request or two. */
const often = (send: () => Promise<Heard>): Promise<Heard[]> =>
  Promise.all(Array.from({ length: 16 }, () => send()));

const exhaust = (address = here): Promise<Heard[]> => often(() => from(address, '/nope'));
const spelt = (request: SignedRequest, path: string): SignedRequest => ({ ...request, path });
const forged = (path = '/webhooks/razorpay'): SignedRequest =>
  spelt(success('razorpay', { secret: 'a guess' }), path);

describe("a webhook's door", () => {
  it.each(['/webhooks/razorpay/', '//webhooks//razorpay', '/WEBHOOKS/Razorpay', '/Webhooks/razorpay/?a=1'])(
    'is the same as %s',
    async (path) => {
      expect((await deliver(app, spelt(success('razorpay'), path))).json).toMatchObject({
        status: 'accepted',
      });
      expect((await post(here, forged(path))).status).toBe(401);
    },
  );

  it('keeps the case of what is secret', async () => {
    const { headers, body } = success('ippopay');
    const at = (token: string) => ({ path: `/webhooks/Ippopay//${token}/`, headers, body });
    expect((await deliver(app, at(SECRETS.ippopay))).status).toBe(200);
    expect((await deliver(app, at(SECRETS.ippopay.toUpperCase()))).status).toBe(401);
  });

  it('that cannot be decoded is none', async () => {
    expect((await from(here, '/webhooks/%zz', { method: 'POST' })).status).toBe(404);
  });
});

describe('an address that was refused often', () => {
  it.each<[string, number, () => Promise<Heard>]>([
    ['a page that is not there', 404, () => from(here, '/nope')],
    ['a gateway that is not there', 404, () => from(here, '/webhooks/x', { method: 'POST' })],
    ['an account that is not there', 404, () => from(here, '/webhooks/stripe/x', { method: 'POST' })],
    ['no gateway at all', 404, () => from(here, '/webhooks/', { method: 'POST' })],
    ['a door that cannot be decoded', 404, () => from(here, '/webhooks/%zz')],
    ['a webhook that is not sent with POST', 405, () => from(here, '/webhooks/stripe')],
    ['the API without a key', 401, () => from(here, '/stats')],
    [
      'the API with a wrong key',
      401,
      () => from(here, '/payments', { headers: { authorization: 'Bearer x' } }),
    ],
    ['metrics without a key', 401, () => from(here, '/metrics')],
    ['the description without a key', 401, () => from(here, '/docs-json')],
    ['a forged webhook', 401, () => post(here, forged())],
    ['a forged webhook, spelt otherwise', 401, () => post(here, forged('/WEBHOOKS/Razorpay/'))],
  ])('is told 429 in place of what it is: %s', async (_what, status, send) => {
    const answers = await often(send);
    expect(answers[0]?.status).toBe(status);
    const limited = answers.filter((answer) => answer.status === 429);
    expect(limited.length).toBeGreaterThan(4);
    expect(limited.length + answers.filter((answer) => answer.status === status).length).toBe(16);
    for (const { headers, json } of limited) {
      expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
      expect(json).toMatchObject({ type: '/problems/too-many-refusals', status: 429 });
    }
  });

  it('is asked for no more than it was: what verifies, has a key, or is health, is answered', async () => {
    await exhaust();
    expect((await from(here, '/nope')).status).toBe(429);
    expect((await post(here, success('razorpay'))).status).toBe(200);
    expect((await from(here, '/health/live')).status).toBe(200);
    expect((await from(here, '/Health/Ready/')).status).toBe(200);
    const headers = { authorization: `Bearer ${API_KEY}` };
    expect((await from(here, '/stats', { headers })).status).toBe(200);
    expect((await from(here, '/nope', { headers })).status).toBe(404);
    expect((await from('198.51.100.1', '/nope')).status).toBe(404);
  });

  it('hears of the form of a message before it hears of itself', async () => {
    await exhaust();
    const { headers } = forged();
    const text = { method: 'POST', headers: { ...headers, 'content-type': 'text/plain' }, body: 'x' };
    expect((await from(here, '/webhooks/razorpay', text)).status).toBe(415);
    const large = { method: 'POST', headers, body: new Uint8Array(1024 * 1024 + 1) };
    expect((await from(here, '/webhooks/razorpay', large)).status).toBe(413);
  });

  it('is its /64 where it is of IPv6', async () => {
    await exhaust('2001:db8:1:2::1');
    expect((await from('2001:db8:1:2:ffff::9', '/nope')).status).toBe(429);
    expect((await from('2001:db8:1:3::1', '/nope')).status).toBe(404);
  });

  it('is counted, keys that failed as such', async () => {
    await often(() => from(here, '/stats', { headers: { authorization: 'Bearer a-guess' } }));
    const counted = await refusedBy(app, 'api');
    expect(counted.bad_key).toBeGreaterThanOrEqual(4);
    expect((counted.bad_key ?? 0) + (counted.rate_limited ?? 0)).toBeGreaterThanOrEqual(16);
  });
});

describe('a flood of what no route answers', () => {
  it.each([
    ['webhooks spelt otherwise', () => toWireBytes(forged('/WEBHOOKS/razorpay/'), 'service')],
    ['pages that are not there', () => 'GET /nope HTTP/1.1\r\nhost: service\r\n\r\n'],
    ['the API without a key', () => 'GET /stats HTTP/1.1\r\nhost: service\r\n\r\n'],
    ['health', () => 'GET /health/live HTTP/1.1\r\nhost: service\r\n\r\n'],
  ])('lets genuine webhooks take their turn: %s', async (_what, wire) => {
    const heard = new Map<number, number>();
    let over = false;
    const crowd = Promise.all(Array.from({ length: 8 }, () => pipelined(app.url, wire(), 90))).then((all) => {
      over = true;
      for (const { answers } of all)
        for (const [status, count] of answers) heard.set(status, (heard.get(status) ?? 0) + count);
    });
    for (let nth = 0; nth === 0 || !over; nth++)
      expect((await deliver(app, success('razorpay'))).status).toBe(200);
    await crowd;
    expect([...heard.keys()].every((status) => [200, 401, 404, 429].includes(status))).toBe(true);
  });
});
