import { afterEach, expect, it } from '@jest/globals';
import { DataSource } from 'typeorm';
import { RetentionWorker } from '../../src/operations/privacy/retention.js';
import { FEATURES, type PayhookFeature } from '../../src/platform/features/index.js';
import { hold, statusOf, toldOf } from '../support/customer-accounts.js';
import { ask } from '../support/requests.js';
import { StandardSender } from '../support/standard-sender.js';
import { startTestApp, until, type TestApp } from '../support/test-app.js';
import { createTestDatabase } from '../support/test-database.js';

const DAY_MS = 24 * 3_600_000;

const opened: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
});

async function start(databaseUrl?: string): Promise<TestApp> {
  const app = await startTestApp({ ...(databaseUrl && { databaseUrl }) });
  opened.push(() => app.close());
  return app;
}

const erase = async (app: TestApp, customer: string): Promise<Record<string, number>> =>
  (await ask(app, '/customers/erase', { method: 'POST', body: JSON.stringify({ customer }) })).json;

it('accounts that are added to stored payments take them in, silently and once', async () => {
  const database = await createTestDatabase();
  opened.push(() => database.drop());
  const before = await start(database.url);
  const shop = new StandardSender(before.url);
  // More than one batch of 100.
  for (let nth = 0; nth < 110; nth++)
    await shop.tell('completed', { payment: `p_${nth}`, customer: { id: `c_${nth}` } });
  await shop.tell('failed', { payment: 'p_late', customer: { id: 'c_0' } });
  await shop.tell('completed', { payment: 'p_erased', customer: { id: 'c_erased' } });
  await before.quiet();
  expect(await toldOf(before, 'c_0')).toEqual(['activated', 'past_due']);
  const db = before.app.get(DataSource);
  const features = before.app.get<PayhookFeature[]>(FEATURES);
  features.splice(
    features.findIndex(({ name }) => name === 'accounts'),
    1,
  );
  expect(await erase(before, 'c_erased')).toMatchObject({ payments: 1 });
  // As a start without accounts leaves it.
  await db.query(`DELETE FROM domain_events WHERE name LIKE 'account.%'`);
  await db.query(`DELETE FROM accounts WHERE customer_id <> 'c_erased'`);
  await db.query(`DELETE FROM account_words WHERE account_id NOT IN (SELECT id FROM accounts)`);
  await db.query(`DELETE FROM feature_progress WHERE feature = 'accounts'`);
  await opened.pop()?.();
  for (const _start of ['first', 'again']) {
    const app = await start(database.url);
    await until(async () => !('catchingUp' in (await app.get<object>('/stats'))), 'accounts to catch up');
    await app.quiet();
    expect([await statusOf(app, 'c_0'), await statusOf(app, 'c_109')]).toEqual(['past_due', 'active']);
    expect(await toldOf(app, 'c_0')).toEqual(['(activated)', '(past_due)']);
    expect(await statusOf(app, 'c_erased')).toBe(404);
    await opened.pop()?.();
  }
});

it('the account of an erased customer is gone, and does not come back', async () => {
  const app = await start();
  const shop = new StandardSender(app.url);
  const asha = { id: 'cus_asha', email: 'asha@shop.example' };
  await shop.tell('completed', { payment: 'p_1', customer: asha });
  await shop.tell('completed', { payment: 'p_2', customer: { id: 'guest', email: asha.email } });
  await shop.tell('failed', { payment: 'p_3', customer: { id: 'guest', email: 'other@shop.example' } });
  await app.quiet();
  await hold(app, asha.id);
  expect(await statusOf(app, 'guest')).toBe('past_due');
  expect(await erase(app, asha.email)).toMatchObject({ payments: 2, accounts: 1 });
  await app.quiet();
  // What is left of the shared account is a failure of somebody who never paid.
  expect([await statusOf(app, asha.id), await statusOf(app, 'guest')]).toEqual([404, 404]);
  await shop.tell('completed', { payment: 'p_3', customer: { id: 'guest', email: 'other@shop.example' } });
  await shop.tell('completed', { payment: 'p_1', customer: asha, at: 99 });
  await app.quiet();
  expect([await statusOf(app, asha.id), await statusOf(app, 'guest')]).toEqual([404, 'active']);
  expect(await erase(app, 'guest')).toMatchObject({ accounts: 1 });
  const rows = await app.app
    .get(DataSource)
    .query(`SELECT FROM accounts UNION ALL SELECT FROM account_words`);
  expect(rows).toEqual([]);
});

it('an account expires with the payments that it follows from', async () => {
  const app = await start();
  await new StandardSender(app.url).tell('completed', { payment: 'p_1', customer: { id: 'cus_1' } });
  await app.quiet();
  const worker = app.app.get(RetentionWorker, { strict: false });
  while ((await worker.step(new Date(Date.now() + 89 * DAY_MS))) > 0);
  expect(await statusOf(app, 'cus_1')).toBe('active');
  while ((await worker.step(new Date(Date.now() + 91 * DAY_MS))) > 0);
  expect(await statusOf(app, 'cus_1')).toBe(404);
});

it.each([
  ['GRACE_HOURS', 'soon', /GRACE_HOURS must be a number from 0 to 8760/],
  ['ACCOUNT_ON_REFUND', 'hold', /ACCOUNT_ON_REFUND must be one of keep, past_due, suspended/],
])('%s=%s stops the start', async (name, value, says) => {
  await expect(startTestApp({ environment: { [name]: value } })).rejects.toThrow(says);
});
