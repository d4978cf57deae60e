import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import { Webhook as SvixWebhook } from 'svix';
import { DataSource } from 'typeorm';
import { HttpSender } from '../../src/subscriptions/sending/http-sender.js';
import type { Behaviour, Receiver } from '../support/receiver.js';
import { freshId } from '../support/requests.js';
import { QUICK_TRIES, SUBSCRIBER_SECRET, Subscribers, TRIES } from '../support/subscribers.js';
import { startTestApp, until } from '../support/test-app.js';

/* What becomes of an event on its way to a subscriber, in each situation that a subscriber can bring about. */

let subscribers: Subscribers;
let receiver: Receiver;

beforeAll(async () => {
  subscribers = await Subscribers.start();
  ({ receiver } = subscribers);
});
afterAll(() => subscribers.close());
afterEach(async () => {
  waitAtMost(10_000);
  await subscribers.leave();
  expect(receiver.forged).toEqual([]);
});

/** In place of the 10 s that a subscriber has. */
const waitAtMost = (ms: number): void => {
  subscribers.app.app.get(HttpSender).timeoutMs = ms;
};
const quiet = (): Promise<void> => subscribers.app.quiet();
const idsAt = (path: string): string[] => receiver.events(path).map(({ id }) => id);
const headersAt = (path: string): Record<string, string> =>
  receiver.events(path).at(-1)?.headers as Record<string, string>;
const redirect = (status: number, location: string): Behaviour => ({ status, headers: { location } });

describe('the first delivery', () => {
  it('is signed so that standardwebhooks and svix verify it, and says what happened', async () => {
    const { id, path } = await subscribers.subscribe();
    const payment = await subscribers.pay();
    await quiet();
    const [event, ...more] = receiver.events(path);
    const text = event?.text ?? '';
    const said = {
      type: 'payment.succeeded',
      timestamp: expect.stringMatching(/^\d{4}-.*Z$/),
      sequence: 2,
      data: expect.objectContaining({ gatewayPaymentId: payment, amount: '10000', currency: 'USD' }),
    };
    expect(new Webhook(SUBSCRIBER_SECRET).verify(text, headersAt(path))).toEqual(said);
    expect(new SvixWebhook(SUBSCRIBER_SECRET).verify(text, headersAt(path))).toEqual(said);
    const forged = { ...headersAt(path), 'webhook-id': freshId('evt') };
    expect(() => new SvixWebhook(SUBSCRIBER_SECRET).verify(text, forged)).toThrow();
    expect(more).toEqual([]);
    expect(await subscribers.dispatches(id)).toMatchObject([
      { eventId: event?.id, status: 'delivered', attempts: 1, httpStatus: 200, answer: 'ok', reason: null },
    ]);
    expect(await subscribers.view(id)).toMatchObject({
      lastSuccessAt: expect.any(String),
      failingSince: null,
    });
  });
});

