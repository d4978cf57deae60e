import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { RetentionWorker } from '../../src/operations/privacy/retention.js';
import type { SignedRequest, StoryEvent } from '../../src/simulator/gateway-simulator.js';
import { TactlessModule } from '../extending/tactless.module.js';
import { columnsHolding, sql } from '../support/every-value.js';
import { IppopayFakeApi } from '../support/ippopay-fake-api.js';
import { COLUMNS } from '../support/personal-data.js';
import { ask, deliver, freshId, signed, signedStep, standardBody, story } from '../support/requests.js';
import { startTestApp, type Json, type TestApp } from '../support/test-app.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

const DAY_MS = 24 * 3_600_000;
const keys = { publicKey: 'pk_live_1', secretKey: 'sk_live_1' };

describe('every column that can hold text', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterAll(() => database.drop());

  it('is declared: erased and expiring, or why nobody is in it', async () => {
    const columns = await sql<{ name: string }>(
      database.url,
      `SELECT format('%s.%s', class.relname, attribute.attname) AS name
       FROM pg_class class JOIN pg_attribute attribute ON attribute.attrelid = class.oid
       WHERE class.relnamespace = 'public'::regnamespace AND class.relkind IN ('r', 'p', 'm', 'f')
         AND attribute.attnum > 0 AND NOT attribute.attisdropped
         AND attribute.atttypid::regtype::text NOT IN ('uuid', 'smallint', 'integer', 'bigint', 'numeric', 'real',
           'double precision', 'boolean', 'date', 'timestamp with time zone', 'timestamp without time zone', 'interval')
       ORDER BY 1`,
    );
    const undeclared = columns.map(({ name }) => name).filter((name) => !Object.hasOwn(COLUMNS, name));
    const advice =
      'columns that neither erasure nor retention names: let POST /customers/erase and RETENTION_DAYS clear each ' +
      '(delivery-payload.store.ts, customer-data.store.ts, notification-retention.ts, refusal-retention.ts), or say why nobody is in it; then ' +
      'declare it in test/support/personal-data.ts';
    expect({ advice, undeclared }).toEqual({ advice, undeclared: [] });
    const stale = Object.keys(COLUMNS).filter((name) => !columns.some((column) => column.name === name));
    expect({ advice: 'declared in test/support/personal-data.ts, and not there', stale }).toMatchObject({
      stale: [],
    });
  });
});

