import { afterEach, expect, it } from '@jest/globals';
import { DataSource } from 'typeorm';
import { MailCatcher } from '../support/mail-catcher.js';
import { ask, freshId } from '../support/requests.js';
import { StandardSender } from '../support/standard-sender.js';
import { startTestApp, until, type TestApp } from '../support/test-app.js';
import { createTestDatabase } from '../support/test-database.js';

const opened: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
});

/** As the database was before orders were added: their tables are empty, and nothing was taken in. */
const FORGET_ORDERS = [
  `TRUNCATE orders, feature_work`,
  `DELETE FROM domain_events WHERE name LIKE 'order.%'`,
  `DELETE FROM feature_progress WHERE feature = 'orders'`,
];

interface Told {
  name: string;
  silent: boolean;
}

const toldOf = (app: TestApp): Promise<Told[]> =>
  app.app
    .get(DataSource)
    .query(
      `SELECT name, silent FROM domain_events WHERE subject_id IN (SELECT id FROM orders) ORDER BY name, id`,
    );

const countersOf = async (app: TestApp): Promise<string[]> =>
  (await ask(app, '/metrics')).text.split('\n').filter((line) => line.startsWith('payhook_order_'));

it('orders that are added to stored payments take them in, silently and once', async () => {
  const mail = await MailCatcher.start();
  opened.push(() => mail.stop());
  const database = await createTestDatabase();
  opened.push(() => database.drop());
  const environment = { SMTP_URL: mail.url, OPERATOR_MAIL: 'ops@shop.example', ORDERS_FROM_PAYMENTS: '1' };
  const options = { databaseUrl: database.url, environment };

  const before = await startTestApp(options);
  const shop = new StandardSender(before.url);
  const mark = freshId('old');
  // More than one batch of 100.
  for (let nth = 0; nth < 120; nth++)
    await shop.tell('completed', { payment: `${mark}_${nth}`, order: `${mark}_${nth}`, customer: null });
  await shop.tell('refunded', { payment: `${mark}_0`, order: `${mark}_0`, refunded: '100', customer: null });
  await shop.tell('disputed', { payment: `${mark}_1`, order: `${mark}_1`, customer: null });
  await before.quiet();
  for (const statement of FORGET_ORDERS) await before.app.get(DataSource).query(statement);
  await before.close();

  const expected = [
    ['order.disputed', 1],
    ['order.paid', 120],
    ['order.refunded', 1],
  ] as const;
  const mailsBefore = mail.mails.length;
  for (const _start of ['first', 'again']) {
    const app = await startTestApp(options);
    await until(async () => !('catchingUp' in (await app.get<object>('/stats'))), 'orders to catch up');
    await app.quiet();
    const told = await toldOf(app);
    expect(told.filter(({ silent }) => !silent)).toEqual([]);
    for (const [name, times] of expected) expect(told.filter((one) => one.name === name)).toHaveLength(times);
    expect(told).toHaveLength(122);
    for (const [nth, status] of ['refunded', 'disputed', 'paid'].entries())
      expect((await app.get(`/orders/${mark}_${nth}`)).status).toBe(status);
    expect(mail.mails).toHaveLength(mailsBefore);
    await app.close();
  }
});

it('a payment that changes after that is told aloud', async () => {
  const app = await startTestApp();
  opened.push(() => app.close());
  const id = freshId('ord');
  const terms = { amount: '10000', currency: 'USD' };
  await ask(app, `/orders/${id}`, { method: 'PUT', body: JSON.stringify(terms) });
  const before = await countersOf(app);
  await new StandardSender(app.url).tell('completed', { payment: id, order: id });
  await app.quiet();
  expect(await toldOf(app)).toEqual([{ name: 'order.paid', silent: false }]);
  const paid = (lines: readonly string[]): number =>
    Number(lines.find((line) => line.includes('name="order.paid"'))?.split(' ')[1] ?? 0);
  const changes = (lines: readonly string[]): number =>
    Number(lines.find((line) => line.startsWith('payhook_order_changes_total'))?.split(' ')[1] ?? 0);
  const after = await countersOf(app);
  expect(paid(after) - paid(before)).toBe(1);
  expect(changes(after) - changes(before)).toBe(1);
});
