import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DataSource } from 'typeorm';
import { StandardSender } from '../support/standard-sender.js';
import { ask, freshId, type Heard } from '../support/requests.js';
import { READ_KEY, startTestApp, type Json, type TestApp } from '../support/test-app.js';

const CHECKOUT_KEY = 'checkout-key-of-more-than-thirty-two-characters';
const OPS_KEY = 'test-key-of-more-than-thirty-two-characters';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({
    environment: { API_KEYS: `ops:${OPS_KEY},viewer:${READ_KEY}:read,shop:${CHECKOUT_KEY}:checkout` },
  });
});
afterAll(() => app.close());

const TERMS = { amount: '10000', currency: 'USD' };

const put = (orderId: string, body: unknown, { query = '', key = OPS_KEY } = {}): Promise<Heard> =>
  ask(
    app,
    `/orders/${encodeURIComponent(orderId)}${query}`,
    { method: 'PUT', body: typeof body === 'string' ? body : JSON.stringify(body) },
    key,
  );
const get = (orderId: string, query = ''): Promise<Heard> =>
  ask(app, `/orders/${encodeURIComponent(orderId)}${query}`);
const act = (orderId: string, act: string, body?: object): Promise<Heard> =>
  ask(app, `/orders/${encodeURIComponent(orderId)}/${act}`, {
    method: 'POST',
    ...(body && { body: JSON.stringify(body) }),
  });

/** The events about an order, as they are stored. */
async function told(orderId: string): Promise<string[]> {
  const rows = await app.app
    .get(DataSource)
    .query<{ name: string }[]>(
      `SELECT name FROM domain_events WHERE subject_id = (SELECT id FROM orders WHERE order_id = $1) ORDER BY id`,
      [orderId],
    );
  return rows.map(({ name }) => name);
}