describe('a subscriber that fails', () => {
  it('with 500, and answers 200 then, is sent the event twice with the same id', async () => {
    const { id, path } = await subscribers.subscribe();
    receiver.behave(path, (nth) => (nth === 0 ? 500 : 200));
    await subscribers.pay();
    await until(async () => (await subscribers.dispatches(id))[0]?.status === 'delivered', 'the delivery');
    expect(idsAt(path)).toHaveLength(2);
    expect(new Set(idsAt(path)).size).toBe(1);
    expect(await subscribers.dispatches(id)).toMatchObject([{ attempts: 2, reason: null, httpStatus: 200 }]);
  });

  it.each<[what: string, behaviour: () => Behaviour, reason: string, httpStatus: number | null]>([
    ['answers 500', () => 500, 'status_500', 500],
    ['answers 404', () => 404, 'status_404', 404],
    ['is slow, and does not answer in time', () => 'hang', 'timeout', null],
    ['closes in the middle of its answer', () => 'cut', 'connection_closed', null],
    [
      'redirects to the metadata of the cloud',
      () => redirect(302, 'http://169.254.169.254/latest'),
      'redirect',
      302,
    ],
    ['redirects to itself', () => redirect(307, receiver.url('/followed')), 'redirect', 307],
  ])(
    'because it %s is tried until the last try, with one id',
    async (_what, behaviour, reason, httpStatus) => {
      const { id, path } = await subscribers.subscribe();
      receiver.behave(path, behaviour());
      waitAtMost(behaviour() === 'hang' ? 200 : 10_000);
      await subscribers.pay();
      await until(async () => (await subscribers.dispatches(id))[0]?.status === 'dead', 'the last try');
      await quiet();
      expect(await subscribers.dispatches(id)).toMatchObject([
        { status: 'dead', attempts: TRIES, reason, httpStatus, nextTryAt: null },
      ]);
      expect(idsAt(path)).toHaveLength(TRIES);
      expect(new Set(idsAt(path)).size).toBe(1);
      expect(receiver.paths).not.toContain('/followed');
      expect(await subscribers.view(id)).toMatchObject({
        status: 'active',
        failingSince: expect.any(String),
      });
    },
  );

  it('to end its answer has 64 kB of it kept, and its connection is let go of', async () => {
    const { id, path } = await subscribers.subscribe({ maxInFlight: 1 });
    receiver.behave(path, 'endless');
    await subscribers.pay();
    await subscribers.pay();
    await quiet();
    const sent = await subscribers.dispatches(id);
    expect(sent.map((one) => [one.status, one.answer.length])).toEqual([
      ['delivered', 65_536],
      ['delivered', 65_536],
    ]);
    await until(() => receiver.underWayNow(path) === 0, 'the connections to be closed');
  });

  it.each([
    ['3600', 3_590, 3_600],
    ['31536000', 86_390, 86_400],
    ['Fri, 01 Jan 2100 00:00:00 GMT', 86_390, 86_400],
  ])('and says Retry-After: %s is tried from then on, or after a day', async (header, least, most) => {
    const { id, path } = await subscribers.subscribe();
    receiver.behave(path, { status: 503, headers: { 'retry-after': header } });
    await subscribers.pay();
    const waiting = await until(async () => (await subscribers.dispatches(id))[0], 'the first try');
    const seconds = (Date.parse(waiting.nextTryAt) - Date.parse(waiting.updatedAt)) / 1000;
    expect(seconds).toBeGreaterThan(least);
    expect(seconds).toBeLessThanOrEqual(most);
    await quiet();
    expect(await subscribers.app.get('/stats')).toMatchObject({
      subscriptions: { pending: 0, scheduled: 1 },
    });
  });

  it.each(['-3600', '0', 'Thu, 01 Jan 1970 00:00:00 GMT', 'soon', '1e9', '9'.repeat(16)])(
    'and says Retry-After: %s is tried as if it had said nothing',
    async (header) => {
      const { id, path } = await subscribers.subscribe();
      receiver.behave(path, (nth) => (nth === 0 ? { status: 429, headers: { 'retry-after': header } } : 200));
      await subscribers.pay();
      await until(() => receiver.events(path).length === 2, 'the second try');
      await until(async () => (await subscribers.dispatches(id))[0].status === 'delivered', 'the delivery');
    },
  );
});

