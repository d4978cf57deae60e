import { afterEach, expect, it } from '@jest/globals';
import { DataSource } from 'typeorm';
import { MessagesByWholeOrder1764820000000 } from '../../src/schema/migrations/1764820000000-messages-by-whole-order.js';
import { MailCatcher } from '../support/mail-catcher.js';
import { tellRazorpay } from '../support/order-senders.js';
import { freshId, paymentOf } from '../support/requests.js';
import { startTestApp, type Json, type TestApp } from '../support/test-app.js';
import { createTestDatabase } from '../support/test-database.js';

const opened: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
});

/** As 0.1 stored payments and what it read of them: it asked nobody for the merchant. */
const FORGET_MERCHANTS = `UPDATE payments SET merchant = NULL`;
const FORGET_TOLD_MERCHANTS = `UPDATE payment_reports SET told = told - 'merchant' || '{"refund": null}'`;

/**
 * The service on a database in which 0.1 sent an alert of a failed payment, and which was brought up to date since. The
 * alert is counted by the gateway's order, as 0.1 did.
 */
async function upgraded(
  told: Parameters<typeof tellRazorpay>[2],
): Promise<{ app: TestApp; mail: MailCatcher }> {
  const mail = await MailCatcher.start();
  opened.push(() => mail.stop());
  const database = await createTestDatabase();
  opened.push(() => database.drop());
  const options = { databaseUrl: database.url, environment: { SMTP_URL: mail.url } };

  const before = await startTestApp(options);
  await tellRazorpay(before, 'payment.failed', told);
  await before.quiet();
  const db = before.app.get(DataSource);
  const migration = new MessagesByWholeOrder1764820000000();
  const runner = db.createQueryRunner();
  await migration.down(runner);
  await runner.query(FORGET_MERCHANTS);
  await runner.query(FORGET_TOLD_MERCHANTS);
  await migration.up(runner);
  await runner.release();
  await before.close();

  const app = await startTestApp(options);
  opened.push(() => app.close());
  return { app, mail };
}

const kindsOf = async (app: TestApp): Promise<string[]> => {
  const { items } = await app.get<{ items: Json[] }>('/notifications');
  return items.reverse().map(({ kind, status, reason }) => [kind, status, reason].filter(Boolean).join(' '));
};

it.each(['payment.captured', 'order.paid'] as const)(
  'an alert that 0.1 sent is answered when the money comes, once: %s',
  async (event) => {
    const [payment, gatewayOrder, order] = [freshId('pay'), freshId('order'), freshId('SHOP')];
    const { app, mail } = await upgraded({ payment, gatewayOrder });
    for (const paid of ['b', 'c']) {
      const email = `${payment}@example.com`;
      await tellRazorpay(app, event, { payment: `${payment}_${paid}`, gatewayOrder, order, email });
      await app.quiet();
    }
    expect(await kindsOf(app)).toEqual(['payment_failed sent', 'payment_received sent']);
    expect(mail.sentTo(`${payment}@example.com`)).toHaveLength(2);
  },
);

it('an alert that 0.1 sent keeps a further attempt of its order quiet', async () => {
  const [payment, gatewayOrder] = [freshId('pay'), freshId('order')];
  const { app } = await upgraded({ payment, gatewayOrder });
  await tellRazorpay(app, 'payment.failed', { payment: `${payment}_b`, gatewayOrder });
  await app.quiet();
  expect(await kindsOf(app)).toEqual(['payment_failed sent', 'payment_failed suppressed recent']);
});

it('that 0.1 said the money came is not said again', async () => {
  const [payment, gatewayOrder] = [freshId('pay'), freshId('order')];
  const { app } = await upgraded({ payment, gatewayOrder });
  await tellRazorpay(app, 'payment.captured', { payment: `${payment}_b`, gatewayOrder });
  await app.quiet();
  // As 0.1 writes it: with none of the new columns.
  await app.app.get(DataSource).query(
    `UPDATE notifications SET merchant = DEFAULT, mode = DEFAULT, gateway_order_id = NULL
     WHERE kind = 'payment_received'`,
  );
  await tellRazorpay(app, 'payment.captured', { payment: `${payment}_c`, gatewayOrder });
  await app.quiet();
  expect(await kindsOf(app)).toEqual(['payment_failed sent', 'payment_received sent']);
});

it('a payment that 0.1 saw succeed keeps a later failure of its order back', async () => {
  const [payment, gatewayOrder] = [freshId('pay'), freshId('order')];
  const { app } = await upgraded({ payment, gatewayOrder });
  const { id } = await paymentOf(app, payment);
  await app.app.get(DataSource).query(`UPDATE payments SET state = 'succeeded' WHERE id = $1`, [id]);
  await tellRazorpay(app, 'payment.failed', { payment: `${payment}_b`, gatewayOrder });
  await app.quiet();
  expect(await kindsOf(app)).toEqual(['payment_failed sent', 'payment_failed suppressed order_continues']);
});