describe('an order', () => {
  it('is registered, shown and paid', async () => {
    const id = freshId('ord');
    const customer = { id: 'cus_1', email: 'asha@example.com', name: 'Asha Rao' };
    const made = await put(id, { ...TERMS, customer, metadata: { cart: '42' } });
    expect(made.status).toBe(201);
    expect(made.json).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-7/),
      orderId: id,
      mode: 'live',
      merchant: null,
      status: 'open',
      flags: [],
      amount: '10000',
      currency: 'USD',
      amountPaid: '0',
      amountRefunded: '0',
      expiresAt: null,
      customer,
      payments: [],
      paymentsTruncated: false,
      metadata: { cart: '42' },
      createdAt: expect.any(String),
      updatedAt: expect.any(String),
      unexpected: false,
    });
    expect((await get(id)).json).toEqual(made.json);
    const shop = new StandardSender(app.url);
    await shop.tell('failed', { payment: `${id}_1`, order: id });
    await shop.tell('completed', { payment: `${id}_2`, order: id });
    await app.quiet();
    const paid = (await get(id)).json;
    expect(paid).toMatchObject({ status: 'paid', amountPaid: '10000', customer, metadata: { cart: '42' } });
    expect(paid.payments).toEqual([
      { id: expect.any(String), status: 'failed', amountCaptured: null, counts: true },
      { id: expect.any(String), status: 'succeeded', amountCaptured: '10000', counts: true },
    ]);
    expect(await told(id)).toEqual(['order.paid']);
  });

  it('that is registered after its payment is paid at once', async () => {
    const id = freshId('ord');
    await new StandardSender(app.url).tell('completed', { payment: id, order: id });
    await app.quiet();
    expect((await get(id)).status).toBe(404);
    const made = await put(id, TERMS);
    expect([made.status, made.json.status]).toEqual([201, 'paid']);
    expect(await told(id)).toEqual(['order.paid']);
  });

  it('changes while it is open or overdue, and not after that', async () => {
    const id = freshId('ord');
    expect((await put(id, TERMS)).status).toBe(201);
    expect((await put(id, TERMS)).status).toBe(200);
    const changed = await put(id, { ...TERMS, amount: '12000', expiresAt: '2020-01-01T00:00:00Z' });
    expect([changed.status, changed.json.status, changed.json.amount]).toEqual([200, 'overdue', '12000']);
    expect(changed.json.expiresAt).toBe('2020-01-01T00:00:00.000Z');
    expect((await put(id, TERMS)).json.status).toBe('open');
    await new StandardSender(app.url).tell('completed', { payment: id, order: id });
    await app.quiet();
    expect((await put(id, TERMS)).status).toBe(200);
    const refused = await put(id, { ...TERMS, amount: '9999' });
    expect(refused.status).toBe(409);
    expect(refused.json).toMatchObject({
      status: 409,
      title: expect.any(String),
      detail: expect.any(String),
    });
    expect((await get(id)).json.amount).toBe('10000');
  });

  it('is one for each mode and merchant', async () => {
    const id = freshId('ord');
    for (const query of ['', '?mode=test', '?merchant=acct_1', '?mode=test&merchant=acct_1'])
      expect((await put(id, TERMS, { query })).status).toBe(201);
    expect((await get(id, '?mode=test&merchant=acct_1')).json).toMatchObject({
      mode: 'test',
      merchant: 'acct_1',
    });
    expect((await get(id, '?merchant=acct_2')).status).toBe(404);
    expect((await get(id, '?mode=other')).status).toBe(400);
    expect((await get(id, '?unknown=1')).status).toBe(400);
    expect((await put(id, TERMS, { query: '?dryRun=1' })).status).toBe(400);
  });

  it.each(['a/b', 'with space', '100%', 'a?b#c', '~!@$&*()', '..x', 'x'.repeat(255)])(
    'may have the id %s',
    async (id) => {
      expect((await put(id, TERMS)).status).toBe(201);
      expect((await get(id)).json.orderId).toBe(id);
    },
  );

  it.each(['é', 'x'.repeat(256), 'tab\t', '\u007f'])('cannot have the id %j', async (id) => {
    const heard = await put(id, TERMS);
    expect(heard.status).toBe(422);
    expect(heard.json.errors).toEqual([{ path: 'orderId', message: expect.any(String) }]);
    expect((await get(id)).status).toBe(404);
  });

  it.each<[string[], object]>([
    [['amount', 'currency'], {}],
    [['amount'], { ...TERMS, amount: '0' }],
    [['amount'], { ...TERMS, amount: 100 }],
    [['amount'], { ...TERMS, amount: '1000000000000001' }],
    [['amount'], { ...TERMS, amount: '1.5' }],
    [['currency'], { ...TERMS, currency: 'usd' }],
    [['currency'], { ...TERMS, currency: 'XXX' }],
    [['status'], { ...TERMS, status: 'paid' }],
    [['__proto__'], JSON.parse('{"amount":"1","currency":"USD","__proto__":{}}') as object],
    [['gateway', 'account'], { ...TERMS, gateway: 'No', account: '' }],
    [['customer'], { ...TERMS, customer: [] }],
    [['customer.age', 'customer.email'], { ...TERMS, customer: { age: '1', email: 'x'.repeat(321) } }],
    [['customer.name'], { ...TERMS, customer: { name: 'a\0b' } }],
    [['expiresAt'], { ...TERMS, expiresAt: 'tomorrow' }],
    [['expiresAt'], { ...TERMS, expiresAt: '2026-02-30T00:00:00Z' }],
    [
      ['metadata'],
      { ...TERMS, metadata: Object.fromEntries(Array.from({ length: 17 }, (_, n) => [`k${n}`, ''])) },
    ],
    [['metadata.a'], { ...TERMS, metadata: { a: 1 } }],
    [[`metadata.${'k'.repeat(41)}`], { ...TERMS, metadata: { ['k'.repeat(41)]: '' } }],
    [['metadata.a'], { ...TERMS, metadata: { a: 'v'.repeat(501) } }],
  ])('is refused for %j', async (paths, body) => {
    const id = freshId('ord');
    const heard = await put(id, body);
    expect(heard.status).toBe(422);
    expect(heard.json).toMatchObject({ type: '/problems/invalid-body', status: 422 });
    expect(heard.json.errors.map(({ path }: Json) => path).toSorted()).toEqual(paths.toSorted());
    expect((await get(id)).status).toBe(404);
  });

  it('takes what is at the limits', async () => {
    const metadata = Object.fromEntries(
      Array.from({ length: 16 }, (_, n) => [`${n}`.padEnd(40, 'k'), '\u{1F600}'.repeat(500)]),
    );
    const body = { amount: '1000000000000000', currency: 'JPY', metadata, customer: null, gateway: null };
    const made = await put(freshId('ord'), body);
    expect([made.status, made.json.metadata]).toEqual([201, metadata]);
    expect((await put(freshId('ord'), '[]')).status).toBe(400);
    expect((await put(freshId('ord'), '{')).status).toBe(400);
    expect((await put(freshId('ord'), `{"a":"${'x'.repeat(140_000)}"}`)).status).toBe(413);
    const deep = `{"amount":"1","currency":"USD","metadata":${'['.repeat(50_000)}${']'.repeat(50_000)}}`;
    expect((await put(freshId('ord'), deep)).status).toBe(422);
  });

  it('is for the roles that the contract names', async () => {
    const id = freshId('ord');
    expect((await put(id, TERMS, { key: READ_KEY })).status).toBe(403);
    expect((await put(id, TERMS, { key: CHECKOUT_KEY })).status).toBe(201);
    for (const key of [READ_KEY, CHECKOUT_KEY]) {
      expect((await ask(app, `/orders/${id}`, {}, key)).status).toBe(200);
      expect((await ask(app, '/orders', {}, key)).status).toBe(200);
      for (const path of ['cancel', 'settle'])
        expect((await ask(app, `/orders/${id}/${path}`, { method: 'POST' }, key)).status).toBe(403);
    }
    expect((await ask(app, '/payments', {}, CHECKOUT_KEY)).status).toBe(403);
    expect((await ask(app, `/orders/${id}`, {}, null)).status).toBe(401);
  });

  it('that many register at once is registered once', async () => {
    const id = freshId('ord');
    const heard = await Promise.all(Array.from({ length: 8 }, () => put(id, TERMS)));
    expect(heard.map(({ status }) => status).toSorted()).toEqual([...Array<number>(7).fill(200), 201]);
  });
});