describe('a subscriber that is gone (410)', () => {
  it('is sent nothing more, not even what was paid right after, and the operator hears of it', async () => {
    const { id, path } = await subscribers.subscribe({ maxInFlight: 1 });
    receiver.behave(path, 410);
    await subscribers.pay();
    await until(() => receiver.events(path).length === 1, 'the answer');
    for (let nth = 0; nth < 3; nth++) await subscribers.pay();
    await until(async () => (await subscribers.view(id)).status === 'ended', 'the end');
    await quiet();
    expect(receiver.events(path)).toHaveLength(1);
    expect(await subscribers.view(id)).toMatchObject({ status: 'ended', reason: 'gone' });
    expect(await subscribers.dispatches(id)).toMatchObject([{ status: 'dead', reason: 'status_410' }]);
    expect(await subscribers.noticesOf(id)).toEqual([expect.stringContaining('has ended')]);
    for (const what of ['pause', 'resume', 'confirm', 'redeliver'])
      expect([
        what,
        (await subscribers.send('POST', `/subscriptions/${id}/${what}`, { failed: true })).status,
      ]).toEqual([what, 409]);
  });

  it('ends with what was under way: nothing of it waits for another try', async () => {
    const { id, path } = await subscribers.subscribe({ maxInFlight: 2 });
    waitAtMost(500);
    let count = 0;
    receiver.behave(path, () => (++count === 1 ? 'hang' : 410));
    await subscribers.pay();
    await until(() => receiver.events(path).length === 1, 'the one that hangs');
    await subscribers.pay();
    await until(async () => (await subscribers.view(id)).status === 'ended', 'the end');
    await until(async () => (await subscribers.dispatches(id)).length === 2, 'the end of what was under way');
    expect((await subscribers.dispatches(id)).map(({ status, reason }) => [status, reason]).sort()).toEqual([
      ['dead', 'ended'],
      ['dead', 'status_410'],
    ]);
  });
});

describe('a pause', () => {
  it('comes after five events in a row that died: none is lost, and none counts that was not tried to the end', async () => {
    const { id, path } = await subscribers.subscribe({ maxInFlight: 1 });
    receiver.behave(path, 500);
    for (let nth = 0; nth < 7; nth++) await subscribers.pay();
    await until(async () => (await subscribers.view(id)).status === 'paused', 'the pause');
    expect(await subscribers.view(id)).toMatchObject({
      reason: 'five_dead',
      failingSince: expect.any(String),
    });
    expect(await subscribers.noticesOf(id)).toEqual([expect.stringContaining('is paused')]);
    const tried = receiver.events(path).length;
    await subscribers.pay();
    await quiet();
    expect(receiver.events(path)).toHaveLength(tried);
    const dead = (await subscribers.dispatches(id)).filter(({ status }) => status === 'dead');
    expect(dead.map(({ attempts }) => attempts)).toEqual([TRIES, TRIES, TRIES, TRIES, TRIES]);

    receiver.behave(path, 200);
    expect(await subscribers.act(id, 'resume')).toMatchObject({ status: 'active', reason: null });
    await until(async () => (await statusesOf(id)).delivered === 3, 'what was kept');
    expect(await subscribers.act(id, 'redeliver', { failed: true })).toEqual({ events: 5 });
    await until(async () => (await statusesOf(id)).delivered === 8, 'what had died');
    expect(new Set(idsAt(path)).size).toBe(8);
  });

  it('by the operator holds for what happens after it, and what it kept is sent on resume', async () => {
    const { id, path } = await subscribers.subscribe();
    expect(await subscribers.act(id, 'pause')).toMatchObject({ status: 'paused', reason: 'operator' });
    await subscribers.pay();
    await subscribers.pay();
    await quiet();
    expect(idsAt(path)).toEqual([]);
    await subscribers.act(id, 'resume');
    await until(() => idsAt(path).length === 2, 'what it missed');
  });
});

