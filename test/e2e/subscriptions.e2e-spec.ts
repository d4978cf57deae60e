import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { DataSource } from 'typeorm';
import { Webhook } from 'standardwebhooks';
import { HttpSender } from '../../src/subscriptions/sending/http-sender.js';
import { Receiver } from '../support/receiver.js';
import { ask, freshId, type Heard } from '../support/requests.js';
import { StandardSender } from '../support/standard-sender.js';
import { type Json, READ_KEY, startTestApp, type TestApp, until } from '../support/test-app.js';

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo=';
/** Three tries: the delays between them are a tenth of a second. */
const TRIES = 3;

let app: TestApp;
let receiver: Receiver;
let sender: StandardSender;

beforeAll(async () => {
  receiver = await Receiver.start();
  app = await startTestApp({
    environment: { SUBSCRIPTION_NETWORKS: '127.0.0.0/8', SUBSCRIPTION_RETRY_SECONDS: '0.1,0.1' },
  });
  sender = new StandardSender(app.url);
});
afterAll(async () => {
  await app.close();
  await receiver.close();
});

/** Every situation has a subscriber of its own, and leaves none behind. */
const opened: string[] = [];
afterEach(async () => {
  app.app.get(HttpSender).timeoutMs = 10_000;
  for (const id of opened.splice(0)) await send('DELETE', `/subscriptions/${id}`);
});

const send = (method: string, path: string, body?: object, key?: string): Promise<Heard> =>
  ask(app, path, { method, ...(body && { body: JSON.stringify(body) }) }, key);

let count = 0;
/** A subscriber at a path of its own, of the events of one payment where none are named. */
async function subscribe(
  terms: object = {},
  { isConfirmed = true }: { isConfirmed?: boolean } = {},
): Promise<{ id: string; path: string; merchant: string }> {
  const path = `/hook-${++count}`;
  const { status, json } = await send('POST', '/subscriptions', {
    url: receiver.url(path),
    topics: ['payment.*'],
    secret: SECRET,
    ...terms,
  });
  expect([status, json.status]).toEqual([201, 'unconfirmed']);
  opened.push(json.id);
  receiver.secrets.set(path, json.secret);
  if (isConfirmed)
    expect((await send('POST', `/subscriptions/${json.id}/confirm`)).json).toMatchObject({
      status: 'active',
    });
  return { id: json.id, path, merchant: '' };
}

const view = (id: string): Promise<Json> => app.get(`/subscriptions/${id}`);
const dispatches = async (id: string): Promise<Json[]> =>
  (await app.get(`/subscriptions/${id}/dispatches`)).items;
const typesAt = (path: string): string[] => receiver.events(path).map(({ body }) => body.type);

/** Tells a payment that was made and paid: `payment.created` and `payment.succeeded`. */
async function pay(payment = freshId('pay'), told: object = {}): Promise<string> {
  await sender.tell('completed', { payment, ...told });
  return payment;
}

