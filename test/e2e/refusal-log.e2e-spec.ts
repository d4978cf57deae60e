import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { SignedRequest } from '../../src/simulator/gateway-simulator.js';
import { ask, deliver, freshId, signed, success } from '../support/requests.js';
import { READ_KEY, SECRETS, startTestApp, type Json, type TestApp, until } from '../support/test-app.js';

const SHOP2 = 'whsec_test_stripe_of_the_second_shop';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({
    environment: { WEBHOOK_SECRETS_STRIPE__SHOP2: SHOP2, WEBHOOK_MODE_STRIPE__SHOP2: 'test' },
  });
});
afterAll(() => app.close());

const refusals = async (query = ''): Promise<Json[]> => (await app.get(`/refusals?${query}`)).items;

/** Sends it, sees it refused, and answers the row that tells of it. */
async function refused(request: SignedRequest): Promise<Json> {
  const before = (await refusals('limit=1'))[0]?.id ?? '';
  const { status, text } = await deliver(app, request);
  expect(status).toBeGreaterThanOrEqual(400);
  const row: Json = await until(async () => {
    const [newest] = await refusals('limit=1');
    return newest?.id > before && newest;
  }, 'the refusal');
  for (const word of ['altered', 'another account', 'before it came']) expect(text).not.toContain(word);
  return row;
}

const stretched = (request: SignedRequest): SignedRequest => ({
  ...request,
  body: Buffer.concat([request.body, Buffer.from('\n')]),
});
const fresh = (): Json => ({ id: freshId('evt'), object: 'event', type: 'none', created: 1, data: {} });

describe('an operator sees what was refused, and what seems wrong with it', () => {
  it('a body altered on its way, and it stays refused', async () => {
    const row = await refused(stretched(success('stripe')));
    expect(row).toMatchObject({
      gateway: 'stripe',
      account: 'default',
      reason: 'no_secret_matches',
      verdict: { finding: 'altered_body', alteration: 'trailing_whitespace_added' },
      address: '127.0.0.1',
      unverifiedBodyBase64: null,
    });
    expect(row.size).toBeGreaterThan(100);
    expect(Date.now() - Date.parse(row.receivedAt)).toBeLessThan(60_000);
  });

  it('pain 14: a message signed for another account', async () => {
    const row = await refused(signed('stripe', fresh(), { secret: SHOP2 }));
    expect(row.verdict).toEqual({ finding: 'secret_of_another_account', account: 'shop2', mode: 'test' });
  });

  it('pain 20: a message that came too late, and by how much', async () => {
    const row = await refused(success('stripe', { now: new Date(Date.now() - 400_000) }));
    expect(row.verdict.finding).toBe('too_old');
    expect(row.verdict.detail).toMatch(/^signed 40\d s before it came$/);
    expect(row.size).toBeNull();
  });

  it('a header that cannot be read, without its value', async () => {
    const { headers, ...rest } = success('stripe');
    const row = await refused({ ...rest, headers: { ...headers, 'stripe-signature': 'canary-7261' } });
    expect(row.verdict).toEqual({ finding: 'malformed_signature', detail: 'it has no t=' });
    expect(JSON.stringify(row)).not.toContain('canary-7261');
  });

  it('a verified body that cannot be read, and a guess of a secret', async () => {
    expect(await refused(signed('razorpay', 'not json'))).toMatchObject({
      reason: 'not_json',
      verdict: { finding: 'not_json' },
      size: 8,
    });
    expect((await refused(signed('razorpay', '{}', { secret: 'a guess' }))).verdict).toEqual({
      finding: 'no_secret_matches',
    });
  });

  it('a made-up gateway or account, of which nothing is kept', async () => {
    const request = { ...success('stripe'), path: '/webhooks/canary-gateway/canary-account' };
    expect(await refused(request)).toMatchObject({ gateway: 'unknown', account: null });
    const row = await refused({ ...request, path: '/webhooks/stripe/canary-account' });
    expect(row).toMatchObject({ gateway: 'stripe', account: null, reason: 'unknown_account' });
    const seen = [await refusals(), await app.get('/stats'), (await ask(app, '/metrics')).text];
    expect(JSON.stringify(seen)).not.toContain('canary-gateway');
    expect(JSON.stringify(seen)).not.toContain('canary-account');
  });
});