describe('sending again', () => {
  it('by id, since a time, and of what failed, comes with the same ids', async () => {
    const { id, path } = await subscribers.subscribe({ topics: ['payment.*'] });
    receiver.behave(path, (nth, { type }) => (type === 'payment.succeeded' && nth < TRIES ? 500 : 200));
    const before = new Date();
    await subscribers.pay();
    await until(async () => (await statusesOf(id)).dead === 1, 'the event that fails');
    const [created, succeeded] = receiver.events(path).map((one) => one.id) as [string, string];
    const sent = idsAt(path).length;

    expect(await subscribers.act(id, 'redeliver', { eventId: created })).toEqual({ events: 1 });
    await until(() => idsAt(path).length === sent + 1, 'the event by its id');
    await quiet();
    expect(await subscribers.act(id, 'redeliver', { failed: true })).toEqual({ events: 1 });
    await until(() => idsAt(path).length === sent + 2, 'the event that failed');
    await quiet();
    expect(await subscribers.act(id, 'redeliver', { since: before.toISOString() })).toEqual({ events: null });
    await until(() => idsAt(path).length === sent + 4, 'the events since');
    await quiet();
    expect(idsAt(path).slice(sent, sent + 2)).toEqual([created, succeeded]);
    expect(
      idsAt(path)
        .slice(sent + 2)
        .sort(),
    ).toEqual([created, succeeded].sort());
    expect(await statusesOf(id)).toEqual({ delivered: 2 });
    const none = '019abf6e-5c00-7000-8000-000000000001';
    const unknown = await subscribers.send('POST', `/subscriptions/${id}/redeliver`, { eventId: none });
    expect(unknown.status).toBe(404);
  });
});

describe('order', () => {
  it.each([
    ['delivered', TRIES - 1],
    ['dead', TRIES],
  ])(
    'is kept for a payment until its earlier event is %s, and others do not wait',
    async (_end, failures) => {
      const { path } = await subscribers.subscribe({ ordered: true, topics: ['payment.*'] });
      const slow = freshId('slow');
      receiver.behave(path, (nth, { type, data }) =>
        data.gatewayPaymentId === slow && type === 'payment.created' && nth < failures ? 500 : 200,
      );
      await subscribers.pay(slow);
      await subscribers.refund(slow);
      const other = await subscribers.pay();
      const total = TRIES + 2 + 2;
      await until(() => receiver.events(path).length === total, 'all of them');
      const told = receiver.events(path).map(({ body }) => [body.data.gatewayPaymentId, body.type]);
      expect(told.filter(([payment]) => payment === slow).map(([, type]) => type)).toEqual([
        ...Array.from({ length: TRIES }, () => 'payment.created'),
        'payment.succeeded',
        'payment.refunded',
      ]);
      expect(told.findIndex(([payment]) => payment === other)).toBeLessThan(total - 2);
      await quiet();
    },
  );
});

/** The subscriber asks to be left alone for an hour. */
const LATER = { status: 503, headers: { 'retry-after': '3600' } };

/** What was answered, event by event. */
const told = (path: string): string[] =>
  receiver.events(path).map(({ body, answer }) => `${body.sequence} ${(/\b\d{3}\b/.exec(answer) ?? [])[0]}`);

/** An answer that comes when it is let go of. */
function answerOnCall(behaviour: { status: number; headers: Record<string, string> }) {
  let letGo = (): void => undefined;
  const after = new Promise<void>((resolve) => (letGo = resolve));
  return { behaviour: { ...behaviour, after }, letGo: (): void => letGo() };
}

const OK = { status: 200, headers: {} };

