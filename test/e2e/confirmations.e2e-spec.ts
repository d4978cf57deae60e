import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DataSource } from 'typeorm';
import { confirm, RazorpayFakeApi, razorpayPayment, signRazorpayCheckout } from '../support/confirmations.js';
import { cuttableLine } from '../support/cuttable-line.js';
import { comparable, deliver, freshId, type Heard, paymentOf, signed } from '../support/requests.js';
import { createTestDatabase } from '../support/test-database.js';
import {
  API_KEY,
  CHECKOUT_KEY,
  type Json,
  READ_KEY,
  SECRETS,
  startTestApp,
  type TestApp,
  until,
} from '../support/test-app.js';

const keys = { keyId: 'rzp_live_1', keySecret: 'secret-of-the-api-key' };

let api: RazorpayFakeApi;
let app: TestApp;
let environment: Record<string, string>;
beforeAll(async () => {
  api = await RazorpayFakeApi.start(keys);
  environment = {
    RAZORPAY_KEY_ID: keys.keyId,
    RAZORPAY_KEY_SECRET: keys.keySecret,
    RAZORPAY_API_URL: api.baseUrl,
    WEBHOOK_SECRETS_RAZORPAY__OTHER: SECRETS.razorpay,
    RAZORPAY_KEY_ID__OTHER: 'rzp_live_2',
    RAZORPAY_KEY_SECRET__OTHER: 'secret-of-another-key',
    RAZORPAY_API_URL__OTHER: api.baseUrl,
    WEBHOOK_SECRETS_RAZORPAY__KEYLESS: SECRETS.razorpay,
  };
  app = await startTestApp({ environment });
});
afterAll(async () => {
  await app.close();
  await api.close();
});

const fresh = (): { payment: string; order: string } => ({
  payment: freshId('pay'),
  order: freshId('order'),
});
const brought = ({ payment, order }: { payment: string; order: string }, secret = keys.keySecret) =>
  signRazorpayCheckout(order, payment, secret);
const deliveryOf = (heard: Heard): Promise<Json> => app.get(`/deliveries/${heard.json.id}`);

/** The webhook that tells of the same payment, as Razorpay sends it. */
const webhook = (entity: { created_at: number }, event = 'payment.captured') =>
  signed('razorpay', {
    ...{ entity: 'event', account_id: 'acc_1', event, contains: ['payment'] },
    payload: { payment: { entity } },
    created_at: entity.created_at + 5,
  });

