import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { ListOutcome } from '../../src/webhooks/gateways/index.js';
import { gateways as shipped } from '../../src/webhooks/gateways/index.js';
import { ReconciliationSchedule } from '../../src/webhooks/reconciliation/reconciliation-schedule.js';
import { ReconciliationWorker } from '../../src/webhooks/reconciliation/reconciliation-worker.js';
import {
  ListedGateway,
  listedRequest,
  toListed,
  type ListedThing,
  type Request,
} from '../support/listed-gateway.js';
import { startTestApp, until, type Json, type TestApp } from '../support/test-app.js';
import { createTestDatabase } from '../support/test-database.js';

const SECRET = 'listed-secret-0123456789-0123456789';
const HOUR_MS = 3_600_000;

/** The database, the gateway and the clock outlive a restart of the service. */
let database: { url: string; drop(): Promise<void> };
let gateway: ListedGateway;
let app: TestApp;
/** How far the clock of reconciliations is ahead. */
let aheadMs: number;
/** How often runs come by themselves. */
let every: string;
const now = (): Date => new Date(Date.now() + aheadMs);

const boot = async (): Promise<void> => {
  app = await startTestApp({
    databaseUrl: database.url,
    gateways: [...shipped, gateway],
    environment: { WEBHOOK_SECRETS_LISTED: SECRET, LISTED_KEY: 'key-1', RECONCILE_EVERY: every },
    reconciliation: { now, requestTimeoutMs: 200 },
  });
};
beforeEach(async () => {
  aheadMs = 0;
  every = '0';
  gateway = new ListedGateway();
  database = await createTestDatabase();
  await boot();
});
afterEach(async () => {
  await app.close();
  await database.drop();
});

const hoursAgo = (hours: number): string => new Date(Date.now() - hours * HOUR_MS).toISOString();
const payment = (id: string, changes: Partial<ListedThing> = {}): ListedThing => ({
  ...{ what: 'payments', id, payment: id, state: 'paid', at: hoursAgo(2), cents: '1000' },
  ...changes,
});
const five = ['p1', 'p2', 'p3', 'p4', 'p5'].map(
  (id) => (changes?: Partial<ListedThing>) => payment(id, changes),
);

const send = async (...things: ListedThing[]): Promise<void> => {
  for (const thing of things)
    expect((await fetch(`${app.url}/webhooks/listed`, listedRequest(SECRET, thing))).status).toBe(200);
  await app.quiet();
};
const start = async (since = '7d'): Promise<string> => {
  const response = await app.post('/reconciliations', { body: JSON.stringify({ gateway: 'listed', since }) });
  expect(response.status).toBe(202);
  return ((await response.json()) as { id: string }).id;
};
const find = (id: string): Promise<Json> => app.get(`/reconciliations/${id}`);
const ended = async (id: string): Promise<Json> => {
  const run = await until(async () => {
    const run = await find(id);
    return run.status === 'running' ? null : run;
  }, 'the reconciliation to end');
  await app.quiet();
  return run;
};
const run = async (since?: string): Promise<Json> => ended(await start(since));
const shown = async (id: string): Promise<Json> =>
  (await app.get(`/payments?gatewayPaymentId=${id}`)).items[0];
const once = (answer: () => ListOutcome | Promise<ListOutcome>, at = 1) => {
  gateway.answer = (_request: Request, number: number) => (number === at ? answer() : undefined);
};