describe('order, where an operator steps in', () => {
  it('is given up with `ordered`: what waited for an earlier event is sent', async () => {
    const { id, path } = await subscribers.subscribe({ ordered: true, topics: ['payment.*'] });
    receiver.behave(path, (_nth, { sequence }) => (sequence === 1 ? LATER : 200));
    await subscribers.pay();
    await until(async () => (await subscribers.dispatches(id)).length === 2, 'the one that waits');
    expect(told(path)).toEqual(['1 503']);
    await subscribers.send('PATCH', `/subscriptions/${id}`, { ordered: false });
    await until(() => told(path).length === 2, 'the one that waited');
    expect(told(path)).toEqual(['1 503', '2 200']);
  });

  it.each(['under way', 'to be tried in an hour'])(
    'is kept when an event is sent again while a later one is %s',
    async (which) => {
      const { id, path } = await subscribers.subscribe({ ordered: true, topics: ['payment.*'] });
      const slow = answerOnCall(LATER);
      if (which !== 'under way') slow.letGo();
      receiver.behave(path, (nth, { sequence }) => (sequence === 2 && nth === 0 ? slow.behaviour : 200));
      await subscribers.pay();
      await until(() => told(path).length === 2, 'the later event');
      if (which !== 'under way')
        await until(async () => (await statusesOf(id)).pending === 1, 'the end of its try');
      else await until(async () => (await statusesOf(id)).delivered === 1, 'the end of the earlier one');
      await subscribers.act(id, 'redeliver', { eventId: idsAt(path)[0] });
      slow.letGo();
      await until(() => told(path).length === 4, 'both');
      expect(told(path)).toEqual(['1 200', '2 503', '1 200', '2 200']);
      await until(async () => (await statusesOf(id)).delivered === 2, 'the ends of both');
    },
  );

  it('loses nothing and locks nothing up while what is sent again is written beside the end of a try', async () => {
    const { id, path } = await subscribers.subscribe({ ordered: true, topics: ['payment.*'] });
    await subscribers.pay();
    await until(async () => (await statusesOf(id)).delivered === 2, 'both events');
    const [first, second] = idsAt(path);
    const slow = answerOnCall(OK);
    receiver.behave(path, (_nth, { sequence }) => (sequence === 1 ? slow.behaviour : 200));
    await subscribers.act(id, 'redeliver', { eventId: first });
    await until(() => told(path).length === 3, 'the first event to be under way');
    const other = subscribers.app.app.get(DataSource).createQueryRunner();
    await other.startTransaction();
    await other.query('SELECT FROM dispatches WHERE subscription_id = $1 AND event_id = $2 FOR UPDATE', [
      ...[id, second],
    ]);
    const again = subscribers.act(id, 'redeliver', { eventId: second });
    await until(async () => (await waiting()) === 1, 'the redelivery to wait for the row');
    slow.letGo();
    await until(async () => (await waiting()) === 2, 'the end of the try to wait');
    // What sending has written by now, the redelivery would have to wait for: each would wait for the other.
    await other.query(`SET LOCAL lock_timeout = '500ms'`);
    await other.query('SELECT FROM dispatches WHERE subscription_id = $1 AND event_id = $2 FOR UPDATE', [
      ...[id, first],
    ]);
    await other.rollbackTransaction();
    await other.release();
    expect(await again).toEqual({ events: 1 });
    await until(() => told(path).length === 4, 'the second event');
    await until(async () => (await statusesOf(id)).delivered === 2, 'the ends of both');
  });
});

describe('what is asked to be sent again', () => {
  it('since one time and then since a later one is sent since the earlier one', async () => {
    const { id, path } = await subscribers.subscribe();
    const before = new Date();
    await subscribers.pay();
    await subscribers.pay();
    await until(async () => (await statusesOf(id)).delivered === 2, 'both events');
    for (const since of [before, new Date(Date.now() + 60_000)])
      await subscribers.act(id, 'redeliver', { since: since.toISOString() });
    await until(() => idsAt(path).length === 4, 'both events again');
  });

  it('by its id is sent, although no topic asks for it and it is ahead of a paused subscription', async () => {
    const { id, path } = await subscribers.subscribe();
    await subscribers.act(id, 'pause');
    await subscribers.pay();
    await quiet();
    const { items } = await subscribers.app.get('/events?topics=payment.created&limit=200');
    await subscribers.act(id, 'redeliver', { eventId: items.at(-1).id });
    await subscribers.act(id, 'resume');
    await until(() => idsAt(path).length === 2, 'both events');
    expect(told(path).sort()).toEqual(['1 200', '2 200']);
    await until(async () => (await statusesOf(id)).delivered === 2, 'the ends of both');
  });
});

