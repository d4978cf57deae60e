import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { newId } from '../../src/platform/database/new-id.js';
import { expireLog } from '../../src/platform/events/log/event-retention.store.js';
import { missedEvents } from '../../src/subscriptions/subscription.metrics.js';
import { removeOld, tellOfFailing } from '../../src/subscriptions/upkeep.js';
import type { Receiver } from '../support/receiver.js';
import { ask } from '../support/requests.js';
import { Subscribers } from '../support/subscribers.js';
import { type Json, READ_KEY, until } from '../support/test-app.js';

/* What operators do with subscriptions. What becomes of events is in subscription-delivery.e2e-spec.ts. */

const DAY_MS = 86_400_000;

let subscribers: Subscribers;
let receiver: Receiver;

beforeAll(async () => {
  subscribers = await Subscribers.start();
  ({ receiver } = subscribers);
});
afterAll(() => subscribers.close());
afterEach(() => subscribers.leave());

const db = () => subscribers.app.app.get(DataSource).manager;
const quiet = (): Promise<void> => subscribers.app.quiet();
const typesAt = (path: string): string[] => receiver.events(path).map(({ body }) => body.type);
const change = (id: string, terms: object) => subscribers.send('PATCH', `/subscriptions/${id}`, terms);

describe('a filter', () => {
  it('leaves out what it says, and a change of it holds for what happens after it', async () => {
    const test = await subscribers.subscribe({ topics: ['payment.*'], filter: { mode: 'test' } });
    const stripe = await subscribers.subscribe({ topics: ['*'], filter: { gateway: 'stripe' } });
    const all = await subscribers.subscribe({
      ...{ topics: ['*'], filter: { gateway: 'standard', account: 'default' } },
    });
    await subscribers.pay();
    await quiet();
    expect([test, stripe].map(({ path }) => typesAt(path))).toEqual([[], []]);
    expect(typesAt(all.path).sort()).toEqual(['payment.created', 'payment.succeeded']);

    expect((await change(all.id, { topics: ['payment.created'] })).status).toBe(200);
    await subscribers.pay();
    await quiet();
    expect(typesAt(all.path).slice(2)).toEqual(['payment.created']);
  });
});

describe('a changed URL', () => {
  /** A path that answers no challenge until it is told to. */
  const silentPath = (): string => {
    const path = subscribers.freshPath();
    receiver.lies.set(path, 500);
    return path;
  };
  const moveTo = async (id: string, path: string, terms: object = {}): Promise<void> => {
    const moved = await change(id, { url: receiver.url(path), ...terms });
    expect(moved).toMatchObject({ status: 200, json: { status: 'unconfirmed', ...terms } });
  };

  it('is sent a challenge first, and then what happened meanwhile', async () => {
    const { id, path } = await subscribers.subscribe();
    const moved = silentPath();
    await moveTo(id, moved, { maxInFlight: 9 });
    await subscribers.pay();
    await quiet();
    expect([typesAt(path), typesAt(moved)]).toEqual([[], []]);
    receiver.lies.delete(moved);
    await until(() => typesAt(moved).length === 1, 'the event at the new URL');
    expect(typesAt(path)).toEqual([]);
    expect(await subscribers.view(id)).toMatchObject({ status: 'active', reason: null, maxInFlight: 9 });
  });

  it('of a paused subscription is confirmed, and the subscription stays paused with what it kept', async () => {
    const { id } = await subscribers.subscribe();
    await subscribers.act(id, 'pause');
    await subscribers.pay();
    const moved = silentPath();
    await moveTo(id, moved);
    expect(await subscribers.view(id)).toMatchObject({ status: 'unconfirmed', reason: 'operator' });
    receiver.lies.delete(moved);
    await until(async () => (await subscribers.view(id)).status === 'paused', 'the confirmation');
    expect(await subscribers.view(id)).toMatchObject({ reason: 'operator', confirmedAt: expect.any(String) });
    await quiet();
    expect(typesAt(moved)).toEqual([]);
    await subscribers.act(id, 'resume');
    await until(() => typesAt(moved).length === 1, 'what was kept');
  });

  it('does not bring back a subscription that has ended', async () => {
    const { id, path } = await subscribers.subscribe();
    receiver.behave(path, 410);
    await subscribers.pay();
    await until(async () => (await subscribers.view(id)).status === 'ended', 'the end');
    const refused = await change(id, { url: receiver.url(subscribers.freshPath()) });
    expect(refused).toMatchObject({ status: 409, json: { type: '/problems/subscription-status' } });
    expect(refused.json.detail).toContain('register it again');
    expect(await subscribers.send('POST', `/subscriptions/${id}/rotate`, {})).toMatchObject({
      ...{ status: 409, json: { type: '/problems/subscription-status' } },
    });
    expect(await subscribers.view(id)).toMatchObject({ status: 'ended', url: receiver.url(path) });
  });

  it('is not ended by what the old one answers', async () => {
    const { id, path } = await subscribers.subscribe({ maxInFlight: 1 });
    let answer = (): void => undefined;
    const after = new Promise<void>((go) => (answer = go));
    receiver.behave(path, { status: 410, headers: {}, after });
    await subscribers.pay();
    await until(() => typesAt(path).length === 1, 'the try at the old URL');
    const moved = subscribers.freshPath();
    await moveTo(id, moved);
    await subscribers.act(id, 'confirm');
    answer();
    await until(async () => (await subscribers.dispatches(id)).length === 1, 'the answer of the old one');
    await subscribers.pay();
    await until(() => typesAt(moved).length > 0, 'the event at the new URL');
    expect(await subscribers.view(id)).toMatchObject({ status: 'active' });
  });
});

