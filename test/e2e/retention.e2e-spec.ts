import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { RetentionWorker } from '../../src/operations/privacy/retention.js';
import { columnsHolding, sql } from '../support/every-value.js';
import { MailCatcher } from '../support/mail-catcher.js';
import { ask, deliver, paymentOf, signed, standardBody } from '../support/requests.js';
import { startTestApp, until, type Json, type TestApp } from '../support/test-app.js';

const DAY_MS = 24 * 3_600_000;
const NO_ONE = { id: null, email: null, phone: null, name: null, locale: null };
const customer = {
  email: 'asha.rao@shop.example',
  name: 'Asha Rao',
  phone: '+919876543210',
  id: 'cus_asha_rao',
};

let mail: MailCatcher;
let app: TestApp;
beforeAll(async () => {
  mail = await MailCatcher.start();
});
afterAll(() => mail.stop());
beforeEach(async () => {
  app = await startTestApp({ environment: { SMTP_URL: mail.url, RETENTION_DAYS: '90' } });
  // The test says when: the round of the start ends first, and there is no other.
  await app.app.get(RetentionWorker).loop.stop();
});
afterEach(() => app.close());

/** Everything that is due so many days from now. */
async function expireIn(days: number, on: TestApp = app): Promise<number> {
  const now = new Date(Date.now() + days * DAY_MS);
  let expired = 0;
  for (let step = -1; step !== 0; expired += step) step = await on.app.get(RetentionWorker).step(now);
  return expired;
}

const failing = (): Json =>
  standardBody({
    status: 'failed',
    failure: { code: 'insufficient_funds', message: 'asha.rao@shop.example has none' },
    customer,
  });
const anyTrace = async (): Promise<string[]> =>
  (await Promise.all(Object.values(customer).map((value) => columnsHolding(app.databaseUrl, value)))).flat();

describe('storage does not grow without bound (pain 15), nor keeps whom it was about', () => {
  it('keeps all of it for 90 days', async () => {
    await deliver(app, signed('standard', failing()));
    await app.quiet();
    const before = new Set(await anyTrace());
    expect(await expireIn(89)).toBe(0);
    expect(new Set(await anyTrace())).toEqual(before);
  });

  it('after them nobody is left; keys, amounts, statuses and the timeline are', async () => {
    const body = failing();
    const request = signed('standard', body);
    const ignored = signed('standard', { event: 'customer.updated', data: customer });
    const { id } = (await deliver(app, request)).json;
    await deliver(app, ignored);
    await app.quiet();
    const before = await paymentOf(app, body.data.paymentId);

    // Two deliveries, the payment, its notification, and what its customer account was told.
    expect(await expireIn(91)).toBe(5);

    expect(await anyTrace()).toEqual([]);
    expect(await paymentOf(app, body.data.paymentId)).toEqual({
      ...before,
      customer: NO_ONE,
      failure: { ...before.failure, message: null },
    });
    expect(await app.get(`/deliveries/${id}`)).toMatchObject({
      status: 'processed',
      headers: [],
      body: null,
      bodyBase64: null,
    });
    const { items } = await app.get('/notifications');
    expect(items).toMatchObject([{ status: 'sent', to: null }]);
    expect(await app.get(`/notifications/${items[0].id}`)).toMatchObject({
      subject: null,
      text: null,
      html: null,
    });
    expect(await expireIn(91)).toBe(0);
    for (const again of [request, ignored])
      expect(await deliver(app, again)).toMatchObject({ status: 200, json: { status: 'duplicate' } });
    expect(await anyTrace()).toEqual([]);
  });

  it('a replay of what has expired says so', async () => {
    const { json } = await deliver(app, signed('standard', failing()));
    await app.quiet();
    await expireIn(91);
    expect(await ask(app, `/deliveries/${json.id}/replay`, { method: 'POST' })).toMatchObject({
      status: 409,
      json: {
        type: '/problems/payload-gone',
        title: 'The bytes of this delivery have expired or were erased',
      },
    });
    expect(await app.get(`/deliveries/${json.id}`)).toMatchObject({ status: 'processed' });
  });

  it('a late report folds the payment again and brings nobody back; what it tells has its own 90 days', async () => {
    const body = failing();
    await deliver(app, signed('standard', body));
    await app.quiet();
    await expireIn(91);
    const earlier = new Date(Date.parse(body.timestamp) - 60_000).toISOString();
    const told = { ...body.data, status: 'processing', failure: undefined };
    await deliver(
      app,
      signed('standard', {
        ...body,
        timestamp: earlier,
        data: { ...told, customer: { phone: '+14155550100' } },
      }),
    );
    await app.quiet();
    expect(await paymentOf(app, body.data.paymentId)).toMatchObject({
      status: 'failed',
      customer: { ...NO_ONE, phone: '+14155550100' },
    });
    expect(await anyTrace()).toEqual([]);
    expect(await expireIn(91)).toBe(2);
    expect(await columnsHolding(app.databaseUrl, '+14155550100')).toEqual([]);
  });

  it('parked and dead ones are kept, and can still be worked on', async () => {
    const parked = await deliver(app, signed('razorpay', { event: 'payment.captured', payload: customer }));
    const processed = await deliver(app, signed('standard', failing()));
    await app.quiet();
    await sql(app.databaseUrl, `UPDATE deliveries SET status = 'dead' WHERE id = $1`, [processed.json.id]);
    await expireIn(400);
    for (const { json } of [parked, processed]) {
      expect((await app.get(`/deliveries/${json.id}`)).body).toContain(customer.email);
      expect(await ask(app, `/deliveries/${json.id}/replay`, { method: 'POST' })).toMatchObject({
        status: 202,
      });
    }
  });
});