describe('limits', () => {
  it('of requests under way are kept, and one subscriber that hangs holds up no other', async () => {
    const narrow = await subscribers.subscribe({ maxInFlight: 2 });
    const hanging = await subscribers.subscribe({ maxInFlight: 1 });
    receiver.behave(narrow.path, 'slow');
    receiver.behave(hanging.path, 'hang');
    for (let nth = 0; nth < 8; nth++) await subscribers.pay();
    await until(() => idsAt(narrow.path).length === 8, 'all of them');
    expect(receiver.mostUnderWay(narrow.path)).toBe(2);
    expect(receiver.mostUnderWay(hanging.path)).toBe(1);
    expect(idsAt(hanging.path)).toHaveLength(1);
  });
});

describe('a secret that is rotated', () => {
  it('signs beside the new one for 24 hours, and no longer', async () => {
    const { id, path } = await subscribers.subscribe();
    const { secret, previousSecretUntil } = await subscribers.act(id, 'rotate');
    expect((Date.parse(previousSecretUntil) - Date.now()) / 3_600_000).toBeCloseTo(24, 1);
    const verifies = (by: string): boolean => {
      try {
        return new Webhook(by).verify(receiver.events(path).at(-1)?.text ?? '', headersAt(path)) !== null;
      } catch {
        return false;
      }
    };
    await subscribers.pay();
    await quiet();
    expect([verifies(secret), verifies(SUBSCRIBER_SECRET)]).toEqual([true, true]);
    expect(
      new SvixWebhook(secret).verify(receiver.events(path)[0]?.text ?? '', headersAt(path)),
    ).toBeTruthy();

    await subscribers.query(
      `UPDATE subscriptions SET previous_secret_until = now() - interval '1 second', updated_at = now() WHERE id = $1`,
      [id],
    );
    receiver.secrets.set(path, secret);
    await subscribers.pay();
    await quiet();
    expect(idsAt(path)).toHaveLength(2);
    expect([verifies(secret), verifies(SUBSCRIBER_SECRET)]).toEqual([true, false]);
    expect(JSON.stringify(await subscribers.view(id))).not.toContain('whsec_');
  });
});

describe('two processes on one database', () => {
  it('send each event once while nothing fails', async () => {
    const { app } = subscribers;
    const second = await startTestApp({ databaseUrl: app.databaseUrl, environment: QUICK_TRIES });
    try {
      const { path } = await subscribers.subscribe({ topics: ['payment.*'] });
      for (let nth = 0; nth < 10; nth++) await subscribers.pay();
      await until(() => idsAt(path).length >= 20, 'every event');
      await quiet();
      expect(idsAt(path)).toHaveLength(20);
      expect(new Set(idsAt(path)).size).toBe(20);
    } finally {
      await second.close();
    }
  });
});

describe('a challenge', () => {
  it.each([
    ['another value', 200, 'wrong_answer'],
    ['a failure', 500, 'status_500'],
    ['nothing in time', 'hang', 'timeout'],
  ] as const)(
    'that is answered with %s confirms nothing; answered right, it does',
    async (_what, lie, reason) => {
      const path = subscribers.freshPath();
      receiver.lies.set(path, lie);
      waitAtMost(lie === 'hang' ? 200 : 10_000);
      const { id } = await subscribers.register({}, path);
      const refused = await subscribers.send('POST', `/subscriptions/${id}/confirm`);
      expect(refused).toMatchObject({ status: 409, json: { type: '/problems/subscription-not-confirmed' } });
      expect(refused.json.detail).toContain(reason);
      await subscribers.pay();
      await quiet();
      expect(await subscribers.view(id)).toMatchObject({ status: 'unconfirmed', challengeError: reason });
      receiver.lies.delete(path);
      await until(
        async () => (await subscribers.view(id)).status === 'active',
        'the challenge to come again',
      );
      const after = await subscribers.pay();
      await quiet();
      // From the confirmation on: what was paid before it is not sent.
      expect(receiver.events(path).map(({ body }) => body.data.gatewayPaymentId)).toEqual([after]);
    },
  );

  it('that hangs holds up no other one', async () => {
    waitAtMost(120_000);
    for (let nth = 0; nth < 24; nth++) {
      const path = subscribers.freshPath();
      receiver.lies.set(path, 'hang');
      await subscribers.register({}, path);
    }
    const { id } = await subscribers.register();
    await until(async () => (await subscribers.view(id)).status === 'active', 'the one that answers');
    subscribers.app.app.get(HttpSender).abort();
  });
});

