import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { DataSource } from 'typeorm';
import { ExtensionsModule } from '../../src/app/extensions.module.js';
import { newId } from '../../src/platform/database/new-id.js';
import type { PayhookFeature } from '../../src/platform/features/index.js';
import { freshId } from '../support/requests.js';
import { StandardSender } from '../support/standard-sender.js';
import { startTestApp, type TestApp, until } from '../support/test-app.js';

/* A feature from outside that follows payments: what its mistakes cost, and whom. */

/** How `shelf` behaves, and what it was given. */
const shelf = {
  bad: new Set<string>(),
  followed: [] as string[],
  /** The number of payments of each call. */
  calls: [] as number[],
  selects: (): readonly { paymentId: string; silent: boolean }[] => [],
  waitFor: Promise.resolve(),
};

const feature: PayhookFeature = {
  name: 'shelf',
  // The counts of no row are NULL.
  pending: `SELECT sum(n) AS pending, sum(n) AS scheduled, sum(n) AS dead FROM (SELECT 1 AS n WHERE false) AS none`,
  followPayments: {
    select: () => shelf.selects(),
    follow: async (_manager, items) => {
      shelf.calls.push(items.length);
      const waited = shelf.waitFor;
      shelf.waitFor = Promise.resolve();
      await waited;
      if (items.some(({ paymentId }) => shelf.bad.has(paymentId))) throw new Error('no shelf is free');
      shelf.followed.push(...items.map(({ paymentId }) => paymentId));
    },
  },
};

let first: TestApp;
let second: TestApp;
beforeAll(async () => {
  const imports = [ExtensionsModule.of({ features: [feature] })];
  first = await startTestApp({ imports });
  second = await startTestApp({ imports, databaseUrl: first.databaseUrl });
});
afterAll(async () => {
  await second.close();
  await first.close();
});
beforeEach(() => {
  shelf.followed = [];
  shelf.calls = [];
});

const newIds = (count: number): string[] => Array.from({ length: count }, newId);

/** Notes changes as so many transactions would, each of so many payments. */
async function note(transactions: readonly (readonly string[])[]): Promise<void> {
  await first.app.get(DataSource).query(
    `INSERT INTO feature_work (feature, id, payment_ids, silent)
     SELECT 'shelf', id, payment_ids, false FROM json_to_recordset($1) AS noted (id uuid, payment_ids uuid[])`,
    [JSON.stringify(transactions.map((ids) => ({ id: newId(), payment_ids: ids })))],
  );
}

const hasFollowed = (ids: readonly string[]): boolean => {
  const followed = new Set(shelf.followed);
  return ids.every((id) => followed.has(id));
};

const stats = async (): Promise<unknown> => (await first.get('/stats')).shelf;

it('payments that fail by themselves wait, and hold up no others of their transaction', async () => {
  const bad = newIds(2);
  const good = newIds(1_200);
  shelf.bad = new Set(bad);
  const transactions = Array.from({ length: 60 }, (_, nth) => good.slice(nth * 20, (nth + 1) * 20));
  await note(
    transactions.map((ids, nth) => [
      ...ids,
      ...(nth === 0 ? bad.slice(0, 1) : nth === 31 ? bad.slice(1) : []),
    ]),
  );
  await until(() => hasFollowed(good), 'the others');
  await until(
    async () => JSON.stringify(await stats()) === '{"pending":0,"scheduled":2,"dead":0}',
    'the rest',
  );
  expect(shelf.followed).toHaveLength(good.length);
  shelf.bad.clear();
  await until(() => hasFollowed(bad), 'those that waited');
  expect(await stats()).toEqual({ pending: 0, scheduled: 0, dead: 0 });
});

it('a batch has at most 400 payments', async () => {
  await note(Array.from({ length: 6 }, () => newIds(200)));
  await until(() => shelf.followed.length === 1_200, 'all of them');
  expect(Math.max(...shelf.calls)).toBeLessThanOrEqual(400);
});

it('another process takes what is behind the rows of a process that hangs', async () => {
  let release = (): void => undefined;
  shelf.waitFor = new Promise((resolve) => (release = resolve));
  await note(Array.from({ length: 100 }, () => newIds(1)));
  // A step locks 64 rows.
  await until(() => shelf.followed.length === 36, 'the rows behind');
  release();
  await until(() => shelf.followed.length === 100, 'the others');
});

it('a selection that throws keeps no payment from being written', async () => {
  shelf.selects = () => {
    throw new Error('not ready');
  };
  const payment = freshId('pay');
  await new StandardSender(first.url).tell('completed', { payment });
  await until(() => shelf.followed.length === 1, 'the payment');
  const [{ id } = { id: '' }] = await first.app
    .get(DataSource)
    .query<{ id: string }[]>(`SELECT id FROM payments WHERE gateway_payment_id = $1`, [payment]);
  expect(shelf.followed).toEqual([id]);
});

it('a selection notes nothing that did not change', async () => {
  shelf.selects = () => [{ paymentId: newId(), silent: false }];
  await new StandardSender(first.url).tell('completed', { payment: freshId('pay') });
  await first.quiet();
  expect(shelf.followed).toEqual([]);
});