describe.each([
  ['as they came', {}],
  ['encrypted', { PAYLOAD_KEYS: Buffer.alloc(32, 7).toString('base64') }],
])('a person on every road, with payloads kept %s', (_, encryption: Record<string, string>) => {
  const phone = '+91 98765 12345';
  const person = {
    id: 'cus_canary_1',
    email: 'Canary.Rao@Leak.example',
    phone,
    name: 'Zara Canary Rao',
    address: { line1: '7 Canary Lane', city: 'Canaryville' },
  };
  /** The same person, without what an erasure is asked for. */
  const street = { shipping: { name: person.name, address: person.address } };
  const headers = { 'X-Customer': 'Zara Canary <canary.rao@leak.example>' };
  let standIn: IppopayFakeApi;
  let app: TestApp;
  let failed: Json;
  let razorpay: StoryEvent;
  let hinted: StoryEvent;

  const send = async (request: SignedRequest, expected: Json = {}): Promise<Json> => {
    const heard = await deliver(app, { ...request, headers: { ...request.headers, ...headers } });
    expect({ status: heard.status, json: heard.json }).toMatchObject(expected);
    return heard.json;
  };
  const parked = (): SignedRequest =>
    signed('razorpay', {
      entity: 'event',
      event: 'payment.captured',
      payload: { payment: { entity: { id: razorpay.paymentId, amount: freshId('much'), ...street } } },
    });
  const ignored = (more: object): SignedRequest =>
    signed('standard', { event: 'shipment.created', id: freshId('evt'), ...more, ...street });
  const unprocessable = (): SignedRequest =>
    signed('standard', standardBody({ paymentId: failed.data.paymentId, amount: 'much', ...street }));
  /** The database refuses its row, at every attempt. */
  const dead = (): SignedRequest =>
    signed('standard', {
      ...failed,
      data: { ...failed.data, customer: null, orderId: 'refuse_payment', ...street },
    });
  const form = (): SignedRequest => {
    const request = signedStep('ippopay', hinted);
    const body = new URLSearchParams({
      order_id: hinted.orderId,
      to: person.email,
      address: '7 Canary Lane',
    });
    return {
      ...request,
      headers: { ...request.headers, 'content-type': 'application/x-www-form-urlencoded' },
      body: Buffer.from(body.toString()),
    };
  };

  beforeAll(async () => {
    standIn = await IppopayFakeApi.start(keys);
    app = await startTestApp({
      imports: [TactlessModule],
      environment: {
        ...encryption,
        RETENTION_DAYS: '90',
        REFUSAL_BODY_BYTES: '200',
        IPPOPAY_PUBLIC_KEY: keys.publicKey,
        IPPOPAY_SECRET_KEY: keys.secretKey,
        IPPOPAY_API_URL: standIn.baseUrl,
      },
    });
    await app.app.get(RetentionWorker).loop.stop();
    await sql(
      app.databaseUrl,
      `ALTER TABLE payments ADD CONSTRAINT ck_refused CHECK (order_id NOT LIKE '%refuse_payment%')`,
    );
  });
  afterAll(async () => {
    await app.close();
    await standIn.close();
  });

  async function walkEveryRoad(): Promise<void> {
    failed = standardBody({
      status: 'failed',
      failure: { code: 'insufficient_funds', message: `told to ${person.name}` },
      customer: person,
      ...street,
    });
    razorpay = story('razorpay', 'success', { customer: person }).at(-1) as StoryEvent;
    hinted = story('ippopay', 'success', { customer: person }).at(-1) as StoryEvent;
    standIn.applyEvent(hinted);
    await send(signed('standard', failed), { status: 200 });
    const { id } = await send(signedStep('razorpay', razorpay), { status: 200 });
    await send(form(), { status: 200 });
    await app.quiet();
    expect((await app.post(`/deliveries/${id as string}/replay?alerts=true`)).status).toBe(202);
    await send(parked(), { status: 200, json: { status: 'parked' } });
    await send(ignored({ paymentId: failed.data.paymentId }), { status: 200, json: { status: 'ignored' } });
    await send(ignored({ customer: person.id }), { status: 200, json: { status: 'ignored' } });
    await send(ignored({ phone: '098765 12345' }), { status: 200, json: { status: 'ignored' } });
    await send(unprocessable(), { status: 422 });
    await send(dead(), { status: 200, json: { status: 'accepted' } });
    await send(signed('stripe', { to: person.phone, ...street }, { secret: 'whsec_of_somebody_else' }), {
      status: 401,
    });
    await app.quiet();
    await app.get('/refusals');
  }

  const traces = async (): Promise<string[]> => {
    const found = [
      await columnsHolding(app.databaseUrl, 'canary'),
      await columnsHolding(app.databaseUrl, '98765 12345'),
      await columnsHolding(app.databaseUrl, '9876512345'),
    ];
    return [...new Set(found.flat())].sort();
  };
  const withBytes = (): Promise<Json[]> =>
    sql(
      app.databaseUrl,
      `SELECT status, verdict FROM deliveries WHERE raw IS NOT NULL OR headers <> '[]' ORDER BY id`,
    );

  it('is everywhere', async () => {
    await walkEveryRoad();
    expect(await traces()).toEqual(expect.arrayContaining(['deliveries.headers', 'payment_reports.told']));
    const statuses = (await withBytes()).map(({ status }: Json) => status as string);
    expect(new Set(statuses)).toEqual(new Set(['processed', 'parked', 'ignored', 'dead']));
    if (Object.keys(encryption).length > 0) return;
    expect(await traces()).toEqual(expect.arrayContaining(['deliveries.raw', 'refusals.body']));
  });

  it('is nowhere once erased, and every place is counted', async () => {
    const heard = await ask(app, '/customers/erase', {
      method: 'POST',
      body: JSON.stringify({ customer: 'canary.rao@leak.example' }),
    });
    expect(heard).toMatchObject({
      status: 200,
      json: { payments: 3, refusals: 1, pending: 0, unreadable: 0, ambiguous: [] },
    });
    expect(heard.json.deliveries).toBeGreaterThanOrEqual(10);
    expect(await traces()).toEqual([]);
    expect(await withBytes()).toEqual([]);
    expect(await sql(app.databaseUrl, 'SELECT FROM refusals WHERE body IS NOT NULL')).toEqual([]);
    expect(await sql(app.databaseUrl, 'SELECT FROM refusals WHERE address IS NOT NULL')).toEqual([]);
  });

  it('does not come back with what is told of the erased payments later, whatever becomes of it', async () => {
    await send(parked(), { status: 200, json: { status: 'parked' } });
    const late = await send(ignored({ paymentId: failed.data.paymentId }), {
      status: 200,
      json: { status: 'ignored' },
    });
    await send(ignored({ data: { order: { orderId: failed.data.orderId } } }), { status: 200 });
    const misfit = unprocessable();
    await send(misfit, { status: 422 });
    await send(dead(), { status: 200, json: { status: 'accepted' } });
    await send(form(), { status: 200 });
    await app.quiet();
    expect(await traces()).toEqual([]);
    expect(await withBytes()).toEqual([]);
    expect(await app.get(`/deliveries/${late.id as string}`)).toMatchObject({ body: null, headers: [] });
  });

  it('… and what was parked so is taken up again when it fits', async () => {
    const eventId = freshId('msg');
    const misfit = standardBody({ paymentId: failed.data.paymentId, amount: 'much', ...street });
    const { id } = await send(signed('standard', misfit, { eventId }), { status: 422 });
    const fit = { ...misfit, data: { ...misfit.data, amount: 100 } };
    await send(signed('standard', fit, { eventId }), { status: 200, json: { status: 'accepted', id } });
    await app.quiet();
    const { items } = await app.get(`/payments?gatewayPaymentId=${failed.data.paymentId as string}`);
    expect(items).toMatchObject([{ state: 'succeeded', customer: { name: null } }]);
    expect(await traces()).toEqual([]);
  });

  it('is not kept where the process died before it looked', async () => {
    const { id } = await send(ignored({ paymentId: freshId('pay') }), { status: 200 });
    expect(await withBytes()).toHaveLength(1);
    // As if the row had come in about the erased payment, and nobody had looked.
    await sql(app.databaseUrl, 'UPDATE payments SET order_id = $1 WHERE gateway_payment_id = $2', [
      'shipment.created',
      failed.data.paymentId,
    ]);
    expect(await app.app.get(RetentionWorker).step(new Date())).toBe(1);
    expect(await app.app.get(RetentionWorker).step(new Date())).toBe(0);
    expect(await app.get(`/deliveries/${id as string}`)).toMatchObject({ body: null, status: 'ignored' });
  });

  it('expires everywhere but where messages wait for an operator', async () => {
    await walkEveryRoad();
    const now = new Date(Date.now() + 91 * DAY_MS);
    while ((await app.app.get(RetentionWorker).step(now)) > 0);
    const kept = await withBytes();
    expect(new Set(kept.map(({ status }: Json) => status as string))).toEqual(new Set(['parked', 'dead']));
    expect((await traces()).filter((column) => !/^deliveries\.(?:raw|headers|errors)$/.test(column))).toEqual(
      [],
    );
    expect(await sql(app.databaseUrl, 'SELECT FROM refusals')).toEqual([]);
    await ask(app, '/customers/erase', {
      method: 'POST',
      body: JSON.stringify({ customer: person.email }),
    });
    expect(await traces()).toEqual([]);
  });
});
