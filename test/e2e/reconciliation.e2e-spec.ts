import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { gateways as shipped } from '../../src/webhooks/gateways/index.js';
import {
  ListedGateway,
  listedRequest,
  OrdersOnlyGateway,
  type ListedThing,
} from '../support/listed-gateway.js';
import { API_KEY, READ_KEY, startTestApp, until, type Json, type TestApp } from '../support/test-app.js';

const SECRET = 'listed-secret-0123456789-0123456789';

const hoursAgo = (hours: number): string => new Date(Date.now() - hours * 3_600_000).toISOString();

const payment = (id: string, changes: Partial<ListedThing> = {}): ListedThing => ({
  what: 'payments',
  id,
  payment: id,
  state: 'paid',
  at: hoursAgo(2),
  cents: '1000',
  ...changes,
});
const refund = (id: string, of: string, changes: Partial<ListedThing> = {}): ListedThing => ({
  ...payment(id, { payment: of, what: 'refunds', state: 'refunded', at: hoursAgo(1), cents: '400' }),
  ...changes,
});

describe('a reconciliation', () => {
  let gateway: ListedGateway;
  let app: TestApp;

  beforeEach(async () => {
    gateway = new ListedGateway();
    app = await startTestApp({
      gateways: [...shipped, gateway],
      environment: {
        WEBHOOK_SECRETS_LISTED: SECRET,
        WEBHOOK_SECRETS_LISTED__OTHER: SECRET,
        LISTED_KEY: 'key-1',
      },
    });
  });
  afterEach(() => app.close());

  const send = async (...things: ListedThing[]): Promise<void> => {
    for (const thing of things) {
      const response = await fetch(`${app.url}/webhooks/listed`, listedRequest(SECRET, thing));
      expect(response.status).toBe(200);
    }
    await app.quiet();
  };
  const ask = (body: object, key = API_KEY): Promise<Response> =>
    app.post('/reconciliations', {
      body: JSON.stringify(body),
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    });
  const start = async (body: object = {}): Promise<string> => {
    const response = await ask({ gateway: 'listed', since: '7d', ...body });
    expect(response.status).toBe(202);
    return ((await response.json()) as { id: string }).id;
  };
  const ended = (id: string): Promise<Json> =>
    until(async () => {
      const run = await app.get(`/reconciliations/${id}`);
      return run.status === 'running' ? null : run;
    }, 'the reconciliation to end');
  const run = async (body: object = {}): Promise<Json> => {
    const done = await ended(await start(body));
    await app.quiet();
    return done;
  };
  const shown = async (id: string): Promise<Json> =>
    (await app.get(`/payments?gatewayPaymentId=${id}`)).items[0];

  it('takes in what was never told, and what is told otherwise, once', async () => {
    await send(payment('told'), payment('stale', { state: 'pending' }));
    gateway.hold(
      payment('told'),
      payment('stale', { at: hoursAgo(1) }),
      payment('lost'),
      refund('re_1', 'told'),
    );
    const first = await run();
    expect(first).toMatchObject({ status: 'completed', missing: 1, different: 2, same: 1, problems: 0 });
    expect(first.items).toHaveLength(3);
    expect(first.items.find((item: Json) => item.id === 'stale')).toMatchObject({
      what: 'payments',
      kind: 'different',
      paymentId: (await shown('stale')).id,
      difference: expect.stringContaining('state: processing → succeeded'),
    });
    expect(await shown('lost')).toMatchObject({ status: 'succeeded', amount: '1000' });
    expect(first.items.find((item: Json) => item.id === 'lost').paymentId).not.toBe('');
    expect(await shown('stale')).toMatchObject({ status: 'succeeded' });
    expect(await shown('told')).toMatchObject({ status: 'partially_refunded', amountRefunded: '400' });

    const second = await run();
    expect(second).toMatchObject({ status: 'completed', missing: 0, different: 0, same: 4, items: [] });
    const { items } = await app.get('/deliveries?provenance=reconciled');
    expect(items).toHaveLength(3);
    expect(items[0]).toMatchObject({ provenance: 'reconciled', status: 'processed', receipts: 1 });
  });

  it('stores nothing but the run where it is a dry run', async () => {
    gateway.hold(payment('lost'), refund('re_1', 'lost'));
    expect(await run({ dryRun: true })).toMatchObject({
      status: 'completed',
      dryRun: true,
      missing: 2,
      items: [{ paymentId: null, deliveryId: null }, { id: 're_1' }],
    });
    expect((await app.get('/deliveries')).items).toEqual([]);
  });

  it('answers what cannot be started with what is missing', async () => {
    const refusals: [object, number, string][] = [
      [{ gateway: 'nobody' }, 404, 'there is no such gateway'],
      [{ account: 'nobody' }, 404, 'the account is not configured'],
      [{ account: 'other' }, 404, 'LISTED_KEY__OTHER is not set'],
      [{ since: 'yesterday' }, 400, 'since must be'],
      [{ since: '366d' }, 400, 'at most 365 days back'],
      [{ since: new Date(Date.now() + 60_000).toISOString() }, 400, 'not in the future'],
      [{ since: 7 }, 400, 'bad parameter: since'],
      [{ gateway: '' }, 400, 'bad parameter: gateway'],
      [{ dryRun: 'yes' }, 400, 'bad parameter: dryRun'],
      [{ until: '7d' }, 400, 'bad parameter: until'],
    ];
    for (const [change, status, detail] of refusals) {
      const response = await ask({ gateway: 'listed', since: '7d', ...change });
      expect([response.status, ((await response.json()) as Json).detail]).toEqual([
        status,
        expect.stringContaining(detail),
      ]);
    }
    expect((await ask({ gateway: 'listed', since: '7d' }, READ_KEY)).status).toBe(403);
    expect((await app.get('/reconciliations')).items).toEqual([]);
  });

  it('is one at a time for an account', async () => {
    let release = (): void => undefined;
    const held = new Promise<undefined>((resolve) => (release = () => resolve(undefined)));
    gateway.answer = () => held as never;
    const id = await start();
    const response = await ask({ gateway: 'listed', since: '7d' });
    expect([response.status, ((await response.json()) as Json).id]).toEqual([409, id]);
    release();
    await ended(id);
    expect((await run()).status).toBe('completed');
    expect((await app.get('/reconciliations?limit=1')).nextCursor).not.toBeNull();
  });

  it('leaves an erased customer erased', async () => {
    await send(payment('told', { state: 'pending', buyer: 'anna@shop.example' }));
    await app.post('/customers/erase', { body: JSON.stringify({ customer: 'anna@shop.example' }) });
    gateway.hold(payment('told', { at: hoursAgo(1), buyer: 'anna@shop.example' }));
    gateway.hold(payment('re_1', { payment: 'told', cents: 'anna@shop.example', what: 'refunds' }));
    expect(await run()).toMatchObject({ different: 1, problems: 1 });
    expect(await shown('told')).toMatchObject({ state: 'succeeded', customer: { email: null } });
    for (const { id } of (await app.get('/deliveries?provenance=reconciled')).items)
      expect((await app.get(`/deliveries/${id}`)).body).toBeNull();
  });
});