describe('an operator', () => {
  it('cancels an order that holds no money, and sees when money comes after that', async () => {
    const id = freshId('ord');
    await put(id, TERMS);
    expect((await act(id, 'cancel')).json.status).toBe('canceled');
    expect((await act(id, 'cancel')).status).toBe(200);
    expect((await put(id, { ...TERMS, amount: '1' })).status).toBe(409);
    const shop = new StandardSender(app.url);
    await shop.tell('completed', { payment: id, order: id });
    await app.quiet();
    expect((await get(id)).json).toMatchObject({ status: 'flagged', flags: ['paid_after_cancel'] });
    expect((await act(id, 'cancel')).status).toBe(409);
    await shop.tell('refunded', { payment: id, order: id, refunded: '100' });
    await app.quiet();
    expect((await get(id)).json).toMatchObject({ status: 'canceled', flags: [], amountRefunded: '10000' });
    expect(await told(id)).toEqual(['order.canceled', 'order.flagged', 'order.refunded']);
    expect((await act(freshId('none'), 'cancel')).status).toBe(404);
  });

  it('settles a flagged order, until its money changes', async () => {
    const id = freshId('ord');
    await put(id, TERMS);
    const body = { as: 'paid', reason: 'refunded by bank transfer' };
    expect((await act(id, 'settle', body)).status).toBe(409);
    const shop = new StandardSender(app.url);
    for (const nth of [1, 2]) await shop.tell('completed', { payment: `${id}_${nth}`, order: id });
    await app.quiet();
    expect((await get(id)).json).toMatchObject({
      status: 'flagged',
      flags: ['paid_twice'],
      amountPaid: '20000',
    });
    for (const wrong of [
      {},
      { as: 'open', reason: 'x' },
      { as: 'paid' },
      { as: 'paid', reason: '' },
      { ...body, x: 1 },
    ])
      expect((await act(id, 'settle', wrong)).status).toBe(422);
    expect((await act(id, 'settle', body)).json).toMatchObject({ status: 'paid', flags: [] });
    expect((await act(id, 'settle', body)).status).toBe(409);
    await shop.tell('completed', { payment: `${id}_3`, order: id });
    await app.quiet();
    expect((await get(id)).json).toMatchObject({
      status: 'flagged',
      flags: ['paid_twice'],
      amountPaid: '30000',
    });
    expect(await told(id)).toEqual(['order.paid', 'order.flagged', 'order.paid', 'order.flagged']);
  });
});

