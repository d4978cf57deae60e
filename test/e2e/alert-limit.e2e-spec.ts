import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DataSource } from 'typeorm';
import { MailCatcher } from '../support/mail-catcher.js';
import { StandardSender } from '../support/standard-sender.js';
import { startTestApp, until, type Json, type TestApp } from '../support/test-app.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

const OPERATOR = 'ops@shop.example';

let mail: MailCatcher;
let database: TestDatabase;
let processes: TestApp[];
let app: TestApp;

beforeAll(async () => {
  mail = await MailCatcher.start();
  database = await createTestDatabase();
  const environment = { SMTP_URL: mail.url, OPERATOR_MAIL: OPERATOR, ALERT_SETTLE_SECONDS: '0' };
  const start = () => startTestApp({ databaseUrl: database.url, environment });
  processes = [await start(), await start()];
  app = processes[0]!;
});
afterAll(async () => {
  for (const one of processes) await one.close();
  await database.drop();
  await mail.stop();
});

const tell = (nth: number, email: string): Promise<string> =>
  new StandardSender(processes[nth % 2]!.url).tell('failed', {
    payment: `${email}_${nth}`.replace(/\W/g, '_'),
    customer: { email },
  });
const suppressed = async (): Promise<Json[]> =>
  (await app.get('/notifications?status=suppressed&limit=200')).items;

const ADDRESSES = ['asha@example.com', 'Asha@Example.com', 'ASHA@EXAMPLE.COM'];
const sent = (): number => mail.mails.filter(({ to }) => to[0]?.toLowerCase() === 'asha@example.com').length;

describe('failures of many orders at one address', () => {
  it('are told five times, by two processes, however the address is written, and the operator once', async () => {
    // All wait for the mail server at first, so that none is counted as sent when the others are decided.
    const release = mail.hold();
    await Promise.all(Array.from({ length: 30 }, (_, nth) => tell(nth, ADDRESSES[nth % 3]!)));
    await tell(30, 'asha+shop@example.com');
    await until(() => mail.waiting >= 3, 'messages to reach the mail server');
    release();
    await app.quiet();
    expect(sent()).toBe(5);
    expect(mail.sentTo('asha+shop@example.com')).toHaveLength(1);
    expect((await suppressed()).map(({ reason, to }) => [reason, to])).toEqual(
      Array.from({ length: 25 }, () => ['too_many', null]),
    );
    const [notice, ...further] = mail.sentTo(OPERATOR);
    expect(further).toEqual([]);
    expect(notice?.text).toContain('5 alerts');
    expect(notice?.text).not.toMatch(/asha/i);
  });

  it('are told again when the hour has passed', async () => {
    await app.app.get(DataSource).query(`UPDATE notifications SET sent_at = sent_at - interval '1 hour'
      WHERE sent_at IS NOT NULL`);
    await tell(31, 'asha@example.com');
    await app.quiet();
    expect(sent()).toBe(6);
    expect(await suppressed()).toHaveLength(25);
  });

  it('are counted by one process at a time: an alert waits while its address is locked', async () => {
    const db = app.app.get(DataSource);
    const other = db.createQueryRunner();
    await other.startTransaction();
    // The number of the lock `address` and its name in advisory-locks.ts and address-limit.ts.
    await other.query(`SELECT pg_advisory_xact_lock(hashtextextended('["email","held@example.com"]', 4))`);
    await tell(40, 'held@example.com');
    const postponed = `SELECT FROM notifications WHERE status = 'pending' AND due_at > created_at
      AND order_key = 'ord_held_example_com_40'`;
    await until(async () => (await db.query<unknown[]>(postponed)).length === 1, 'the alert to wait');
    expect(mail.sentTo('held@example.com')).toEqual([]);
    await other.rollbackTransaction();
    await other.release();
    await app.quiet();
    expect(mail.sentTo('held@example.com')).toHaveLength(1);
  });
});
