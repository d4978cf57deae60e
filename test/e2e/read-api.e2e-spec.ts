import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type StoryEvent } from '../../src/simulator/gateway-simulator.js';
import {
  ask,
  deliver,
  type Heard,
  paymentOf,
  signed,
  signedStep,
  SIGNING,
  standardBody,
  story,
} from '../support/requests.js';
import { API_KEY, type Json, READ_KEY, SECRETS, startTestApp, type TestApp } from '../support/test-app.js';

const NOWHERE = '01890000-0000-7000-8000-000000000000';
const KEYED = [
  '/payments',
  `/payments/${NOWHERE}`,
  '/deliveries',
  `/deliveries/${NOWHERE}`,
  '/notifications',
  `/notifications/${NOWHERE}`,
  '/stats',
  '/metrics',
  '/docs-json',
];

let app: TestApp;
const told: StoryEvent[] = [];
let failed: StoryEvent;
let sent: Heard;
beforeAll(async () => {
  app = await startTestApp();
  for (const gateway of SIGNING) {
    for (const name of ['success', 'failure'] as const) {
      const step = story(gateway, name).at(-1) as StoryEvent;
      sent = await deliver(app, signedStep(gateway, step));
      told.push(step);
    }
  }
  failed = told.at(-1) as StoryEvent;
  await app.quiet();
});
afterAll(() => app.close());

const idsOf = (page: Json): string[] => page.items.map(({ id }: Json) => id);

describe('payments of an endpoint that serves several merchants', () => {
  it('are found by their merchant, and by the gateway’s order where the merchant named none', async () => {
    const [gatewayPaymentId, merchant] = ['pay_of_merchant', 'acc_Merchant1'];
    const at = Math.floor(Date.now() / 1000) - 60;
    const entity = {
      id: gatewayPaymentId,
      amount: 100,
      currency: 'INR',
      status: 'captured',
      order_id: 'order_Only1',
    };
    const body = {
      ...{ entity: 'event', account_id: merchant, event: 'payment.captured', created_at: at },
      ...{
        contains: ['payment'],
        payload: { payment: { entity: { ...entity, notes: [], fee: 3, created_at: at } } },
      },
    };
    expect((await deliver(app, signed('razorpay', body))).status).toBe(200);
    await app.quiet();
    const found = await app.get(`/payments?merchant=${merchant}`);
    expect(found.items).toMatchObject([
      {
        ...{ gatewayPaymentId, merchant, orderId: 'order_Only1', gatewayOrderId: 'order_Only1' },
        fee: { amount: '3', currency: 'INR' },
      },
    ]);
    expect(idsOf(await app.get('/payments?orderId=order_Only1'))).toEqual(idsOf(found));
    expect((await app.get('/payments?merchant=acc_Merchant2')).items).toEqual([]);
  });
});

describe('who may ask', () => {
  it.each(KEYED)('%s: 401 as a problem document without a key or with a wrong one', async (path) => {
    for (const key of [null, 'wrong', `${READ_KEY}x`]) {
      const heard = await ask(app, path, {}, key);
      expect(heard).toMatchObject({ status: 401, json: { type: '/problems/unauthorized', status: 401 } });
      expect(heard.headers.get('content-type')).toMatch(/^application\/problem\+json/);
      expect(heard.headers.get('www-authenticate')).toBe('Bearer');
    }
  });

  it('a key to read reads, and may not replay: 403', async () => {
    expect((await ask(app, '/payments', {}, READ_KEY)).status).toBe(200);
    const replay = `/deliveries/${sent.json.id}/replay`;
    expect((await ask(app, replay, { method: 'POST' }, READ_KEY)).status).toBe(403);
    expect((await ask(app, replay, { method: 'POST' }, null)).status).toBe(401);
  });

  it.each([
    ...KEYED,
    '/refusals',
    '/handler-runs',
    '/secrets',
    '/gateways',
    '/deliveries/types',
    '/health/ready',
    '/nowhere',
    '/payments?limit=x',
  ])('%s: nobody on the way keeps the answer, nor a refusal', async (path) => {
    for (const key of [API_KEY, null])
      expect((await ask(app, path, {}, key)).headers.get('cache-control')).toBe('no-store');
  });

  it('health is open', async () => {
    expect(await ask(app, '/health/live', {}, null)).toMatchObject({ status: 200, json: { status: 'up' } });
    expect(await ask(app, '/health/ready', {}, null)).toMatchObject({
      status: 200,
      json: { status: 'up', database: 'up', migrations: 'up', worker: 'up' },
    });
  });
});