describe('an order whose money cannot be computed', () => {
  it('is not changed, and the answer says why', async () => {
    const id = freshId('ord');
    await new StandardSender(app.url).tell('completed', { payment: id, order: id });
    await put(id, TERMS);
    await app.quiet();
    const db = app.app.get(DataSource);
    await db.query('UPDATE payments SET amount_captured = 0.5 WHERE order_id = $1', [id]);
    for (const heard of [
      await put(id, { ...TERMS, amount: '1' }),
      await act(id, 'cancel'),
      await act(id, 'settle', { as: 'paid', reason: 'looked at' }),
    ])
      expect(heard).toMatchObject({
        status: 409,
        json: { type: '/problems/order-uncomputable', status: 409 },
      });
    await db.query('UPDATE payments SET amount_captured = NULL WHERE order_id = $1', [id]);
    expect((await act(id, 'cancel')).json.type).toBe('/problems/order-status');
    expect((await get(id)).json).toMatchObject({ status: 'paid', amountPaid: '10000' });
  });
});

describe('the list of orders', () => {
  it('shows pages, newest first, of what matches', async () => {
    const merchant = freshId('acct');
    const query = `?merchant=${merchant}`;
    const ids = ['a', 'b', 'c'].map((suffix) => `${merchant}_${suffix}`);
    for (const [nth, id] of ids.entries())
      await put(
        id,
        { ...TERMS, customer: { email: `P${nth}@Example.com`, phone: `+91 98765 4321${nth}` } },
        { query },
      );
    await put(ids[0] ?? '', TERMS, { query: `${query}&mode=test` });
    const list = async (more: string): Promise<string[]> =>
      (await app.get(`/orders${query}${more}`)).items.map(({ orderId }: Json) => orderId);
    expect(await list('')).toEqual(ids.toReversed());
    const first = await app.get(`/orders${query}&limit=2`);
    expect(first.items).toHaveLength(2);
    expect(await list(`&limit=2&cursor=${first.nextCursor}`)).toEqual([ids[0]]);
    expect(await list('&status=open')).toHaveLength(3);
    expect(await list('&status=paid')).toEqual([]);
    expect(await list('&customer=p1@example.com')).toEqual([ids[1]]);
    expect(await list('&customer=919876543212')).toEqual([ids[2]]);
    expect(await list('&from=2999-01-01')).toEqual([]);
    expect(await list('&to=2020-01-01')).toEqual([]);
    expect(await list('&from=2020-01-01&to=2999-01-01')).toHaveLength(3);
    expect((await ask(app, `/orders${query}&status=new`)).status).toBe(400);
    expect((await ask(app, `/orders${query}&gateway=x`)).status).toBe(400);
  });
});
