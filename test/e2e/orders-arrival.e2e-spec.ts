import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { DataSource } from 'typeorm';
import { StandardSender, type Telling } from '../support/standard-sender.js';
import { ask, freshId } from '../support/requests.js';
import { startTestApp, until, type Json, type TestApp } from '../support/test-app.js';
import { createTestDatabase } from '../support/test-database.js';
import type { StandardStatus } from '../../src/webhooks/gateways/standard/standard.kinds.js';

const opened: (() => Promise<unknown>)[] = [];
let first: TestApp;
let second: TestApp;
beforeAll(async () => {
  const database = await createTestDatabase();
  first = await startTestApp({ databaseUrl: database.url });
  second = await startTestApp({ databaseUrl: database.url });
  opened.push(
    () => first.close(),
    () => second.close(),
    () => database.drop(),
  );
});
afterAll(async () => {
  for (const close of opened) await close();
});

const register = (app: TestApp, orderId: string, more: object = {}) =>
  ask(app, `/orders/${orderId}`, {
    method: 'PUT',
    body: JSON.stringify({ amount: '10000', currency: 'USD', ...more }),
  });

const told = async (orderId: string): Promise<string[]> => {
  const rows = await first.app.get(DataSource).query<{ name: string; flag: string | null }[]>(
    `SELECT name, payload ->> 'flag' AS flag FROM domain_events
     WHERE subject_id IN (SELECT id FROM orders WHERE order_id = $1)`,
    [orderId],
  );
  return rows.map(({ name, flag }) => `${name} ${flag ?? ''}`.trim()).toSorted();
};

/** What must not depend on the order of arrival. */
async function shownOf(orderId: string, mark: string): Promise<Json> {
  const {
    id: _id,
    orderId: _order,
    createdAt: _at,
    updatedAt: _then,
    payments,
    ...order
  } = await first.get(`/orders/${orderId}`);
  const shown = payments.map(({ status, amountCaptured, counts }: Json) => ({
    status,
    amountCaptured,
    counts,
  }));
  const text = (payment: Json): string => JSON.stringify(payment);
  return JSON.parse(
    JSON.stringify({
      ...order,
      payments: shown.toSorted((a: Json, b: Json) => text(a).localeCompare(text(b))),
      events: await told(orderId),
    }).replaceAll(mark, ''),
  );
}

type Step = [status: StandardStatus, payment: string, more?: Partial<Telling>];

/** Lives of an order. What is flagged in them stays flagged, as a flag that time would lift is told all the same. */
const LIVES: Record<string, { steps: Step[]; status: string; events: string[] }> = {
  'failed, then paid by another payment': {
    steps: [
      ['failed', 'a'],
      ['processing', 'b'],
      ['completed', 'b'],
    ],
    status: 'paid',
    events: ['order.paid'],
  },
  'paid and wholly refunded': {
    steps: [
      ['completed', 'a'],
      ['refunded', 'a', { refunded: '100' }],
    ],
    status: 'refunded',
    events: ['order.paid', 'order.refunded'],
  },
  'paid and disputed': {
    steps: [
      ['completed', 'a'],
      ['disputed', 'a'],
    ],
    status: 'disputed',
    events: ['order.disputed', 'order.paid'],
  },
  'paid twice': {
    steps: [
      ['processing', 'a'],
      ['completed', 'a'],
      ['completed', 'b'],
    ],
    status: 'flagged',
    events: ['order.flagged paid_twice', 'order.paid'],
  },
};