it('a gateway without lists is asked about the orders that are known from its payments', async () => {
  const gateway = new OrdersOnlyGateway();
  const app = await startTestApp({
    gateways: [...shipped, gateway],
    environment: { WEBHOOK_SECRETS_ORDERED: SECRET, ORDERED_KEY: 'key-1' },
  });
  const old = { at: hoursAgo(24 * 30), order: 'old' };
  for (const thing of [payment('p1', { order: 'o1', state: 'pending' }), payment('p0', old)])
    expect((await fetch(`${app.url}/webhooks/ordered`, listedRequest(SECRET, thing))).status).toBe(200);
  await app.quiet();
  gateway.hold(
    payment('p1', { order: 'o1', at: hoursAgo(1) }),
    payment('p2', { order: 'o1', at: hoursAgo(1) }),
  );
  const response = await app.post('/reconciliations', {
    body: JSON.stringify({ gateway: 'ordered', since: '7d' }),
  });
  const { id } = (await response.json()) as Json;
  const done = await until(async () => {
    const run = await app.get(`/reconciliations/${id}`);
    return run.status === 'running' ? null : run;
  }, 'the reconciliation to end');
  await app.quiet();
  expect(done).toMatchObject({ status: 'completed', missing: 1, different: 1, problems: 0, requests: 1 });
  const { items } = await app.get('/payments?orderId=o1');
  expect(items.map((one: Json) => [one.gatewayPaymentId, one.state]).toSorted()).toEqual([
    ['p1', 'succeeded'],
    ['p2', 'succeeded'],
  ]);
  await app.close();
});