describe('a subscriber', () => {
  it('is sent what it asked for: signed, in order, without anything personal', async () => {
    const { id, path } = await subscribe({
      ordered: true,
      topics: ['payment.succeeded', 'payment.refunded'],
    });
    const payment = await pay();
    await sender.tell('partially_refunded', { payment, refunded: '25' });
    await app.quiet();
    const events = receiver.events(path);
    expect(events.map(({ body }) => [body.type, body.sequence])).toEqual([
      ['payment.succeeded', 2],
      ['payment.refunded', 3],
    ]);
    expect(events[0]?.body).toEqual({
      type: 'payment.succeeded',
      timestamp: expect.stringMatching(/^\d{4}-.*Z$/),
      sequence: 2,
      data: expect.objectContaining({
        gatewayPaymentId: payment,
        amount: '10000',
        currency: 'USD',
        mode: 'live',
      }),
    });
    expect(JSON.stringify(events)).not.toMatch(/Asha|@example\.com|Do not show me/);
    expect(receiver.forged).toEqual([]);
    expect(await dispatches(id)).toMatchObject([
      {
        type: 'payment.refunded',
        status: 'delivered',
        attempts: 1,
        httpStatus: 200,
        answer: 'ok',
        eventId: events[1]?.id,
      },
      { type: 'payment.succeeded', status: 'delivered', attempts: 1, nextTryAt: null, reason: null },
    ]);
    expect(await view(id)).toMatchObject({
      status: 'active',
      lastSuccessAt: expect.any(String),
      failingSince: null,
    });
  });

  it('is told the customer only where it asked for it, as it is known when it is sent', async () => {
    const { id, path } = await subscribe({ includeCustomer: true, topics: ['payment.succeeded'] });
    const payment = await pay();
    await app.quiet();
    const [event] = receiver.events(path);
    await send('POST', '/customers/erase', { customer: `${payment}@example.com` });
    await send('POST', `/subscriptions/${id}/redeliver`, { eventId: event?.id });
    await until(() => receiver.events(path).length > 1, 'the second time');
    expect(receiver.events(path).map(({ body }) => body.data.customer?.email ?? null)).toEqual([
      `${payment}@example.com`,
      null,
    ]);
    const stored = await app.app.get(DataSource).query('SELECT dispatches::text AS row FROM dispatches');
    expect(JSON.stringify(stored)).not.toContain(payment + '@example.com');
  });

  it('is told the customer for whom the order is registered, also of a customer account', async () => {
    const { path } = await subscribe({ includeCustomer: true, topics: ['payment.succeeded', 'account.*'] });
    const [order, member] = [freshId('ord'), freshId('member')];
    const terms = { amount: '10000', currency: 'USD', customer: { id: member } };
    expect((await send('PUT', `/orders/${order}`, terms)).status).toBeLessThan(300);
    await pay(freshId('pay'), { order, customer: { id: freshId('cus'), email: `${member}@example.com` } });
    await app.quiet();
    expect(receiver.events(path).map(({ body }) => [body.type, body.data.customer])).toEqual(
      ['payment.succeeded', 'account.activated'].map((type) => [
        type,
        expect.objectContaining({ id: member, email: `${member}@example.com` }),
      ]),
    );
  });

  it('is not sent what its filter leaves out', async () => {
    const { path } = await subscribe({ topics: ['payment.*'], filter: { mode: 'test' } });
    const other = await subscribe({ filter: { gateway: 'stripe' } });
    const third = await subscribe({ topics: ['*'], filter: { gateway: 'standard', account: 'default' } });
    await pay();
    await app.quiet();
    expect([typesAt(path), typesAt(other.path)]).toEqual([[], []]);
    expect(typesAt(third.path).sort()).toEqual(['payment.created', 'payment.succeeded']);
  });

  it.each([
    ['answers 500', 500, 'status_500', 500],
    ['answers 404', 404, 'status_404', 404],
    ['hangs', 'hang', 'timeout', null],
    ['closes in the middle of its answer', 'cut', 'connection_closed', null],
    [
      'redirects to the metadata of the cloud',
      { status: 302, headers: { location: 'http://169.254.169.254/latest/meta-data' } },
      'redirect',
      302,
    ],
  ] as const)(
    'that %s is tried again with the same id, until it is delivered',
    async (_what, behaviour, reason, status) => {
      const { id, path } = await subscribe({ topics: ['payment.succeeded'] });
      if (behaviour === 'hang') app.app.get(HttpSender).timeoutMs = 300;
      receiver.behave(path, (nth) => (nth === 0 ? behaviour : 200));
      await pay();
      const failed = await until(async () => (await dispatches(id))[0], 'the first try');
      if (failed.attempts === 1)
        expect(failed).toMatchObject({
          status: 'pending',
          reason,
          httpStatus: status,
          nextTryAt: expect.any(String),
        });
      await until(async () => (await dispatches(id))[0].status === 'delivered', 'the delivery');
      const tries = receiver.events(path);
      expect(tries).toHaveLength(2);
      expect(new Set(tries.map((one) => one.id)).size).toBe(1);
      expect((await dispatches(id))[0]).toMatchObject({ attempts: 2, reason: null });
    },
  );

  it('that sends without end has its first 64 kB kept, and holds up nobody', async () => {
    const { id, path } = await subscribe({ topics: ['payment.succeeded'], maxInFlight: 1 });
    receiver.behave(path, 'endless');
    await pay();
    await pay();
    await app.quiet();
    const sent = await dispatches(id);
    expect(sent.map((one) => [one.status, one.answer.length])).toEqual([
      ['delivered', 65_536],
      ['delivered', 65_536],
    ]);
  });

  it('that asks for patience is not tried before', async () => {
    const { id, path } = await subscribe({ topics: ['payment.succeeded'] });
    receiver.behave(path, { status: 503, headers: { 'retry-after': '3600' } });
    await pay();
    const waiting = await until(async () => (await dispatches(id))[0], 'the first try');
    expect(Date.parse(waiting.nextTryAt) - Date.parse(waiting.updatedAt)).toBeGreaterThan(3_590_000);
    await app.quiet();
    expect(await app.get('/stats')).toMatchObject({
      subscriptions: { pending: 0, scheduled: 1 },
      quiet: true,
    });
  });

  it('that is gone (410) is sent nothing more, and the operator hears of it', async () => {
    const { id, path } = await subscribe({ topics: ['payment.succeeded'] });
    receiver.behave(path, 410);
    await pay();
    await until(async () => (await view(id)).status === 'ended', 'the end');
    await pay();
    await app.quiet();
    expect(receiver.events(path)).toHaveLength(1);
    expect(await view(id)).toMatchObject({ status: 'ended', reason: 'gone' });
    expect((await send('POST', `/subscriptions/${id}/resume`)).status).toBe(409);
    expect(await noticesOf(id)).toEqual([expect.stringContaining('has ended')]);
  });

  it('that is gone leaves nothing waiting, not even what was under way and failed later', async () => {
    app.app.get(HttpSender).timeoutMs = 500;
    const { id, path } = await subscribe();
    receiver.behave(path, (_nth, { type }) => (type === 'payment.succeeded' ? 410 : 'hang'));
    await pay();
    await until(async () => (await dispatches(id)).length === 2, 'both ends');
    expect(await dispatches(id)).toMatchObject([
      { type: 'payment.created', status: 'dead', reason: 'ended' },
      { type: 'payment.succeeded', status: 'dead', reason: 'status_410' },
    ]);
  });

  it('whose events die five times in a row is paused; what happens meanwhile is kept', async () => {
    const { id, path } = await subscribe({ topics: ['payment.succeeded'] });
    receiver.behave(path, 500);
    for (let nth = 0; nth < 5; nth++) await pay();
    await until(async () => (await view(id)).status === 'paused', 'the pause');
    expect(await view(id)).toMatchObject({ reason: 'five_dead', failingSince: expect.any(String) });
    expect(await dispatches(id)).toMatchObject(
      Array.from({ length: 5 }, () => ({ status: 'dead', attempts: TRIES })),
    );
    expect(await noticesOf(id)).toEqual([expect.stringContaining('is paused')]);
    await pay();
    await app.quiet();
    expect(receiver.events(path)).toHaveLength(5 * TRIES);

    receiver.behave(path, 200);
    expect((await send('POST', `/subscriptions/${id}/resume`)).json).toMatchObject({
      status: 'active',
      reason: null,
    });
    await until(() => receiver.events(path).length === 5 * TRIES + 1, 'what was kept');
    expect((await send('POST', `/subscriptions/${id}/redeliver`, { failed: true })).json).toEqual({
      events: 5,
    });
    await until(() => receiver.events(path).length === 5 * TRIES + 6, 'what was dead');
    await app.quiet();
    expect((await dispatches(id)).map(({ status }) => status)).toEqual(
      Array.from({ length: 6 }, () => 'delivered'),
    );
  });

  it('that is paused by an operator is sent on resume what it missed', async () => {
    const { id, path } = await subscribe({ topics: ['payment.succeeded'] });
    expect((await send('POST', `/subscriptions/${id}/pause`)).json).toMatchObject({
      status: 'paused',
      reason: 'operator',
    });
    await pay();
    await app.quiet();
    expect(receiver.events(path)).toEqual([]);
    await send('POST', `/subscriptions/${id}/resume`);
    await until(() => receiver.events(path).length === 1, 'what it missed');
  });

  it('is sent events again by id and since, with their own ids', async () => {
    const { id, path } = await subscribe();
    const before = new Date();
    await pay();
    await app.quiet();
    const [first, second] = receiver.events(path);
    expect((await send('POST', `/subscriptions/${id}/redeliver`, { eventId: first?.id })).status).toBe(202);
    await until(() => receiver.events(path).length === 3, 'the event by its id');
    await app.quiet();
    expect(
      (await send('POST', `/subscriptions/${id}/redeliver`, { since: before.toISOString() })).status,
    ).toBe(202);
    await until(() => receiver.events(path).length === 5, 'the events since');
    await app.quiet();
    const ids = receiver.events(path).map((one) => one.id);
    expect(ids.slice(3).sort()).toEqual([first?.id, second?.id].sort());
    expect(ids[2]).toBe(first?.id);
    const none = '019abf6e-5c00-7000-8000-000000000001';
    expect((await send('POST', `/subscriptions/${id}/redeliver`, { eventId: none })).status).toBe(404);
  });

  it('whose secret was rotated can verify with either for a day', async () => {
    const { id, path } = await subscribe({ topics: ['payment.succeeded'] });
    const { json } = await send('POST', `/subscriptions/${id}/rotate`);
    expect(json.secret).toMatch(/^whsec_/);
    await pay();
    await app.quiet();
    const [event] = receiver.events(path);
    // The receiver knows the old one, and verified by it.
    expect(event?.headers['webhook-signature']).toMatch(/^v1,\S+ v1,\S+$/);
    const headers = event?.headers as Record<string, string>;
    expect(new Webhook(json.secret).verify(JSON.stringify(event?.body), headers)).toEqual(event?.body);
    expect(JSON.stringify(await view(id))).not.toContain('whsec_');
  });

  it('that wants order gets an event after the earlier one of its payment, and others meanwhile', async () => {
    const { path } = await subscribe({ ordered: true, topics: ['payment.*'] });
    const slow = freshId('slow');
    receiver.behave(path, (nth, { type, data }) =>
      data.gatewayPaymentId === slow && type === 'payment.created' && nth < TRIES - 1 ? 500 : 200,
    );
    await pay(slow);
    await sender.tell('partially_refunded', { payment: slow, refunded: '25' });
    const other = await pay();
    await until(() => receiver.events(path).length === 2 + TRIES + 2, 'all of them');
    const events = receiver.events(path).map(({ body }) => [body.data.gatewayPaymentId, body.type]);
    const ofSlow = events.filter(([payment]) => payment === slow).map(([, type]) => type);
    expect(ofSlow).toEqual([
      ...Array.from({ length: TRIES }, () => 'payment.created'),
      'payment.succeeded',
      'payment.refunded',
    ]);
    expect(events.findIndex(([payment]) => payment === other)).toBeLessThan(events.length - 2);
    await app.quiet();
  });

  it('has no more requests under way, and no more in a second, than it allows', async () => {
    const { path } = await subscribe({ maxInFlight: 2, ratePerSecond: 8, topics: ['payment.succeeded'] });
    receiver.behave(path, 'slow');
    receiver.mostUnderWay = 0;
    for (let nth = 0; nth < 12; nth++) await pay();
    await until(() => receiver.events(path).length === 12, 'all of them');
    expect(receiver.mostUnderWay).toBeLessThanOrEqual(2);
    const [first, ninth] = [receiver.events(path)[0], receiver.events(path)[8]];
    expect((ninth?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThan(950);
  });

  it('that hangs holds up no other', async () => {
    const hanging = await subscribe({ topics: ['payment.succeeded'], maxInFlight: 1 });
    const quick = await subscribe({ topics: ['payment.succeeded'] });
    receiver.behave(hanging.path, 'hang');
    app.app.get(HttpSender).timeoutMs = 1_000;
    for (let nth = 0; nth < 5; nth++) await pay();
    await until(() => receiver.events(quick.path).length === 5, 'the quick one');
    expect(receiver.events(hanging.path).length).toBeLessThan(5);
  });
});

describe('a challenge', () => {
  it.each([
    ['a wrong answer', 'wrong_answer', 200],
    ['a failure', 'status_500', 500],
  ])('with %s confirms nothing', async (_what, reason, status) => {
    const path = `/liar-${++count}`;
    const answer = await send('POST', '/subscriptions', {
      url: receiver.url(path),
      topics: ['*'],
      secret: SECRET,
    });
    opened.push(answer.json.id);
    receiver.lies.set(path, status);
    const confirmed = await send('POST', `/subscriptions/${answer.json.id}/confirm`);
    expect(confirmed).toMatchObject({ status: 409, json: { type: '/problems/subscription-not-confirmed' } });
    expect(confirmed.json.detail).toContain(reason);
    await pay();
    await app.quiet();
    expect(receiver.events(path)).toEqual([]);
    receiver.lies.delete(path);
    await until(
      async () => (await view(answer.json.id)).status === 'active',
      'the challenge to be sent again',
    );
  });

  it('comes again, and first, where the URL changes; what happens meanwhile is sent to the new one', async () => {
    const { id, path } = await subscribe({ topics: ['payment.succeeded'] });
    const moved = `/moved-${++count}`;
    receiver.lies.set(moved, 500);
    receiver.secrets.set(moved, SECRET);
    expect(
      (await send('PATCH', `/subscriptions/${id}`, { url: receiver.url(moved), maxInFlight: 9 })).json,
    ).toMatchObject({
      ...{ status: 'unconfirmed', maxInFlight: 9, topics: ['payment.succeeded'] },
    });
    await pay();
    receiver.lies.delete(moved);
    await until(() => receiver.events(moved).length === 1, 'the event at the new URL');
    expect(receiver.events(path)).toEqual([]);
  });
});

describe('registering', () => {
  const good = { url: 'https://127.0.0.1:9/hook', topics: ['payment.*'] };

  it.each([
    [{}, ['url', 'topics']],
    [{ ...good, url: 'https://user:secret@127.0.0.1/' }, ['url']],
    [{ ...good, url: 'http://10.0.0.1/' }, ['url']],
    [{ ...good, url: 'https://169.254.169.254/latest' }, ['url']],
    [{ ...good, url: 'ftp://127.0.0.1/' }, ['url']],
    [{ ...good, url: `https://127.0.0.1/${'a'.repeat(2_048)}` }, ['url']],
    [{ ...good, topics: [] }, ['topics']],
    [{ ...good, topics: ['payment.*', 'payment.payed', 7] }, ['topics[1]', 'topics[2]']],
    [
      { ...good, filter: { mode: 'both', gateway: 'A B', colour: 1 } },
      ['filter.colour', 'filter.gateway', 'filter.mode'],
    ],
    [{ ...good, ordered: 'yes', includeCustomer: 1 }, ['ordered', 'includeCustomer']],
    [{ ...good, secret: 'whsec_short' }, ['secret']],
    [
      { ...good, maxInFlight: 0, ratePerSecond: 1.5, description: '' },
      ['maxInFlight', 'ratePerSecond', 'description'],
    ],
    [{ ...good, status: 'active' }, ['status']],
  ])('refuses %j with the path of each fault', async (body, paths) => {
    const { status, json } = await send('POST', '/subscriptions', body);
    expect([status, json.type]).toEqual([422, '/problems/invalid-body']);
    expect(json.errors.map(({ path }: Json) => path)).toEqual(paths);
  });

  it('makes a secret where none is given, and shows it once', async () => {
    const { status, json } = await send('POST', '/subscriptions', good);
    opened.push(json.id);
    expect(status).toBe(201);
    expect(json).toMatchObject({
      status: 'unconfirmed',
      filter: { mode: 'live', gateway: null },
      maxInFlight: 4,
      ratePerSecond: 50,
    });
    expect(json.secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect(JSON.stringify([await view(json.id), await app.get('/subscriptions')])).not.toContain(json.secret);
    expect((await send('POST', '/subscriptions', good, READ_KEY)).status).toBe(403);
    expect((await send('GET', '/subscriptions', undefined, READ_KEY)).status).toBe(200);
    expect((await send('DELETE', `/subscriptions/${json.id}`)).status).toBe(204);
    expect((await send('GET', `/subscriptions/${json.id}`)).status).toBe(404);
  });

  it('ends at 100 subscriptions', async () => {
    const first = await send('POST', '/subscriptions', good);
    opened.push(first.json.id);
    await app.app.get(DataSource).query(
      `INSERT INTO subscriptions
       SELECT copy.* FROM subscriptions one, generate_series(2, 99) AS nth, jsonb_populate_record(one,
         jsonb_build_object('id', md5(nth::text)::uuid, 'status', 'ended', 'description', 'copy')) AS copy
       WHERE one.id = $1`,
      [first.json.id],
    );
    const last = await send('POST', '/subscriptions', good);
    opened.push(last.json.id);
    const tooMany = await send('POST', '/subscriptions', good);
    await app.app.get(DataSource).query(`DELETE FROM subscriptions WHERE description = 'copy'`);
    expect(last.status).toBe(201);
    expect(tooMany).toMatchObject({ status: 409, json: { type: '/problems/too-many-subscriptions' } });
  });
});

async function noticesOf(id: string): Promise<string[]> {
  const rows: { subject: string }[] = await app.app
    .get(DataSource)
    .query(
      `SELECT content ->> 'subject' AS subject FROM operator_notices WHERE key LIKE 'subscription:' || $1 || ':%'`,
      [id],
    );
  return rows.map(({ subject }) => subject);
}
