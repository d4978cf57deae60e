import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { DataSource } from 'typeorm';
import type { NotificationView } from '../../src/notifications/api/notification.view.js';
import { timePasses, worked } from '../support/customer-messages.js';
import { MailCatcher } from '../support/mail-catcher.js';
import { StandardSender } from '../support/standard-sender.js';
import { createTestDatabase } from '../support/test-database.js';
import { API_KEY, startTestApp, until, type TestApp } from '../support/test-app.js';

let mail: MailCatcher;
const opened: (() => Promise<void>)[] = [];

beforeAll(async () => {
  mail = await MailCatcher.start();
});
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
});
afterAll(() => mail.stop());

/** Processes on one database. Alerts are due when the test says so. */
async function boot(count: number, environment: Record<string, string>): Promise<TestApp[]> {
  const database = await createTestDatabase();
  opened.push(() => database.drop());
  const processes: TestApp[] = [];
  for (let nth = 0; nth < count; nth++) {
    const app = await startTestApp({
      databaseUrl: database.url,
      // Payments that share an address are many here; alert-limit.e2e-spec.ts is about those.
      environment: { ALERT_SETTLE_SECONDS: '3600', ALERTS_PER_ADDRESS_PER_HOUR: '1000', ...environment },
    });
    opened.push(() => app.close());
    processes.push(app);
  }
  return processes;
}

const sql = <Row extends object>(app: TestApp, text: string, values: unknown[] = []): Promise<Row[]> =>
  app.app.get(DataSource).query<Row[]>(text, values);
const inParallel = (count: number, send: (nth: number) => Promise<unknown>): Promise<unknown> =>
  Promise.all(Array.from({ length: count }, (_, nth) => send(nth)));

async function shown(app: TestApp, payment: string): Promise<NotificationView> {
  const payments = await app.get<{ items: { id: string }[] }>(`/payments?gatewayPaymentId=${payment}`);
  const { items } = await app.get<{ items: { id: string }[] }>(
    `/notifications?paymentId=${payments.items[0]?.id}`,
  );
  return app.get(`/notifications/${items[0]?.id}`);
}

const ORDERS = 100;
/** What becomes of the three alerts of an order, in the order of their ids. */
const KINDS: readonly { customer?: { email: string }; paid?: boolean; outcomes: readonly string[] }[] = [
  { outcomes: ['sent', 'recent', 'recent'] },
  { paid: true, outcomes: ['order_continues', 'order_continues', 'order_continues'] },
  { customer: { email: 'nobody' }, outcomes: ['no_contact', 'no_contact', 'no_contact'] },
  // Of ten such orders each sends to one address.
  { customer: { email: 'family@example.com' }, outcomes: ['sent', 'recent', 'recent'] },
];
const kindOf = (order: number) => KINDS[order % 10 < 7 ? 0 : (order % 10) - 6]!;

/** 300 failures over 100 orders, all due at the same moment. Resolves with what became of each order's alerts. */
async function burst(processes: readonly TestApp[]): Promise<(readonly string[])[]> {
  const [first] = processes as [TestApp];
  const shops = processes.map(({ url }) => new StandardSender(url));
  const shopOf = (nth: number): StandardSender => shops[nth % shops.length]!;
  await inParallel(ORDERS * 3, async (nth) => {
    const order = nth % ORDERS;
    const { customer } = kindOf(order);
    await shopOf(nth).tell('failed', {
      ...{ payment: `burst_${nth}`, order: `burst_order_${order}`, at: 1 },
      ...(customer && { customer }),
    });
  });
  await inParallel(ORDERS, async (order) => {
    if (kindOf(order).paid)
      await shopOf(order).tell('completed', {
        payment: `paid_${order}`,
        order: `burst_order_${order}`,
        at: 1,
      });
  });
  await worked(first);
  await timePasses(first);
  await first.quiet();
  const rows = await sql<{ outcomes: string[] }>(
    first,
    `SELECT array_agg(coalesce(reason, status) ORDER BY id) AS outcomes FROM notifications GROUP BY order_key
     ORDER BY substring(order_key from '[0-9]+$')::integer`,
  );
  return rows.map(({ outcomes }) => outcomes);
}

