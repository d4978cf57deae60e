import { afterEach, expect, it } from '@jest/globals';
import { DataSource } from 'typeorm';
import { MessagesByWholeOrder1764820000000 } from '../../src/schema/migrations/1764820000000-messages-by-whole-order.js';
import { MailCatcher } from '../support/mail-catcher.js';
import { tellRazorpay } from '../support/order-senders.js';
import { freshId, paymentOf } from '../support/requests.js';
import { startTestApp, until, type Json, type TestApp } from '../support/test-app.js';
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

it('messages of 0.1 get their order in steps: one that waits keeps no other waiting', async () => {
  const database = await createTestDatabase();
  opened.push(() => database.drop());
  const before = await startTestApp({ databaseUrl: database.url });
  await tellRazorpay(before, 'payment.failed', { payment: freshId('pay'), gatewayOrder: freshId('order') });
  await before.quiet();
  await before.close();
  const db = await new DataSource({ type: 'postgres', url: database.url }).initialize();
  opened.push(() => db.destroy());
  const [runner, holder] = [db.createQueryRunner(), db.createQueryRunner()];
  const migration = new MessagesByWholeOrder1764820000000();
  await migration.down(runner);
  const copies = (from: number, to: number): Promise<unknown> =>
    db.query(`INSERT INTO notifications (id, kind, payment_id, attempt_key, gateway, account, order_key, channel, status,
        occurred_at, created_at, due_at, attempts)
      SELECT ('00000000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, kind, payment_id, n::text, gateway, account,
        order_key, channel, status, occurred_at, created_at, due_at, attempts
      FROM (SELECT * FROM notifications LIMIT 1) AS first, generate_series(${from}, ${to}) AS n`);
  await copies(1, 12_000);
  await db.query(`CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN PERFORM pg_advisory_xact_lock(11000); RETURN NEW; END $$`);
  await db.query(`CREATE TRIGGER wait BEFORE UPDATE ON notifications FOR EACH ROW
    WHEN (NEW.attempt_key = '11000') EXECUTE FUNCTION wait()`);
  await holder.query(`SELECT pg_advisory_lock(11000)`);

  const migrated = migration.up(runner);
  const count = async (mode: string): Promise<number> =>
    (
      await db.query<[{ n: number }]>(`SELECT count(*)::integer AS n FROM notifications WHERE mode = $1`, [
        mode,
      ])
    )[0].n;
  const waits = `SELECT FROM pg_locks WHERE locktype = 'advisory' AND objid = 11000 AND NOT granted`;
  await until(async () => (await db.query<unknown[]>(waits)).length === 1, 'the third step to wait');
  expect(await count('live')).toBe(10_000);
  // A process of 0.1 that still runs goes on writing messages without a mode.
  await copies(12_001, 12_001);
  await holder.query(`SELECT pg_advisory_unlock(11000)`);
  await migrated;
  expect([await count('live'), await count('*')]).toEqual([12_001, 1]);
  await Promise.all([runner.release(), holder.release()]);
});