describe('lists', () => {
  it.each(['/payments', '/deliveries', '/notifications'])(
    '%s: newest first, in pages that miss and repeat nothing',
    async (path) => {
      const all = idsOf(await app.get(path));
      expect(all).toEqual([...all].sort().reverse());
      const paged: string[] = [];
      let cursor = '';
      do {
        const page = await app.get(`${path}?limit=2${cursor}`);
        expect(page.items.length).toBeLessThanOrEqual(2);
        paged.push(...idsOf(page));
        cursor = page.nextCursor === null ? '' : `&cursor=${page.nextCursor}`;
      } while (cursor !== '');
      expect(paged).toEqual(all);
      expect(all.length).toBeGreaterThan(2);
    },
  );

  it('payments by each filter, and without a timeline', async () => {
    const one = await paymentOf(app, failed.paymentId);
    const { timeline: _timeline, timelineTruncated, ...summary } = one;
    expect(timelineTruncated).toBe(false);
    for (const filter of [
      `orderId=${failed.orderId}`,
      `gatewayPaymentId=${failed.paymentId}`,
      `customer=${encodeURIComponent(failed.customer.email ?? '')}`,
      `gateway=standard&account=default&status=failed`,
    ]) {
      expect((await app.get(`/payments?${filter}`)).items).toEqual([summary]);
    }
    expect((await app.get('/payments?status=failed')).items).toHaveLength(3);
    expect((await app.get('/payments?gateway=stripe')).items).toHaveLength(2);
    expect((await app.get('/payments?account=nobody')).items).toEqual([]);
    const at = encodeURIComponent(one.createdAt);
    expect(idsOf(await app.get(`/payments?from=${at}`))).toContain(one.id);
    expect(idsOf(await app.get(`/payments?to=${at}`))).not.toContain(one.id);
  });

  it('deliveries and notifications by each filter', async () => {
    expect(
      (await app.get('/deliveries?gateway=razorpay&type=payment.failed&status=processed&account=default'))
        .items,
    ).toHaveLength(1);
    expect((await app.get('/deliveries?status=dead')).items).toEqual([]);
    expect(
      (await app.get(`/deliveries?from=${encodeURIComponent(new Date(Date.now() + 60_000).toISOString())}`))
        .items,
    ).toEqual([]);
    const { id } = await paymentOf(app, failed.paymentId);
    const { items } = await app.get(`/notifications?paymentId=${id}&status=suppressed`);
    expect(items).toMatchObject([
      { paymentId: id, kind: 'payment_failed', reason: 'smtp_not_configured', orderId: failed.orderId },
    ]);
    expect((await app.get(`/notifications?paymentId=${id}&status=sent`)).items).toEqual([]);
    const rendered = await app.get(`/notifications/${items[0].id}`);
    expect(rendered).toMatchObject({
      to: failed.customer.email,
      subject: expect.any(String),
      html: expect.any(String),
    });
    expect(rendered.text).toContain(failed.orderId);
  });

  it.each([
    ['/payments', 'limit=0'],
    ['/payments', 'limit=201'],
    ['/payments', 'limit=ten'],
    ['/payments', 'cursor=nonsense'],
    ['/payments', 'status=lost'],
    ['/payments', 'from=yesterday'],
    ['/payments', 'color=red'],
    ['/payments', 'gateway=a&gateway=b'],
    ['/payments', 'gateway[x]=a'],
    ['/payments', 'orderId=%00'],
    ['/payments', 'orderId=%ED%A0%80'],
    ['/deliveries', 'status=lost'],
    ['/deliveries', 'to=2026-13-01'],
    ['/deliveries', 'type=%00'],
    ['/notifications', 'paymentId=1'],
    ['/notifications', 'status=lost'],
  ])('%s?%s: a bad parameter is 400, or finds nothing; never a 5xx', async (path, query) => {
    const heard = await ask(app, `${path}?${query}`);
    if (query.includes('%')) return expect(heard.status).toBeLessThan(500);
    expect(heard).toMatchObject({ status: 400, json: { type: '/problems/bad-request', status: 400 } });
    expect(heard.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  });

  it.each(['payments', 'deliveries', 'notifications'])('%s: an unknown id is 404', async (list) => {
    for (const id of [NOWHERE, 'nonsense', '%00']) {
      const heard = await ask(app, `/${list}/${id}`);
      expect(heard).toMatchObject({ status: 404, json: { status: 404 } });
    }
    expect((await ask(app, `/deliveries/${NOWHERE}/replay`, { method: 'POST' })).status).toBe(404);
  });
});

describe('one delivery', () => {
  it('pain 25: shows what came, and nothing that authenticates', async () => {
    const request = signed('standard', standardBody());
    Object.assign(request.headers, {
      authorization: 'Bearer canary-1',
      cookie: 'a=canary-2',
      'X-Api-Key': 'canary-3',
      'X-Plain': 'seen',
    });
    const { id } = (await deliver(app, request)).json;
    const delivery = await app.get(`/deliveries/${id}`);
    const headers = Object.fromEntries(
      delivery.headers.map(([name, value]: [string, string]) => [name.toLowerCase(), value]),
    );
    expect(headers).toMatchObject({
      'x-plain': 'seen',
      authorization: '***',
      cookie: '***',
      'webhook-signature': '***',
    });
    expect(headers['webhook-id']).toBe(request.headers['webhook-id']);
    expect(JSON.stringify(delivery)).not.toMatch(/canary/);
    expect(JSON.stringify(delivery)).not.toContain(SECRETS.standard);
    expect(Buffer.from(delivery.bodyBase64, 'base64')).toEqual(request.body);
    expect(delivery.body).toBe(request.body.toString());
  });

  it('pain 17: replayed changes nothing and alerts nobody', async () => {
    const before = await paymentOf(app, failed.paymentId);
    const alerts = (await app.get('/notifications')).items;
    expect(await ask(app, `/deliveries/${sent.json.id}/replay`, { method: 'POST' })).toMatchObject({
      status: 202,
      json: { id: sent.json.id, status: 'pending' },
    });
    await app.quiet();
    expect(await app.get(`/deliveries/${sent.json.id}`)).toMatchObject({
      status: 'processed',
      attempts: 2,
      receipts: 1,
    });
    expect(await paymentOf(app, failed.paymentId)).toEqual(before);
    expect((await app.get('/notifications')).items).toEqual(alerts);
  });
});

describe('what operators watch', () => {
  it('the document of the API lists its paths', async () => {
    const document = await app.get('/docs-json');
    expect(document.openapi).toMatch(/^3\./);
    expect(Object.keys(document.paths)).toEqual(
      expect.arrayContaining([
        '/payments',
        '/payments/{id}',
        '/deliveries',
        '/deliveries/{id}',
        '/deliveries/{id}/replay',
        '/notifications',
        '/notifications/{id}',
        '/stats',
        '/health/live',
        '/health/ready',
        '/metrics',
        '/webhooks/{gateway}',
        '/webhooks/{gateway}/{account}',
        '/webhooks/ippopay/{token}',
        '/webhooks/ippopay/{account}/{token}',
      ]),
    );
    const operations = Object.values<Json>(document.paths).flatMap((item) => Object.values<Json>(item));
    for (const { responses } of operations)
      expect(Object.keys(responses.default.content)).toEqual(['application/problem+json']);
    expect(Object.keys(document.components.schemas)).toEqual(
      expect.arrayContaining(['Problem', 'WebhookAnswer']),
    );
  });

  it('pain 16: metrics have what came, what was refused and what waits', async () => {
    await deliver(app, { ...signed('stripe', '{}'), path: '/webhooks/nobody' });
    const { text, headers } = await ask(app, '/metrics');
    expect(headers.get('content-type')).toMatch(/^text\/plain/);
    expect(text).toMatch(/^payhook_webhooks_received_total\{gateway="stripe"\} \d+$/m);
    expect(text).toMatch(/^payhook_webhooks_stored_total\{gateway="stripe",outcome="accepted"\} \d+$/m);
    expect(text).toMatch(
      /^payhook_webhooks_refused_total\{gateway="unknown",reason="unknown_gateway"\} \d+$/m,
    );
    expect(text).toMatch(/^payhook_pending\{work="deliveries"\} 0$/m);
  });

  it('stats are quiet once all is done', async () => {
    await app.quiet();
    expect(await app.get('/stats')).toMatchObject({
      deliveries: { pending: 0, ignored: 0, parked: 0, dead: 0 },
      handlers: { pending: 0, dead: 0 },
      notifications: { pending: 0, scheduled: 0, sent: 0, suppressed: 3, dead: 0 },
      oldestPendingSeconds: 0,
      quiet: true,
    });
  });
});