describe('an order', () => {
  it.each(Object.entries(LIVES))(
    'that is %s is the same whatever the order of arrival',
    async (_name, { steps, status, events }) => {
      const start = new Date(Date.now() - 3_600_000);
      const moves = ['register', ...steps.map((_, at) => at)] as const;
      const property = fc.asyncProperty(
        fc.shuffledSubarray([...moves], { minLength: moves.length }),
        fc.subarray(steps.map((_, at) => at)),
        async (arrival, again) => {
          const mark = freshId('arr');
          const shops = [first, second].map((app) => new StandardSender(app.url, start));
          for (const [nth, move] of [...arrival, ...again].entries()) {
            if (move === 'register') {
              expect((await register(nth % 2 ? first : second, mark)).status).toBe(201);
              continue;
            }
            const [kind, payment, more] = steps[move] as Step;
            const telling = {
              payment: `${mark}_${payment}`,
              order: mark,
              at: move + 1,
              customer: null,
              ...more,
            };
            await shops[nth % 2]?.tell(kind, { ...telling, id: `${mark}_${move}` });
          }
          await first.quiet();
          expect(await shownOf(mark, mark)).toMatchObject({ status, events });
        },
      );
      await fc.assert(property, { numRuns: 6 });
    },
  );

  it('is told to be overdue once by two processes, and its time is scheduled', async () => {
    const ids = Array.from({ length: 12 }, () => freshId('due'));
    const expiresAt = new Date(Date.now() + 3_000).toISOString();
    for (const id of ids) await register(first, id, { expiresAt });
    expect((await first.get('/stats')).orders.scheduled).toBeGreaterThanOrEqual(1);
    for (const id of ids)
      await until(async () => (await first.get(`/orders/${id}`)).status === 'overdue', 'the order to expire');
    await until(async () => (await told(ids.at(-1) ?? '')).length === 1, 'the event');
    await first.quiet();
    for (const id of ids) expect(await told(id)).toEqual(['order.overdue']);
    expect((await first.get('/stats')).orders).toEqual({ pending: 0, scheduled: 0, dead: 0 });
    const [id = ''] = ids;
    await register(first, id, { amount: '500', expiresAt });
    expect(await told(id)).toEqual(['order.overdue']);
    await register(first, id, { expiresAt: new Date(Date.now() - 1_000).toISOString() });
    expect(await told(id)).toEqual(['order.overdue', 'order.overdue']);
  });

  it('waits for nobody in a circle: two processes, shared orders, registrations and payments at once', async () => {
    const ids = Array.from({ length: 6 }, () => freshId('con'));
    const work = Array.from({ length: 12 }, (_, nth) => async () => {
      const [mine, other] = nth % 2 ? [first, second] : [second, first];
      const order = ids[(nth * 5) % 6] ?? '';
      const shop = new StandardSender(mine.url);
      await Promise.all([
        shop.tell('completed', { payment: `${order}_${nth}`, order, customer: null }),
        register(other, order),
        ask(other, `/orders/${ids[(nth * 7) % 6]}/cancel`, { method: 'POST' }),
      ]);
    });
    await Promise.all(work.map((run) => run()));
    await first.quiet();
    for (const [nth, id] of ids.entries())
      expect([nth, BigInt((await first.get(`/orders/${id}`)).amountPaid)]).toEqual([nth, 20_000n]);
    expect((await first.get('/stats')).deliveries).toMatchObject({ dead: 0, parked: 0 });
    const [{ deadlocks }] = await first.app
      .get(DataSource)
      .query<[{ deadlocks: number }]>(
        `SELECT deadlocks::integer FROM pg_stat_database WHERE datname = current_database()`,
      );
    expect(deadlocks).toBe(0);
  });

  it('that cannot be brought up to date waits, and holds up no others', async () => {
    const ids = ['bad', 'good', 'late'].map((name) => freshId(name));
    const [bad = '', good = '', late = ''] = ids;
    for (const id of ids) await register(first, id);
    const db = first.app.get(DataSource);
    const settle = (to: string | null) =>
      db.query(`UPDATE orders SET settlement = $2::jsonb WHERE order_id = $1`, [bad, to]);
    await settle('{"id":"s","as":"paid","captured":"no number","refunded":"0","paying":[]}');
    const shop = new StandardSender(first.url);
    for (const id of [bad, good]) await shop.tell('completed', { payment: `${id}_1`, order: id });
    await until(async () => (await first.get(`/orders/${good}`)).status === 'paid', 'the other order');
    await until(async () => (await first.get('/stats')).orders.scheduled === 1, 'the work that waits');
    await shop.tell('completed', { payment: `${late}_1`, order: late });
    await until(async () => (await first.get(`/orders/${late}`)).status === 'paid', 'a later order');
    await settle(null);
    await until(async () => (await first.get(`/orders/${bad}`)).status === 'paid', 'the order that waited');
    expect(await told(bad)).toEqual(['order.paid']);
  });

  it('loses a payment that names another order later, and both are up to date', async () => {
    const [left, joined] = [freshId('left'), freshId('joined')];
    for (const id of [left, joined]) await register(first, id);
    const shop = new StandardSender(first.url);
    await shop.tell('completed', { payment: left, order: left, customer: null });
    await first.quiet();
    expect((await first.get(`/orders/${left}`)).status).toBe('paid');
    await shop.tell('completed', { payment: left, order: joined, customer: null });
    await first.quiet();
    expect(await first.get(`/orders/${left}`)).toMatchObject({
      status: 'open',
      payments: [],
      amountPaid: '0',
    });
    expect(await first.get(`/orders/${joined}`)).toMatchObject({ status: 'paid', amountPaid: '10000' });
  });
});