describe('what a browser brought back from Razorpay', () => {
  it('makes us ask, and what Razorpay answers is stored and counts', async () => {
    const ids = fresh();
    const entity = razorpayPayment(ids.payment, ids.order);
    api.put(entity);
    const heard = await confirm(app, 'razorpay', { ...brought(ids), amount: 1, status: 'failed' });
    expect(heard).toMatchObject({ status: 202, json: { status: 'accepted', id: expect.any(String) } });
    await app.quiet();
    expect(await paymentOf(app, ids.payment)).toMatchObject({
      ...{ status: 'succeeded', amount: '10000', amountCaptured: '10000', currency: 'INR' },
      ...{ gatewayOrderId: ids.order, orderId: entity.notes && ids.order.replace('order', 'ord') },
      customer: { email: 'payer@customers.example' },
    });
    const question = await deliveryOf(heard);
    expect(question).toMatchObject({ provenance: 'confirmed', verdict: 'hint', status: 'processed' });
    expect(JSON.stringify(question)).not.toContain(brought(ids).razorpay_signature);
    const { items } = await app.get('/deliveries?gateway=razorpay');
    expect(items.find(({ causedBy }: Json) => causedBy === question.id)).toMatchObject({
      ...{ provenance: 'fetched', status: 'processed', type: 'payment:captured' },
    });
  });

  it.each(['webhook first', 'confirmation first', 'both at once'])(
    '%s: one truth, and one effect',
    async (order) => {
      const ids = fresh();
      const entity = razorpayPayment(ids.payment, ids.order);
      api.put(entity);
      const acts = [() => deliver(app, webhook(entity)), () => confirm(app, 'razorpay', brought(ids))];
      if (order === 'both at once') await Promise.all(acts.map((act) => act()));
      else
        for (const act of order === 'webhook first' ? acts : acts.reverse()) {
          await act();
          await app.quiet();
        }
      await app.quiet();
      const payment = await paymentOf(app, ids.payment);
      expect(payment).toMatchObject({ status: 'succeeded', amountCaptured: '10000', fee: { amount: '200' } });
      expect(payment.timeline).toHaveLength(2);
      expect(await eventsOf(payment.id)).toEqual(['payment.created', 'payment.succeeded']);
    },
  );

  it('a failure that both tell alerts once', async () => {
    const ids = fresh();
    const failed = { status: 'failed', captured: false, error_reason: 'payment_failed', fee: null };
    const entity = razorpayPayment(ids.payment, ids.order, failed);
    api.put(entity);
    await confirm(app, 'razorpay', brought(ids));
    await app.quiet();
    await deliver(app, webhook(entity, 'payment.failed'));
    await app.quiet();
    const payment = await paymentOf(app, ids.payment);
    expect(payment.status).toBe('failed');
    const { items } = await app.get(`/notifications?paymentId=${payment.id}`);
    expect(items).toHaveLength(1);
  });

  it('a payment that is authorized when it is confirmed is captured by the webhook that follows', async () => {
    const ids = fresh();
    const entity = razorpayPayment(ids.payment, ids.order, { status: 'authorized', captured: false });
    api.put(entity);
    await confirm(app, 'razorpay', brought(ids));
    await app.quiet();
    expect((await paymentOf(app, ids.payment)).status).toBe('authorized');
    const now = Math.floor(Date.now() / 1000);
    await deliver(app, webhook({ ...razorpayPayment(ids.payment, ids.order), created_at: now - 4 }));
    await app.quiet();
    expect((await paymentOf(app, ids.payment)).status).toBe('succeeded');
  });

  it('a rebuild comes to the same', async () => {
    const ids = fresh();
    api.put(razorpayPayment(ids.payment, ids.order));
    const heard = await confirm(app, 'razorpay', brought(ids));
    await app.quiet();
    const before = comparable(await paymentOf(app, ids.payment));
    expect((await app.post(`/deliveries/${heard.json.id}/replay`)).status).toBe(202);
    await app.quiet();
    expect(comparable(await paymentOf(app, ids.payment))).toEqual(before);
    const preview = await app.post(`/deliveries/${heard.json.id}/replay?dryRun=true`);
    expect(await preview.json()).toMatchObject({ questions: 1, unreadable: 0 });
  });
});

