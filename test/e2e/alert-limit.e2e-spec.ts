import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { HttpReceiver } from '../support/http-receiver.js';
import { MailCatcher } from '../support/mail-catcher.js';
import { ask } from '../support/requests.js';
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

describe('failures of many orders at one address with other letters than A to Z', () => {
  // JavaScript makes two letters of İ, and a database in the locale C leaves Ä as it is.
  it.each(['asha@İstanbul.example', 'ÄSHA@example.com'])('are told five times: %s', async (email) => {
    for (let nth = 50; nth < 58; nth++) await tell(nth, nth % 2 === 0 ? email : email.replace(/sha/i, 'Sha'));
    await app.quiet();
    const about = email.replace(/\W/g, '_');
    const statuses = await app.app.get(DataSource).query<{ status: string; n: number }[]>(
      `SELECT status, count(*)::integer AS n FROM notifications WHERE starts_with(lower(order_key), lower($1))
       GROUP BY status ORDER BY status`,
      [`ord_${about}`],
    );
    expect(statuses).toEqual([
      { status: 'sent', n: 5 },
      { status: 'suppressed', n: 3 },
    ]);
  });
});

describe('failures of many orders of one customer, by a channel that needs no address', () => {
  it('are told five times, by the e-mail address or the phone in any spelling; who is not known is told of each', async () => {
    const secret = `whsec_${Buffer.from('a'.repeat(24)).toString('base64')}`;
    const receiver = await HttpReceiver.start(secret);
    const byHttp = await startTestApp({
      environment: {
        MESSAGE_CHANNELS: 'http',
        HTTP_CHANNEL_URL: receiver.url,
        HTTP_CHANNEL_SECRET: secret,
        ALERT_SETTLE_SECONDS: '0',
      },
    });
    const lines: string[] = [];
    const keep = (...words: unknown[]): void => void lines.push(JSON.stringify(words));
    Logger.overrideLogger({ log: () => undefined, warn: keep, error: keep });
    const shop = new StandardSender(byHttp.url);
    const spellings = ['+12025550101', '1 202 555 0101', '+1 (202) 555-0101', '1.202.555.0101'];
    const customers = {
      mail: () => ({ email: 'asha@example.com', phone: '+12025550100' }),
      phone: (nth: number) => ({ phone: spellings[nth % spellings.length]! }),
      // Not an address, so it does not tell who it is.
      none: () => ({ email: 'none' }),
    };
    for (const [of, customer] of Object.entries(customers))
      await Promise.all(
        Array.from({ length: 12 }, (_, nth) =>
          shop.tell('failed', { payment: `${of}_${nth}`, customer: customer(nth) }),
        ),
      );
    await byHttp.quiet();
    const told = (of: string): number =>
      receiver.messages.filter(({ data }) => data.payment.gatewayPaymentId.startsWith(`${of}_`)).length;
    expect([told('mail'), told('phone'), told('none')]).toEqual([5, 5, 12]);
    const items: Json[] = (await byHttp.get('/notifications?limit=200')).items;
    expect(items.filter(({ reason }) => reason === 'too_many')).toHaveLength(14);
    expect(items.map(({ to }) => to)).toEqual(items.map(() => null));

    // Nobody has mail of it here. Each set of messages is one line, and the number in it is that of the set.
    const warned = lines.filter((line) => line.includes('too_many'));
    const counted = warned.map((line) => Number(/"suppressed":(\d+)/.exec(line)?.[1]));
    expect(counted.reduce((sum, n) => sum + n, 0)).toBe(14);
    for (const line of warned) expect(line).toMatch(/"gateway":"standard","account":"default"/);
    expect(lines.join('')).not.toMatch(/asha|20255501/);

    const erase = (customer: string) =>
      ask(byHttp, '/customers/erase', { method: 'POST', body: JSON.stringify({ customer }) });
    for (const customer of ['asha@example.com', '+12025550101'])
      expect((await erase(customer)).json).toMatchObject({ payments: 12, notifications: 5 });
    expect(
      await byHttp.app.get(DataSource).query('SELECT FROM notifications WHERE recipient IS NOT NULL'),
    ).toEqual([]);
    Logger.overrideLogger(false);
    await byHttp.close();
    await receiver.stop();
  });
});