it('tells the operator of events that were removed while a subscription was paused, once for each gap', async () => {
  const { id, path } = await subscribers.subscribe();
  await subscribers.pay();
  await until(() => typesAt(path).length === 1, 'the event before the pause');
  await subscribers.act(id, 'pause');
  await subscribers.pay();
  await subscribers.pay();
  await quiet();
  const [behind] = await subscribers.query<{ n: number }>(
    `SELECT (head - position)::integer AS n FROM event_log_state, subscriptions WHERE subscriptions.id = $1`,
    [id],
  );
  const metrics = (await ask(subscribers.app, '/metrics')).text;
  expect(metrics).toContain(`payhook_subscription_behind_events ${behind?.n}\n`);
  while ((await db().transaction((manager) => expireLog(manager, new Date(Date.now() + DAY_MS)))) > 0);
  await subscribers.pay();
  const before = (await missedEvents.get()).values[0]?.value ?? 0;
  await subscribers.act(id, 'resume');
  await until(() => typesAt(path).length === 2, 'what is kept');
  await subscribers.act(id, 'pause');
  await subscribers.act(id, 'resume');
  await quiet();
  expect(behind?.n).toBeGreaterThanOrEqual(4);
  expect(await subscribers.noticesOf(id)).toEqual([
    expect.stringMatching(new RegExp(`missed ${behind?.n} events$`)),
  ]);
  expect((await missedEvents.get()).values[0]?.value).toBe(before + (behind?.n ?? 0));
});

it('shows until when an unconfirmed one is asked, and when next; 410 ends none that is asked', async () => {
  const path = subscribers.freshPath();
  receiver.lies.set(path, 410);
  const { id } = await subscribers.register({}, path);
  const asked = await until(async () => {
    const view = await subscribers.view(id);
    return view.challengeError === null ? null : view;
  }, 'the first answer');
  expect(asked).toMatchObject({ status: 'unconfirmed', reason: null, challengeError: 'status_410' });
  expect(Date.parse(asked.challengeUntil)).toBe(Date.parse(asked.createdAt) + DAY_MS);
  expect(Date.parse(asked.nextChallengeAt)).toBeGreaterThan(Date.parse(asked.createdAt));
  receiver.lies.delete(path);
  expect(await subscribers.act(id, 'confirm')).toMatchObject({
    ...{ status: 'active', challengeUntil: null, nextChallengeAt: null },
  });
});

describe('the upkeep', () => {
  const later = (ms: number): Date => new Date(Date.now() + ms);

  it('tells the operator after one hour without a success, once', async () => {
    const { id, path } = await subscribers.subscribe();
    receiver.behave(path, { status: 503, headers: { 'retry-after': '3600' } });
    await subscribers.pay();
    await until(async () => (await subscribers.view(id)).failingSince, 'the failure');
    await tellOfFailing(db(), later(3_590_000));
    expect(await subscribers.noticesOf(id)).toEqual([]);
    await tellOfFailing(db(), later(3_610_000));
    await tellOfFailing(db(), later(7_300_000));
    expect(await subscribers.noticesOf(id)).toEqual([
      expect.stringMatching(/^Nothing reaches the subscriber/),
    ]);
    const [notice] = await subscribers.query<{ content: Json }>(
      `SELECT content FROM operator_notices WHERE key LIKE 'subscription:' || $1 || ':failing:%'`,
      [id],
    );
    expect(notice?.content).toMatchObject({ where: 'GET /subscriptions' });
  });

  it('deletes dispatches after 30 days, but none that waits', async () => {
    const { id, path } = await subscribers.subscribe({ topics: ['payment.*'] });
    receiver.behave(path, (_nth, { type }) =>
      type === 'payment.created' ? 200 : { status: 503, headers: { 'retry-after': '3600' } },
    );
    await subscribers.pay();
    await until(async () => (await subscribers.dispatches(id)).length === 2, 'both');
    await removeOld(db(), later(29 * DAY_MS));
    expect(await subscribers.dispatches(id)).toHaveLength(2);
    while ((await removeOld(db(), later(30 * DAY_MS + 60_000))) > 0);
    expect(await subscribers.dispatches(id)).toMatchObject([
      { type: 'payment.succeeded', status: 'pending' },
    ]);
  });
});