describe('what a gateway answers to a reconciliation', () => {
  beforeEach(() => {
    gateway.hold(...five.map((make) => make()));
  });

  it.each<[string, () => ListOutcome | Promise<ListOutcome>]>([
    ['a 5xx', () => ({ kind: 'retry', reason: 'status 503' })],
    ['nothing for ever', () => new Promise<ListOutcome>(() => undefined)],
    ['an error of its code', () => Promise.reject(new TypeError('of a plug-in'))],
    ['that the cursor is unknown', () => ({ kind: 'cursor_refused' })],
    ['a pause that is no time', () => ({ kind: 'retry', reason: 'status\0 429', retryAfterMs: NaN })],
  ])('%s in the middle of a list loses nothing and invents nothing', async (_, answer) => {
    once(answer, 3);
    expect(await run()).toMatchObject({
      status: 'completed',
      missing: 5,
      different: 0,
      same: 0,
      problems: 0,
      reason: null,
    });
    expect((await app.get('/payments')).items).toHaveLength(5);
    expect((await app.get('/deliveries')).items).toHaveLength(5);
    // Read again, the objects are the same.
    expect(await run()).toMatchObject({ missing: 0, same: 5 });
  });

  it('ends failed with the reason, and keeps what it had stored', async () => {
    once(() => ({ kind: 'final', reason: 'status\0 401' }), 2);
    expect(await run()).toMatchObject({ status: 'failed', reason: 'status 401', missing: 2, requests: 2 });
    expect((await app.get('/payments')).items).toHaveLength(2);
    gateway.answer = (request) =>
      'list' in request && request.list.cursor === '2' ? { kind: 'retry', reason: 'status 503' } : undefined;
    expect(await run()).toMatchObject({ status: 'failed', reason: 'status 503 (tried 4 times)', same: 2 });
    gateway.answer = (request) =>
      'list' in request && request.list.cursor !== null ? { kind: 'cursor_refused' } : undefined;
    expect(await run()).toMatchObject({
      status: 'failed',
      reason: expect.stringContaining('cursor'),
      same: 2,
    });
    gateway.answer = () => undefined;
    expect(await run()).toMatchObject({ status: 'completed', missing: 3, same: 2 });
  });

  it('a pause, which is kept over a restart of the service', async () => {
    once(() => ({ kind: 'retry', reason: 'status 429', retryAfterMs: HOUR_MS }), 2);
    const id = await start();
    await until(async () => (await find(id)).reason === 'status 429');
    const { nextRequestAt, createdAt } = await find(id);
    expect(Date.parse(nextRequestAt)).toBeGreaterThanOrEqual(Date.parse(createdAt) + HOUR_MS);
    await app.close();
    await boot();
    const { loop } = app.app.get(ReconciliationWorker);
    loop.wake();
    await until(() => loop.msSinceLastStep() < 100);
    expect(gateway.requests).toHaveLength(2);
    aheadMs = HOUR_MS;
    expect(await ended(id)).toMatchObject({ status: 'completed', missing: 5, requests: 5 });
  });

  it.each([
    ['a list', '7d', 2],
    ['a question', '1h', 3],
  ])('a pause of more than an hour ends the run, and the next one waits: in %s', async (_, since, at) => {
    await send(...five.map((make) => make({ at: hoursAgo(24 * 30), state: 'pending' })));
    const pauseMs = 24 * HOUR_MS;
    once(() => ({ kind: 'retry', reason: 'status 503', retryAfterMs: pauseMs }), at);
    const failed = await run(since);
    expect(failed).toMatchObject({
      status: 'failed',
      reason: expect.stringMatching(/^status 503 \(may be asked again at \d{4}-.*Z\)$/),
      requests: at,
      nextRequestAt: null,
    });
    const next = await start(since);
    const { status, nextRequestAt, reason } = await find(next);
    expect([status, reason]).toEqual(['running', null]);
    expect(Date.parse(nextRequestAt)).toBeGreaterThanOrEqual(Date.parse(failed.createdAt) + pauseMs);
    expect(failed.reason).toContain(nextRequestAt);
    const { loop } = app.app.get(ReconciliationWorker);
    loop.wake();
    await until(() => loop.msSinceLastStep() < 100);
    expect(gateway.requests).toHaveLength(at);
    aheadMs = pauseMs;
    expect(await ended(next)).toMatchObject({ status: 'completed' });
  });

  it('a long pause, in which no run comes by itself before its last hour', async () => {
    once(() => ({ kind: 'retry', reason: 'status 429', retryAfterMs: 24 * HOUR_MS }));
    expect(await run()).toMatchObject({ status: 'failed', missing: 0 });
    await app.close();
    every = '1s';
    aheadMs = 22.5 * HOUR_MS;
    await boot();
    const origins = async (): Promise<string[]> =>
      (await app.get('/reconciliations')).items.map(({ origin }: Json) => origin);
    const { loop } = app.app.get(ReconciliationSchedule);
    const asked = Date.now();
    loop.wake();
    await until(() => Date.now() - loop.msSinceLastStep() > asked, 'a look of the schedule');
    expect(await origins()).toEqual(['operator']);
    aheadMs = 23.5 * HOUR_MS;
    const found = await until(async () => {
      loop.wake();
      const all = await origins();
      return all.length > 1 ? all : null;
    }, 'a run by itself');
    expect(found?.toSorted()).toEqual(['operator', 'schedule']);
    expect(gateway.requests).toHaveLength(1);
  });

  it('an object on two pages, which counts once', async () => {
    gateway.answer = (_request, number) =>
      number === 1
        ? { kind: 'page', items: [payment('p1'), payment('p1'), payment('p2')].map(toListed), next: '1' }
        : undefined;
    expect(await run()).toMatchObject({ status: 'completed', missing: 5 });
    expect((await app.get('/deliveries')).items).toHaveLength(5);
  });

  it('an object about another payment, which is not believed', async () => {
    once(() => ({
      kind: 'page',
      items: [{ ...toListed(payment('p9')), id: 'p1', gatewayPaymentId: 'p1' }],
      next: null,
    }));
    const done = await run();
    expect(done).toMatchObject({
      status: 'completed',
      missing: 0,
      problems: 1,
      items: [{ id: 'p1', kind: 'contradicting' }],
    });
    expect((await app.get('/deliveries')).items).toEqual([]);
  });

  it('an object that does not fit, which is parked once and shown', async () => {
    gateway.hold(payment('p1', { cents: 'many' }));
    expect(await run()).toMatchObject({
      missing: 4,
      problems: 1,
      items: expect.arrayContaining([
        expect.objectContaining({ id: 'p1', kind: 'parked', difference: 'parked: cents' }),
      ]),
    });
    expect(await run()).toMatchObject({ missing: 0, same: 4, problems: 1 });
    const { items } = await app.get('/deliveries?status=parked&provenance=reconciled');
    expect(items).toMatchObject([{ receipts: 1, errors: [{ path: 'cents' }] }]);
  });

  it('another currency, which the payment refuses', async () => {
    await send(...five.map((make) => make()));
    gateway.hold(payment('p1', { currency: 'USD' }));
    expect(await run()).toMatchObject({
      different: 1,
      same: 4,
      items: [{ id: 'p1', difference: 'currency: EUR → USD, refused' }],
    });
    const { id, currency } = await shown('p1');
    expect(currency).toBe('EUR');
    expect((await app.get(`/payments/${id}`)).timeline.map((entry: Json) => entry.outcome)).toContain(
      'refused',
    );
    expect(await run()).toMatchObject({ different: 0, same: 5 });
  });
});