describe('the customer', () => {
  it('is told only where that was asked for, read when it is sent, and not once the person is erased', async () => {
    const { id, path } = await subscribers.subscribe({ includeCustomer: true });
    const plain = await subscribers.subscribe();
    const payment = await subscribers.pay();
    const address = `${payment}@example.com`;
    await quiet();
    expect(receiver.events(path)[0]?.body.data.customer).toMatchObject({ email: address });
    expect(receiver.events(plain.path)[0]?.text).not.toMatch(/Asha|@example\.com|Do not show me/);
    const stored = (): Promise<unknown[]> =>
      subscribers.query('SELECT dispatches::text AS row FROM dispatches');
    expect(JSON.stringify(await stored())).not.toContain(address);

    await subscribers.send('POST', '/customers/erase', { customer: address });
    await subscribers.act(id, 'redeliver', { eventId: idsAt(path)[0] });
    await until(() => idsAt(path).length > 1, 'the second time');
    expect(receiver.events(path)[1]?.body.data.customer?.email ?? null).toBeNull();
  });
});

describe('the customer of a registered order', () => {
  it('is told with its payment, and with its customer account', async () => {
    const { path } = await subscribers.subscribe({
      ...{ includeCustomer: true, topics: ['payment.succeeded', 'account.*'] },
    });
    const [order, member] = [freshId('ord'), freshId('member')];
    const terms = { amount: '10000', currency: 'USD', customer: { id: member } };
    expect((await subscribers.send('PUT', `/orders/${order}`, terms)).status).toBeLessThan(300);
    const customer = { id: freshId('cus'), email: `${member}@example.com` };
    await subscribers.pay(freshId('pay'), { order, customer });
    await quiet();
    expect(receiver.events(path).map(({ body }) => [body.type, body.data.customer])).toEqual(
      ['payment.succeeded', 'account.activated'].map((type) => [
        type,
        expect.objectContaining({ id: member, email: `${member}@example.com` }),
      ]),
    );
  });
});

it('an order that was registered without a customer has the one who paid it', async () => {
  const { path } = await subscribers.subscribe({ includeCustomer: true, topics: ['order.*'] });
  const order = freshId('ord');
  const terms = { amount: '10000', currency: 'USD' };
  expect((await subscribers.send('PUT', `/orders/${order}`, terms)).status).toBeLessThan(300);
  const payers = [freshId('cus'), freshId('cus')].map((id) => ({ id, email: `${id}@example.com` }));
  for (const customer of payers) {
    await subscribers.pay(freshId('pay'), { order, customer });
    await quiet();
  }
  const heard = receiver.events(path).map(({ body }) => [body.type, body.data.customer]);
  expect(heard).toEqual([
    ['order.paid', expect.objectContaining(payers[0] as object)],
    ['order.flagged', expect.objectContaining(payers[1] as object)],
  ]);
});

/** How many dispatches are in each status. */
async function statusesOf(id: string): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { status } of await subscribers.dispatches(id)) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}

/** How many connections wait for a lock that another one holds. */
async function waiting(): Promise<number> {
  const [row] = await subscribers.query<{ n: number }>(
    `SELECT count(*)::integer AS n FROM pg_stat_activity
     WHERE datname = current_database() AND wait_event_type = 'Lock' AND backend_type = 'client backend'`,
  );
  return row?.n ?? 0;
}