describe('what is not believed', () => {
  const other = 'razorpay/other';
  it.each<[string, (ids: ReturnType<typeof fresh>) => object, string[]]>([
    ['nothing', () => ({}), ['razorpay_payment_id', 'razorpay_order_id', 'razorpay_signature']],
    ['no order', (ids) => ({ ...brought(ids), razorpay_order_id: undefined }), ['razorpay_order_id']],
    [
      'an order that is an object',
      (ids) => ({ ...brought(ids), razorpay_order_id: {} }),
      ['razorpay_order_id'],
    ],
    [
      'a long id',
      (ids) => ({ ...brought(ids), razorpay_payment_id: `pay_${'x'.repeat(101)}` }),
      ['razorpay_payment_id'],
    ],
    ['the signature of another key', (ids) => brought(ids, 'secret-of-another-key'), ['razorpay_signature']],
    ['the webhook secret’s signature', (ids) => brought(ids, SECRETS.razorpay), ['razorpay_signature']],
    ['a signature cut off', (ids) => ({ ...brought(ids), razorpay_signature: 'ab' }), ['razorpay_signature']],
    [
      'another order than the signed one',
      (ids) => ({ ...brought(ids), razorpay_order_id: freshId('order') }),
      ['razorpay_signature'],
    ],
    [
      'ids that are cut elsewhere',
      ({ payment, order }) => ({
        ...brought({ order, payment: `${payment}|x` }),
        razorpay_order_id: `${order}|${payment}`,
        razorpay_payment_id: 'x',
      }),
      ['razorpay_payment_id', 'razorpay_order_id'],
    ],
  ])('%s: 422 with the paths, and nobody is asked', async (_name, body, paths) => {
    const ids = fresh();
    const heard = await confirm(app, 'razorpay', body(ids));
    expect(heard).toMatchObject({
      status: 422,
      json: { type: '/problems/invalid-confirmation', status: 422 },
    });
    expect(heard.json.errors.map(({ path }: Json) => path)).toEqual(paths);
    expect(heard.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(api.count(`payments/${ids.payment}`)).toBe(0);
  });

  it.each([
    ['[]', 422],
    ['"x"', 422],
    ['null', 422],
    ['{', 400],
  ])('a body that is no object: %s → %s', async (body, status) => {
    const headers = { authorization: `Bearer ${CHECKOUT_KEY}` };
    const response = await fetch(`${app.url}/confirmations/razorpay`, { method: 'POST', headers, body });
    expect([response.status, ((await response.json()) as Json).errors]).toEqual([
      status,
      status === 422 ? [{ path: '$', message: 'must be an object' }] : undefined,
    ]);
  });

  it.each(['nobody', 'standard', 'razorpay/nobody', 'razorpay/keyless', 'ippopay', 'razorpay/Other'])(
    '%s: 404, where nobody can be asked',
    async (path) => {
      const heard = await confirm(app, path, { ...brought(fresh()), order_id: 'order_1' });
      expect(heard).toMatchObject({ status: 404, json: { type: '/problems/not-found' } });
    },
  );

  it('a key that reads may not confirm, and one that operates may', async () => {
    const ids = fresh();
    api.put(razorpayPayment(ids.payment, ids.order));
    expect((await confirm(app, 'razorpay', brought(ids), READ_KEY)).status).toBe(403);
    expect((await confirm(app, 'razorpay', brought(ids), null)).status).toBe(401);
    expect((await confirm(app, 'razorpay', brought(ids), API_KEY)).status).toBe(202);
    await app.quiet();
  });

  it('the payment of another order than the shop’s: Razorpay’s answer counts, and it is parked', async () => {
    const ids = fresh();
    api.put(razorpayPayment(ids.payment, freshId('order')));
    const heard = await confirm(app, 'razorpay', brought(ids));
    await app.quiet();
    expect(await deliveryOf(heard)).toMatchObject({
      status: 'parked',
      reason: 'a payment of another order',
    });
    expect((await app.get(`/payments?gatewayPaymentId=${ids.payment}`)).items).toEqual([]);
  });

  it.each<[string, (path: string, ids: ReturnType<typeof fresh>) => void, string]>([
    ['an unknown payment', () => undefined, "the key's account has no such payment"],
    [
      'another payment',
      (path, ids) => api.plan(path, { status: 200, body: razorpayPayment('pay_other', ids.order) }),
      'another payment',
    ],
    ['404', (path) => api.plan(path, { status: 404, body: {} }), "the key's account has no such payment"],
    ['a redirect', (path) => api.plan(path, 'redirect'), 'redirect'],
    ['a page', (path) => api.plan(path, 'not-json'), 'not JSON'],
    ['too much', (path) => api.plan(path, 'too-large'), 'too large'],
  ])('%s: parked, with the reason', async (_name, plan, reason) => {
    const ids = fresh();
    plan(`payments/${ids.payment}`, ids);
    const heard = await confirm(app, 'razorpay', brought(ids));
    await app.quiet();
    expect(await deliveryOf(heard)).toMatchObject({ status: 'parked', reason });
    expect((await app.get(`/payments?gatewayPaymentId=${ids.payment}`)).items).toEqual([]);
    expect(api.redirectsFollowed).toBe(0);
  });

  it('the key of another account: parked, to be asked again under another key', async () => {
    const ids = fresh();
    api.put(razorpayPayment(ids.payment, ids.order));
    const heard = await confirm(app, other, brought(ids, 'secret-of-another-key'));
    expect(heard.status).toBe(202);
    await app.quiet();
    expect(await deliveryOf(heard)).toMatchObject({
      status: 'parked',
      reason: 'cannot be asked: the key is not accepted (status 401)',
    });
  });

  it('an unknown currency parks the answer; another one than before changes nothing', async () => {
    const [unknown, changed] = [fresh(), fresh()];
    api.put(razorpayPayment(unknown.payment, unknown.order, { currency: 'QQQ' }));
    api.put(razorpayPayment(changed.payment, changed.order, { currency: 'USD', amount: 7 }));
    const entity = razorpayPayment(changed.payment, changed.order);
    await deliver(app, webhook(entity));
    const heard = await confirm(app, 'razorpay', brought(unknown));
    await confirm(app, 'razorpay', brought(changed));
    await app.quiet();
    const { items } = await app.get('/deliveries?status=parked&gateway=razorpay');
    expect(items.find(({ causedBy }: Json) => causedBy === heard.json.id)).toMatchObject({
      type: 'payment:captured',
    });
    const payment = await paymentOf(app, changed.payment);
    expect(payment).toMatchObject({ currency: 'INR', amount: '10000', amountCaptured: '10000' });
    expect(payment.timeline.map(({ outcome }: Json) => outcome).toSorted()).toEqual(['applied', 'refused']);
  });

  it.each([
    ['a server that fails', { status: 500, body: {} }],
    ['too many requests', { status: 429, body: {}, headers: { 'retry-after': '0' } }],
  ])('%s twice: asked again until it answers', async (_name, fault) => {
    const ids = fresh();
    api.put(razorpayPayment(ids.payment, ids.order));
    api.plan(`payments/${ids.payment}`, fault, 2);
    const heard = await confirm(app, 'razorpay', brought(ids));
    await app.quiet();
    expect(await deliveryOf(heard)).toMatchObject({ status: 'processed' });
    expect((await paymentOf(app, ids.payment)).status).toBe('succeeded');
    expect(api.count(`payments/${ids.payment}`)).toBe(3);
  });
});

describe('what bounds confirmations', () => {
  it('a page that is reloaded asks once', async () => {
    const [database, ids] = [await createTestDatabase(), fresh()];
    const options = { databaseUrl: database.url };
    const intake = await startTestApp({ ...options, environment: { ...environment, ROLE: 'intake' } });
    const heard: Heard[] = [];
    for (let times = 0; times < 5; times++) heard.push(await confirm(intake, 'razorpay', brought(ids)));
    expect(heard.map(({ status, json }) => [status, json.status])).toEqual([
      [202, 'accepted'],
      ...Array.from({ length: 4 }, () => [202, 'duplicate']),
    ]);
    expect(new Set(heard.map(({ json }) => json.id)).size).toBe(1);

    // Another process asks: what was confirmed is in the table, whatever became of the process that took it.
    await intake.close();
    api.put(razorpayPayment(ids.payment, ids.order));
    const worker = await startTestApp({ ...options, environment });
    await worker.quiet();
    expect(await paymentOf(worker, ids.payment)).toMatchObject({ status: 'succeeded' });
    expect(api.count(`payments/${ids.payment}`)).toBe(1);

    // What was asked may be asked again: the payment may have moved on.
    expect((await confirm(worker, 'razorpay', brought(ids))).json.status).toBe('accepted');
    await worker.quiet();
    expect(api.count(`payments/${ids.payment}`)).toBe(2);
    await worker.close();
    await database.drop();
  });

  it('1,000 questions of an account that wait: 503 with Retry-After; other accounts go on', async () => {
    const database = await createTestDatabase();
    const intake = await startTestApp({
      databaseUrl: database.url,
      environment: { ...environment, ROLE: 'intake' },
    });
    const db = await new DataSource({ type: 'postgres', url: database.url }).initialize();
    await db.query(`INSERT INTO delivery_work
        (delivery_id, due_at, attempts, replay, silent, lane, gateway, account, hint_order)
      SELECT gen_random_uuid(), now(), 0, false, false, 0, 'razorpay', 'other', 'payment:pay_' || n || ':order_1'
      FROM generate_series(1, 1000) AS n`);
    const one = fresh();
    const full = await confirm(intake, 'razorpay/other', brought(one, 'secret-of-another-key'));
    expect(full).toMatchObject({ status: 503, json: { type: '/problems/cannot-ask-now' } });
    expect(Number(full.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    expect((await confirm(intake, 'razorpay', brought(one))).status).toBe(202);
    await db.destroy();
    await intake.close();
    await database.drop();
  });

  it('a database that cannot be reached: 503 with Retry-After, and nothing is lost that was taken', async () => {
    const database = await createTestDatabase();
    const line = await cuttableLine(database.url);
    const away = await startTestApp({ databaseUrl: line.url, environment });
    const ids = fresh();
    api.put(razorpayPayment(ids.payment, ids.order));
    await line.cut();
    const heard = await confirm(away, 'razorpay', brought(ids));
    expect(heard.status).toBe(503);
    expect(Number(heard.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    await line.mend();
    await until(async () => (await confirm(away, 'razorpay', brought(ids))).status === 202, 'the database');
    await away.quiet();
    expect((await paymentOf(away, ids.payment)).status).toBe('succeeded');
    await away.close();
    await line.close();
    await database.drop();
  });
});

const eventsOf = async (paymentId: string): Promise<string[]> => {
  const db = app.app.get(DataSource);
  const rows = await db.query<{ name: string }[]>(
    `SELECT name FROM domain_events WHERE subject_id = $1 ORDER BY name`,
    [paymentId],
  );
  return rows.map(({ name }) => name);
};