describe('expiry', () => {
  /** So many old deliveries that are done, as if they had come in long ago. */
  const plantOld = (count: number): Promise<Json[]> =>
    sql(
      app.databaseUrl,
      `INSERT INTO deliveries (id, gateway, account, key, provenance, verdict, status, attempts, receipts, replay,
         silent, headers, raw, received_at, next_attempt_at)
       SELECT gen_random_uuid(), 'standard', 'default', 'old_' || n, 'received', 'verified', 'processed', 1, 1, false,
         false, '[["a","b"]]', convert_to(repeat('x', 2000), 'UTF8'), now() - interval '91 days', now()
       FROM generate_series(1, $1::integer) AS n`,
      [count],
    );
  const left = async (): Promise<number> =>
    Number(
      (await sql<Json>(app.databaseUrl, 'SELECT count(*) AS n FROM deliveries WHERE raw IS NOT NULL'))[0].n,
    );

  it('goes on by itself, batch by batch, from the moment the service starts', async () => {
    await plantOld(1_200);
    const next = await startTestApp({ databaseUrl: app.databaseUrl });
    try {
      await until(async () => (await left()) === 0, 'all old payloads to expire');
    } finally {
      await next.close();
    }
  });

  it('takes at most 500 at a time, found by their index', async () => {
    await plantOld(1_200);
    expect(await app.app.get(RetentionWorker).step(new Date())).toBe(500);
    expect(await left()).toBe(700);
  });

  it('waits for nobody who works on a delivery, and goes on with the others', async () => {
    await plantOld(10);
    const holder = new pg.Client(app.databaseUrl);
    await holder.connect();
    try {
      await holder.query(`BEGIN; SELECT FROM deliveries WHERE key = 'old_1' FOR UPDATE`);
      expect(await expireIn(0)).toBe(9);
      await holder.query('COMMIT');
      expect(await expireIn(0)).toBe(1);
    } finally {
      await holder.end();
    }
  });

  it('is left to the process that is at it', async () => {
    await plantOld(10);
    const other = new pg.Client(app.databaseUrl);
    await other.connect();
    try {
      await other.query(`BEGIN; SELECT pg_advisory_xact_lock(hashtextextended('retention', 2))`);
      expect(await expireIn(0)).toBe(0);
    } finally {
      await other.end();
    }
    await until(async () => (await expireIn(0)) === 10 || (await left()) === 0, 'the lock to be free');
  });

  it('does not hold up what comes in meanwhile', async () => {
    await plantOld(3_000);
    const expiring = expireIn(0);
    const heard = await Promise.all(
      Array.from({ length: 50 }, () => deliver(app, signed('standard', standardBody()))),
    );
    expect(new Set(heard.map(({ json }) => json.status))).toEqual(new Set(['accepted']));
    expect(await expiring).toBe(3_000);
  });
});