describe('300 failures of 100 orders that are due at once, in two processes', () => {
  it('send what they would send one by one: the earliest of an order that may go out, and no other', async () => {
    const outcomes = await burst(await boot(2, { SMTP_URL: mail.url }));
    expect(outcomes).toEqual(Array.from({ length: ORDERS }, (_, order) => kindOf(order).outcomes));
    const sent = outcomes.flat().filter((outcome) => outcome === 'sent').length;
    expect(mail.mails).toHaveLength(sent);
    expect(mail.sentTo('family@example.com')).toHaveLength(10);
  });

  it('end at once where no mail server is set', async () => {
    const outcomes = await burst(await boot(2, { SMTP_URL: '' }));
    expect(outcomes).toEqual(
      Array.from({ length: ORDERS }, (_, order) =>
        kindOf(order).outcomes.map((outcome) =>
          ['sent', 'recent'].includes(outcome) ? 'smtp_not_configured' : outcome,
        ),
      ),
    );
  });
});

it('a set of alerts costs a handful of statements, however large it is', async () => {
  const [app] = (await boot(1, { SMTP_URL: '' })) as [TestApp];
  const shop = new StandardSender(app.url);
  await inParallel(80, (nth) => shop.tell('failed', { payment: `set_${nth}`, at: 1 }));
  await worked(app);
  const statements: string[] = [];
  const spy = jest.spyOn(app.app.get(DataSource).logger, 'logQuery').mockImplementation((text) => {
    if (/notifications AS message|FROM messages|AS given.*payments|pg_try_advisory_xact_lock/s.test(text))
      statements.push(text);
  });
  await timePasses(app);
  await app.quiet();
  spy.mockRestore();
  const ended = await sql(app, `SELECT FROM notifications WHERE reason = 'smtp_not_configured'`);
  expect(ended).toHaveLength(80);
  // Polls that found nothing made the rest.
  expect(statements.filter((text) => text.startsWith('UPDATE'))).toHaveLength(1);
});

it('no more alerts are decided than are sent, and one that waits is decided by what is true when it is its turn', async () => {
  const [app] = (await boot(1, { SMTP_URL: mail.url })) as [TestApp];
  const shop = new StandardSender(app.url);
  const before = mail.mails.length;
  const release = mail.hold();
  for (let nth = 0; nth < 12; nth++) await shop.tell('failed', { payment: `turn_${nth}` });
  await worked(app);
  await sql(
    app,
    `UPDATE notifications SET due_at = now() - interval '1 minute' + attempts * interval '1 second'`,
  );
  await until(() => mail.waiting === 8, 'eight to reach the mail server');
  const leased = await sql<{ payment: string }>(
    app,
    `SELECT gateway_payment_id AS payment FROM notifications JOIN payments ON payments.id = payment_id
     WHERE lease IS NOT NULL`,
  );
  expect(leased).toHaveLength(8);
  const waiting = Array.from({ length: 12 }, (_, nth) => `turn_${nth}`).filter(
    (payment) => !leased.some((one) => one.payment === payment),
  );
  await shop.tell('completed', { payment: waiting[0]! });
  await worked(app);
  release();
  await app.quiet();
  expect(await shown(app, waiting[0]!)).toMatchObject({ status: 'suppressed', reason: 'recovered' });
  expect(mail.mails).toHaveLength(before + 11);
});