it('deletes what a try under way left of a subscription that was deleted, and nothing of others', async () => {
  const kept = await subscribers.subscribe({ topics: ['payment.created'] });
  await subscribers.pay();
  await until(async () => (await subscribers.dispatches(kept.id)).length === 1, 'the dispatch');
  const left = `SELECT count(*)::integer AS n FROM dispatches WHERE subscription_id = $1`;
  const gone = newId();
  await db().query(
    `INSERT INTO dispatches SELECT (jsonb_populate_record(one, jsonb_build_object('id', gen_random_uuid(),
       'subscription_id', $1::uuid))).* FROM dispatches one WHERE subscription_id = $2`,
    [gone, kept.id],
  );
  while ((await removeOld(db(), new Date())) > 0);
  expect(await db().query(left, [gone])).toEqual([{ n: 0 }]);
  expect(await subscribers.dispatches(kept.id)).toHaveLength(1);
});

it('what an operator does to a subscription is logged with the name of the key', async () => {
  const log = jest.spyOn(Logger.prototype, 'log');
  const { id } = await subscribers.subscribe();
  const lines = log.mock.calls.map(([line]: unknown[]) => line);
  log.mockRestore();
  for (const act of ['subscription_create', 'subscription_confirm'])
    expect(lines).toContainEqual(
      expect.objectContaining({ fields: expect.objectContaining({ act, key: 'ops', id }) }),
    );
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
    const { status, json } = await subscribers.send('POST', '/subscriptions', body);
    expect([status, json.type]).toEqual([422, '/problems/invalid-body']);
    expect(json.errors.map(({ path }: Json) => path)).toEqual(paths);
  });

  it('refuses every hostile URL with a sentence, at registration and at a change', async () => {
    const { id } = await subscribers.subscribe();
    const urls = [
      ...[null, 5, true, [], {}, '', ' https://127.0.0.1/', 'https://127.0.0.1/\n', 'https://127.0.0.1/\0'],
      ...['https://', 'https://[::1', 'https://exa mple/', '//127.0.0.1/', '127.0.0.1', '\ud800'],
      ...[
        'https://user@127.0.0.1/',
        'https://:word@127.0.0.1/',
        'https://@127.0.0.1/',
        'https:\\\\user@127.0.0.1/',
      ],
      ...[
        'https://127.0.0.1:0/',
        'https://127.0.0.1:65536/',
        'https://127.0.0.1:-1/',
        'https://127.0.0.1:x/',
      ],
      ...['https://127.0.0.1/#part', 'HTTP://10.0.0.1/', 'https://10.0.0.1./', 'https://①⓪.0.0.1/'],
      ...['javascript:alert(1)', 'data:,x', 'file:///etc/passwd', 'FTP://127.0.0.1/'],
    ];
    for (const url of urls)
      for (const [method, path] of [
        ['POST', '/subscriptions'],
        ['PATCH', `/subscriptions/${id}`],
      ] as const) {
        const { status, json } = await subscribers.send(method, path, { topics: ['payment.*'], url });
        expect({ url, method, status, errors: json.errors }).toEqual({
          ...{ url, method, status: 422 },
          errors: [{ path: 'url', message: expect.stringMatching(/^(?:must |leads )/) }],
        });
      }
    expect(await subscribers.view(id)).toMatchObject({ status: 'active', topics: ['payment.succeeded'] });
  });

  it('makes a secret where none is given, and shows it once', async () => {
    const { status, json } = await subscribers.send('POST', '/subscriptions', good);
    expect(status).toBe(201);
    expect(json).toMatchObject({
      status: 'unconfirmed',
      filter: { mode: 'live', gateway: null },
      maxInFlight: 4,
      ratePerSecond: 50,
    });
    expect(json.secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect(
      JSON.stringify([await subscribers.view(json.id), await subscribers.app.get('/subscriptions')]),
    ).not.toContain(json.secret);
    expect((await subscribers.send('POST', '/subscriptions', good, READ_KEY)).status).toBe(403);
    expect((await subscribers.send('GET', '/subscriptions', undefined, READ_KEY)).status).toBe(200);
    expect((await subscribers.send('DELETE', `/subscriptions/${json.id}`)).status).toBe(204);
    expect((await subscribers.send('GET', `/subscriptions/${json.id}`)).status).toBe(404);
  });

  it('ends at 100 subscriptions', async () => {
    const first = await subscribers.send('POST', '/subscriptions', good);
    await subscribers.query(
      `INSERT INTO subscriptions
       SELECT copy.* FROM subscriptions one, generate_series(2, 99) AS nth, jsonb_populate_record(one,
         jsonb_build_object('id', md5(nth::text)::uuid, 'status', 'ended', 'description', 'copy')) AS copy
       WHERE one.id = $1`,
      [first.json.id],
    );
    const last = await subscribers.send('POST', '/subscriptions', good);
    const tooMany = await subscribers.send('POST', '/subscriptions', good);
    await subscribers.query(`DELETE FROM subscriptions WHERE description = 'copy'`);
    expect(last.status).toBe(201);
    expect(tooMany).toMatchObject({ status: 409, json: { type: '/problems/too-many-subscriptions' } });
  });
});
