import { afterEach, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { gateways } from '../../src/webhooks/gateways/index.js';
import { createSeededRandom } from '../../src/simulator/tampering.js';
import { toyGateway, toyRequest } from '../extending/toy.gateway.js';
import { administer } from '../support/administrator.js';
import { inParallel } from '../support/in-parallel.js';
import { startTestApp, until, type Json, type TestApp } from '../support/test-app.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

const SECRET = 'toy-secret-0123456789-0123456789-0123456789';
const STARTED = Date.now() - 3_600_000;

const opened: (() => Promise<void>)[] = [];
const closeAll = async (from = 0): Promise<void> => {
  for (const close of opened.splice(from).reverse()) await close();
};
afterEach(() => closeAll());

async function open(lanes: number): Promise<{ database: TestDatabase; app: TestApp }> {
  const database = await createTestDatabase();
  opened.push(() => database.drop());
  return { database, app: await boot(database, lanes) };
}

async function boot(database: TestDatabase, lanes: number): Promise<TestApp> {
  const app = await startTestApp({
    databaseUrl: database.url,
    lanes,
    gateways: [...gateways, toyGateway],
    environment: { WEBHOOK_SECRETS_TOY: SECRET },
  });
  opened.push(() => app.close());
  return app;
}

/** One body that tells of these payments, all of them at the second `nth`. */
async function tell(app: TestApp, payments: readonly string[], nth: number): Promise<void> {
  const events = payments.map((payment) => ({
    payment,
    order: `order of ${payment}`,
    happened: nth % 5 === 4 ? 'paid' : 'declined',
    at: new Date(STARTED + nth * 1_000).toISOString(),
    cents: '1250',
    buyer: `${payment}@example.com`,
  }));
  const request = toyRequest(SECRET, { batch: `b_${payments.join('+')}_${nth}`, events });
  expect((await fetch(`${app.url}/webhooks/toy`, request)).status).toBe(200);
}

async function timelineOf(app: TestApp, payment: string): Promise<Json[]> {
  const { items } = await app.get<{ items: Json[] }>(`/payments?gatewayPaymentId=${payment}`);
  const [found] = items;
  if (!found) return [];
  return (await app.get<{ timeline: Json[] }>(`/payments/${found.id}`)).timeline;
}

/** Batches of this database that wait for a payment. */
const WAITING = `SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`;

const SHARED = ['s0', 's1', 's2', 's3', 's4', 's5', 's6', 's7'];

const nameOf = (payment: string): string => JSON.stringify(['toy', 'default', payment]);

/** Of the payments of these names, the one that a batch locks first, and the others. */
async function inOrderOfLocks(session: pg.Client, payments: readonly string[]): Promise<string[]> {
  const { rows } = await session.query<{ name: string }>(
    'SELECT name FROM unnest($1::text[]) AS name ORDER BY hashtextextended(name, 0)',
    [payments.map(nameOf)],
  );
  return rows.map(({ name }) => (JSON.parse(name) as string[])[2] ?? '');
}

describe('lanes', () => {
  it('a report waits for an earlier one of its payment whose batch hangs; other payments do not', async () => {
    const { database, app } = await open(2);
    const session = new pg.Client(database.url);
    await session.connect();
    opened.push(() => session.end());
    const [held = '', payment = ''] = await inOrderOfLocks(session, ['one', 'two']);
    await session.query('BEGIN');
    await session.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [nameOf(held)]);
    await tell(app, [held, payment], 0);
    await until(async () => {
      const { rowCount } = await session.query(WAITING);
      return rowCount === 1;
    }, 'the batch to hang');
    await tell(app, [payment], 1);
    await tell(app, ['three'], 2);
    await until(async () => (await timelineOf(app, 'three')).length === 1, 'the other payment');
    await session.query('COMMIT');
    await app.quiet();
    expect((await timelineOf(app, payment)).map(({ late }) => late)).toEqual([false, false]);
  });

  it('a payment whose row a foreign session holds waits alone, and spends no attempt', async () => {
    const { database, app } = await open(1);
    const session = new pg.Client(database.url);
    await session.connect();
    opened.push(() => session.end());
    for (const payment of ['held', 'free']) await tell(app, [payment], 0);
    await app.quiet();
    await session.query('BEGIN');
    await session.query(`SELECT FROM payments WHERE gateway_payment_id = 'held' FOR UPDATE`);
    await Promise.all([tell(app, ['held'], 1), tell(app, ['free'], 1)]);
    await tell(app, ['new'], 2);
    await until(async () => (await timelineOf(app, 'free')).length === 2, 'the other payment');
    await until(async () => (await timelineOf(app, 'new')).length === 1, 'the payment that came later');
    expect(await timelineOf(app, 'held')).toHaveLength(1);
    await session.query('COMMIT');
    await app.quiet();
    expect((await timelineOf(app, 'held')).map(({ late }) => late)).toEqual([false, false]);
    const { items } = await app.get<{ items: Json[] }>('/deliveries');
    expect(items.map(({ status, attempts }) => ({ status, attempts }))).toEqual(
      items.map(() => ({ status: 'processed', attempts: 1 })),
    );
  });

  it.each([1, 2, 4])(
    'the reports of each payment are applied as they were handed over, over %i lanes of two processes without a deadlock',
    async (lanes) => {
      const { database, app } = await open(lanes);
      const other = await boot(database, lanes);
      const payments = Array.from({ length: 12 }, (_, nth) => `p${nth}`);
      const random = createSeededRandom(lanes);
      const shuffled = (names: readonly string[]): string[] =>
        names
          .map((name) => ({ name, at: random() }))
          .sort((a, b) => a.at - b.at)
          .map(({ name }) => name);
      // Each chain has payments of its own, and both processes are told of the same others in any order.
      const chains = [0, 1, 2, 3].map((nth) => payments.slice(nth * 3, nth * 3 + 3));
      await inParallel(chains, chains.length, async (chain) => {
        for (let nth = 0; nth < 30; nth++) {
          const told = shuffled(chain).slice(Math.floor(random() * 3));
          const shared = (process: TestApp): Promise<void> => tell(process, shuffled(SHARED), nth);
          await Promise.all([tell(app, told, nth), shared(app), shared(other)]);
        }
      });
      await app.quiet();
      for (const payment of payments) {
        const timeline = await timelineOf(app, payment);
        expect(timeline.filter(({ late }) => late)).toEqual([]);
      }
      expect(await countDeadlocks(database)).toBe(0);
    },
  );
});

/** Ends the processes first: a connection of PostgreSQL may tell what it counted no earlier than when it closes. */
async function countDeadlocks(database: TestDatabase): Promise<number> {
  await closeAll(1);
  const [row] = await administer<{ deadlocks: string }>(
    database.url,
    'SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()',
  );
  return Number(row?.deadlocks);
}