describe('what a message says', () => {
  const failure = { payment: 'told', order: 'T-1', code: 'insufficient_funds' };
  const texts = ({ subject, text, html, locale, to }: NotificationView) => ({
    subject,
    text,
    html,
    locale,
    to,
  });

  it('reads the same after the payment has changed, and is gone after an erasure', async () => {
    const [app] = (await boot(1, { SMTP_URL: '', ALERT_SETTLE_SECONDS: '0' })) as [TestApp];
    const shop = new StandardSender(app.url);
    await shop.tell('failed', failure);
    await app.quiet();
    const before = texts(await shown(app, 'told'));
    expect(before).toMatchObject({
      subject: 'Your payment for order T-1 did not go through',
      text: expect.stringContaining('Hello Asha Rao,'),
      html: expect.stringContaining('$100.00'),
      to: 'told@example.com',
    });
    await shop.tell('completed', {
      ...{
        payment: 'told',
        order: 'T-2',
        customer: { email: 'told@example.com', name: 'Ravi', locale: 'de' },
      },
    });
    await app.quiet();
    expect(await app.get('/payments?gatewayPaymentId=told')).toMatchObject({
      items: [{ orderId: 'T-2', customer: { name: 'Ravi' } }],
    });
    expect(texts(await shown(app, 'told'))).toEqual(before);

    const erased = await app.post('/customers/erase', {
      headers: { authorization: `Bearer ${API_KEY}`, 'content-type': 'application/json' },
      body: JSON.stringify({ customer: 'told@example.com' }),
    });
    expect(await erased.json()).toMatchObject({ notifications: 1 });
    expect(texts(await shown(app, 'told'))).toMatchObject({
      subject: null,
      text: null,
      html: null,
      to: null,
    });
    expect(await sql(app, 'SELECT FROM notifications WHERE facts IS NOT NULL')).toEqual([]);
  });

  it('is the mail that went out, where one did', async () => {
    const [app] = (await boot(1, { SMTP_URL: mail.url, ALERT_SETTLE_SECONDS: '0' })) as [TestApp];
    await new StandardSender(app.url).tell('failed', { ...failure, payment: 'mailed' });
    await app.quiet();
    const [sent] = mail.sentTo('mailed@example.com');
    const { subject, text, html } = await shown(app, 'mailed');
    expect({ subject, text: text?.trim(), html: html?.trim() }).toEqual({
      subject: sent?.subject,
      text: sent?.text?.trim(),
      html: (sent?.html as string).trim(),
    });
    // As it went out: a later version may render the same facts in other words.
    expect(await sql(app, 'SELECT text FROM notifications WHERE facts IS NULL')).toEqual([{ text }]);
  });

  it('is what an earlier version rendered, where one did', async () => {
    const [app] = (await boot(1, { SMTP_URL: '', ALERT_SETTLE_SECONDS: '0' })) as [TestApp];
    await new StandardSender(app.url).tell('failed', { ...failure, payment: 'old' });
    await app.quiet();
    await sql(
      app,
      `UPDATE notifications SET facts = NULL, subject = 'An old subject', text = 'Old', html = '<p>Old'`,
    );
    expect(await shown(app, 'old')).toMatchObject({ subject: 'An old subject', text: 'Old', html: '<p>Old' });
  });

  it('that was erased while it was on its way does not come back when it has arrived', async () => {
    const [app] = (await boot(1, { SMTP_URL: mail.url, ALERT_SETTLE_SECONDS: '0' })) as [TestApp];
    const release = mail.hold();
    await new StandardSender(app.url).tell('failed', { ...failure, payment: 'leaving' });
    await until(() => mail.waiting === 1, 'the mail to be on its way');
    await app.post('/customers/erase', {
      headers: { authorization: `Bearer ${API_KEY}`, 'content-type': 'application/json' },
      body: JSON.stringify({ customer: 'leaving@example.com' }),
    });
    release();
    await app.quiet();
    expect(await shown(app, 'leaving')).toMatchObject({
      status: 'sent',
      to: null,
      subject: null,
      text: null,
    });
  });
});

describe('an alert that cannot be decided', () => {
  it('is tried again alone, and keeps no other of its set back', async () => {
    const [app] = (await boot(1, { SMTP_URL: '' })) as [TestApp];
    const shop = new StandardSender(app.url);
    for (const payment of ['good', 'gone', 'poison']) await shop.tell('failed', { payment });
    await worked(app);
    await sql(
      app,
      `CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no'; END $$`,
    );
    await sql(
      app,
      `CREATE TRIGGER poison BEFORE UPDATE ON notifications FOR EACH ROW
       WHEN (NEW.facts IS NOT NULL AND NEW.order_key = 'ord_poison') EXECUTE FUNCTION refuse()`,
    );
    await sql(app, `DELETE FROM payments WHERE gateway_payment_id = 'gone'`);
    await timePasses(app);
    await app.quiet();
    const rows = await sql(
      app,
      `SELECT order_key, status, reason, attempts, last_error FROM notifications ORDER BY order_key`,
    );
    expect(rows).toEqual([
      {
        ...{ order_key: 'ord_gone', status: 'dead', reason: null, attempts: 4 },
        last_error: 'PaymentMissingError: the payment of the notification does not exist',
      },
      {
        ...{ order_key: 'ord_good', status: 'suppressed', reason: 'smtp_not_configured', attempts: 1 },
        last_error: null,
      },
      {
        ...{ order_key: 'ord_poison', status: 'dead', reason: null, attempts: 4 },
        last_error: 'QueryFailedError P0001',
      },
    ]);
  });
});