describe('the list of refusals', () => {
  it('is filtered, newest first, page by page', async () => {
    for (const secret of ['one', 'two', 'three']) await refused(signed('razorpay', '{}', { secret }));
    const all = await refusals('gateway=razorpay&reason=no_secret_matches&account=default');
    expect(all.length).toBeGreaterThanOrEqual(3);
    expect(all.every((row: Json) => row.gateway === 'razorpay')).toBe(true);
    expect(all.map((row: Json) => row.id)).toEqual(
      all
        .map((row: Json) => row.id)
        .sort()
        .reverse(),
    );
    const first = await app.get('/refusals?gateway=razorpay&limit=2');
    const second = await app.get(`/refusals?gateway=razorpay&limit=2&cursor=${first.nextCursor}`);
    expect(second.items[0].id < first.items[1].id).toBe(true);
    expect(await refusals('from=2090-01-01')).toEqual([]);
    expect(await refusals('to=2020-01-01')).toEqual([]);
  });

  it('takes a reader, and nobody without a key; a bad parameter is a 400', async () => {
    expect((await ask(app, '/refusals', {}, READ_KEY)).status).toBe(200);
    expect((await ask(app, '/refusals', {}, null)).status).toBe(401);
    for (const query of ['reason=weather', 'limit=0', 'cursor=x', 'from=then', 'colour=red'])
      expect((await ask(app, `/refusals?${query}`)).status).toBe(400);
  });
});

describe('the refusals kept', () => {
  const forged = (): SignedRequest => signed('razorpay', '{"mail":"a@b.example"}', { secret: 'a guess' });

  it('are no more than configured, the newest, while the counts stay exact', async () => {
    const small = await startTestApp({ environment: { REFUSALS_KEPT: '3', REFUSAL_BODY_BYTES: '8' } });
    try {
      for (let nth = 0; nth < 8; nth++) {
        await deliver(small, forged());
        if (nth === 4) expect((await small.get('/refusals')).items).toHaveLength(3);
      }
      const { items } = await small.get('/refusals');
      expect(items).toHaveLength(3);
      expect(Buffer.from(items[0].unverifiedBodyBase64, 'base64').toString()).toBe('{"mail":');
      expect((await small.get('/stats')).refused.razorpay).toEqual({ no_secret_matches: 8 });
    } finally {
      await small.close();
    }
  });

  it('of a flood are a sample, and none at all when so configured', async () => {
    const none = await startTestApp({ environment: { REFUSALS_KEPT: '0', REFUSAL_BURST: '2' } });
    try {
      for (let nth = 0; nth < 5; nth++) await deliver(none, forged());
      expect((await none.get('/refusals')).items).toEqual([]);
      const { no_secret_matches, rate_limited } = (await none.get('/stats')).refused.razorpay;
      expect(no_secret_matches + rate_limited).toBe(5);
      expect(rate_limited).toBeGreaterThan(0);
    } finally {
      await none.close();
    }
  });

  it('hold no token that a kept body echoes, nor does the view of one that was taken', async () => {
    const keeping = await startTestApp({ environment: { REFUSAL_BODY_BYTES: '1000' } });
    try {
      const echoed = `{"order_id":"o_1","callback":"https://shop.example/webhooks/ippopay/${SECRETS.ippopay}"}`;
      const { json } = await deliver(keeping, signed('ippopay', echoed));
      const seen = await keeping.get(`/deliveries/${json.id}`);
      expect(seen.body).toBe(echoed.replace(SECRETS.ippopay, '***'));
      expect(seen).toMatchObject({ bodyBase64: null, bodyNotice: expect.stringContaining('secret') });

      expect((await deliver(keeping, signed('ippopay', `${echoed}}`))).status).toBe(400);
      const kept: Json = await until(
        async () => (await keeping.get('/refusals?reason=not_json')).items[0],
        'the refusal',
      );
      const body = Buffer.from(kept.unverifiedBodyBase64, 'base64').toString();
      expect(body).toBe(`${echoed.replace(SECRETS.ippopay, '***')}}`);
    } finally {
      await keeping.close();
    }
  });

  it('never hold a secret or a token', async () => {
    await refused(success('ippopay', { secret: 'canary-token-of-more-than-32-characters' }));
    const seen = JSON.stringify(await refusals('limit=200'));
    expect(seen).not.toContain('canary-token');
    for (const secret of Object.values(SECRETS)) expect(seen).not.toContain(secret);
  });
});