describe('payments that are not final', () => {
  const asked = (): (string | null)[] =>
    gateway.requests.flatMap((request) => ('question' in request ? [request.question.gatewayPaymentId] : []));

  it('are asked about where no list brought them, and no others', async () => {
    const old = { at: hoursAgo(24 * 30) };
    await send(
      payment('done', old),
      payment('slow', { ...old, state: 'pending' }),
      payment('gone', { ...old, state: 'pending' }),
      payment('listed', { state: 'pending' }),
      payment('back', old),
      { ...payment('re_1', { ...old, cents: '300', payment: 'back' }), what: 'refunds', state: 'refunding' },
      { ...payment('re_2', { ...old, cents: '300', payment: 'orphan' }), what: 'refunds', state: 'refunded' },
    );
    gateway.hold(
      payment('slow', { at: hoursAgo(24 * 29) }),
      payment('listed', { state: 'pending' }),
      payment('back', old),
      payment('orphan', old),
    );
    gateway.hold({
      ...payment('re_1', { at: hoursAgo(24 * 29), cents: '300', payment: 'back' }),
      what: 'refunds',
      state: 'refunded',
    });
    const done = await run('72h');
    expect(asked().toSorted()).toEqual(['back', 'gone', 'orphan', 'slow']);
    expect(done).toMatchObject({ status: 'completed', missing: 0, different: 3, problems: 1 });
    expect(await shown('orphan')).toMatchObject({ state: 'succeeded', amount: '1000' });
    expect(done.items.find((item: Json) => item.id === 'gone')).toMatchObject({ kind: 'unknown' });
    expect(await shown('slow')).toMatchObject({ state: 'succeeded' });
    expect((await shown('back')).refunds).toMatchObject([{ id: 're_1', status: 'succeeded' }]);
  });

  it('that a gateway does not answer for do not end the run, unless it answers for none', async () => {
    const old = { at: hoursAgo(24 * 30), state: 'pending' } as const;
    await send(...five.map((make) => make(old)));
    gateway.hold(...five.map((make) => make({ ...old, state: 'paid' })));
    gateway.answer = (request) =>
      'question' in request && request.question.gatewayPaymentId === 'p2'
        ? { kind: 'retry', reason: 'status 500' }
        : undefined;
    expect(await run('1h')).toMatchObject({
      status: 'completed',
      different: 4,
      problems: 1,
      items: expect.arrayContaining([expect.objectContaining({ id: 'p2', kind: 'unanswered' })]),
    });
    await send(...['q1', 'q2', 'q3'].map((id) => payment(id, old)));
    gateway.answer = (request) =>
      'question' in request ? { kind: 'retry', reason: 'status 500' } : undefined;
    expect(await run('1h')).toMatchObject({ status: 'failed', reason: 'status 500 (3 questions in a row)' });
  });

  it('that a gateway does not answer for leave its pause to the next question', async () => {
    const old = { at: hoursAgo(24 * 30), state: 'pending' } as const;
    await send(payment('p1', old), payment('p2', old));
    gateway.answer = (request) =>
      'question' in request && request.question.gatewayPaymentId === 'p1'
        ? { kind: 'retry', reason: 'status 429', retryAfterMs: HOUR_MS }
        : undefined;
    const id = await start('1h');
    for (const tries of [1, 2]) {
      // Two lists come first.
      await until(async () => (await find(id)).requests === 2 + tries);
      aheadMs += HOUR_MS;
    }
    const { nextRequestAt } = await until(async () => {
      const shown = await find(id);
      return shown.problems === 1 ? shown : null;
    });
    expect(Date.parse(nextRequestAt) - now().getTime()).toBeGreaterThan(HOUR_MS / 2);
    expect(asked()).toEqual(['p1', 'p1', 'p1']);
    aheadMs += HOUR_MS;
    expect(await ended(id)).toMatchObject({ status: 'completed', problems: 2 });
  });
});
