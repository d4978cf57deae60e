import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DataSource } from 'typeorm';
import { NotificationResend } from '../../src/notifications/index.js';
import {
  alertScopeOf,
  lockOrders,
  type PaymentOrderIds,
} from '../../src/notifications/scheduling/order-key.js';
import { MailCatcher } from '../support/mail-catcher.js';
import { runProgram } from '../support/run-program.js';
import { StandardSender } from '../support/standard-sender.js';
import { startTestApp, until, type Json, type TestApp } from '../support/test-app.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

const EVERYTHING = { statuses: ['dead', 'held'], channel: null } as const;

let mail: MailCatcher;
let database: TestDatabase;
let environment: Record<string, string>;
let app: TestApp;
let resend: NotificationResend;

beforeAll(async () => {
  mail = await MailCatcher.start();
  database = await createTestDatabase();
  environment = { SMTP_URL: mail.url, MAIL_FROM: 'Shop <pay@shop.example>' };
  app = await startTestApp({ databaseUrl: database.url, environment });
  resend = app.app.get(NotificationResend, { strict: false });
});
afterAll(async () => {
  await app.close();
  await database.drop();
  await mail.stop();
});

const endsOf = async (): Promise<Record<string, string>> => {
  const { items } = await app.get<{ items: Json[] }>('/notifications');
  return Object.fromEntries(items.map(({ orderId, status, reason }) => [orderId, reason ?? status]));
};

describe('messages that did not go out', () => {
  it('are decided again by one command: what is still true is sent, once', async () => {
    const shop = new StandardSender(app.url);
    mail.refuse(550);
    for (const payment of ['true', 'paid', 'old']) await shop.tell('failed', { payment });
    await until(async () => (await app.get<Json>('/stats')).notifications.dead === 3, 'all to be dead');
    mail.recover();
    mail.refuse(550, { text: 'relay not permitted' });
    await shop.tell('failed', { payment: 'held' });
    await until(async () => (await app.get<Json>('/stats')).held.length === 1, 'one to be held');
    await shop.tell('completed', { payment: 'paid' });
    await app.app
      .get(DataSource)
      .query(
        `UPDATE notifications SET occurred_at = now() - interval '73 hours' WHERE order_key = 'ord_old'`,
      );

    const dry = await runProgram(
      'notifications',
      database.url,
      ['--dry-run', '--status', 'dead'],
      environment,
    );
    expect(dry).toEqual({
      code: 0,
      lines: ['would send 1 message, suppress 2 (1 recovered, 1 stale)'],
      errors: '',
    });
    expect(await endsOf()).toEqual({
      ord_true: 'dead',
      ord_paid: 'dead',
      ord_old: 'dead',
      ord_held: 'pending',
    });

    mail.recover();
    const twice = await Promise.all([resend.release(EVERYTHING), resend.release(EVERYTHING)]);
    expect(twice[0] + twice[1]).toBeGreaterThanOrEqual(3);
    await app.quiet();
    const ends = { ord_true: 'sent', ord_paid: 'recovered', ord_old: 'stale', ord_held: 'sent' };
    expect(await endsOf()).toEqual(ends);
    expect(await resend.release(EVERYTHING)).toBe(0);
    const real = await runProgram('notifications', database.url, [], environment);
    expect([real.code, real.lines[0]]).toEqual([0, expect.stringMatching(/^0 messages are due/)]);
    await app.quiet();
    expect(await endsOf()).toEqual(ends);
    expect(mail.mails.map(({ to }) => to[0]).sort()).toEqual(['held@example.com', 'true@example.com']);
  });

  it('of a channel that nobody has are refused', async () => {
    const refused = await runProgram('notifications', database.url, ['--channel', 'mial'], environment);
    expect([refused.code, refused.lines]).toEqual([2, []]);
    expect(refused.errors).toMatch(/^--channel names no channel that is in force .*\.\n$/);
    const mail = ['--channel', 'mail', '--dry-run'];
    expect((await runProgram('notifications', database.url, mail, environment)).code).toBe(0);
    expect(await resend.isChannel('email')).toBe(true);
    expect(await resend.isChannel('pager')).toBe(false);
    await app.app
      .get(DataSource)
      .query(`UPDATE notifications SET channel = 'pager' WHERE order_key = 'ord_old'`);
    expect(await resend.isChannel('pager')).toBe(true);
  });

  it('are counted all together, while others work on their orders', async () => {
    const db = app.app.get(DataSource);
    const copyOf = (table: string, column: string, key: string, changes: string) =>
      db.query(`INSERT INTO ${table} SELECT (jsonb_populate_record(one, jsonb_build_object('id', given.id, ${changes}))).*
        FROM ${table} AS one, generate_series(1, 120) AS n,
          LATERAL (SELECT '00000000-0000-7000-8000-' || lpad(n::text, 12, '0') AS id) AS given
        WHERE one.${column} = '${key}'`);
    await copyOf(
      'payments',
      'order_id',
      'ord_true',
      `'gateway_payment_id', 'many_' || n, 'order_id', 'ord_many_' || n, 'customer_email', 'many@example.com'`,
    );
    await copyOf(
      'notifications',
      'order_key',
      'ord_true',
      `'payment_id', given.id, 'order_key', 'ord_many_' || n, 'status', 'dead', 'sent_at', null`,
    );
    const [one]: PaymentOrderIds[] = await db.query(
      `SELECT id AS "paymentId", gateway, account, merchant, mode, order_id AS "orderId" FROM payments
       WHERE order_id = 'ord_many_1'`,
    );
    await db.transaction(async (manager) => {
      await lockOrders(manager, [alertScopeOf(one!)]);
      expect(await resend.dryRun({ statuses: ['dead', 'held'], channel: 'email' })).toEqual({
        ...{ sends: 5, undecided: 0, more: false },
        suppressed: new Map([['too_many', 115]]),
      });
    });
  });
});
