import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { DataSource } from 'typeorm';
import type { NotificationView } from '../../src/notifications/api/notification.view.js';
import { gateways } from '../../src/webhooks/gateways/index.js';
import { StandardGateway } from '../../src/webhooks/gateways/standard/standard.gateway.js';
import { MailCatcher } from '../support/mail-catcher.js';
import { StandardSender } from '../support/standard-sender.js';
import { createTestDatabase } from '../support/test-database.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

let mail: MailCatcher;
interface Items {
  items: { id: string }[];
}

const opened: (() => Promise<void>)[] = [];

beforeAll(async () => {
  mail = await MailCatcher.start();
});
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
  mail.recover();
});
afterAll(() => mail.stop());

async function boot(
  environment: Record<string, string> = {},
): Promise<{ app: TestApp; shop: StandardSender }> {
  const app = await startTestApp({ environment: { SMTP_URL: mail.url, ...environment } });
  opened.push(() => app.close());
  return { app, shop: new StandardSender(app.url) };
}

async function onlyNotification(app: TestApp): Promise<NotificationView> {
  await app.quiet();
  const { items } = await app.get<{ items: NotificationView[] }>('/notifications');
  expect(items).toHaveLength(1);
  return app.get(`/notifications/${items[0]?.id}`);
}

describe('a mail server', () => {
  it('that refuses for now is asked again, and the mail is sent once', async () => {
    const { app, shop } = await boot();
    mail.refuse(450, { step: 'RCPT TO', times: 1 });
    mail.refuse(451, { step: 'DATA', times: 1 });
    await shop.tell('failed', { payment: 'greylisted' });
    expect(await onlyNotification(app)).toMatchObject({ status: 'sent', attempts: 3, lastError: null });
    expect(mail.sentTo('greylisted@example.com')).toHaveLength(1);
  });

  it('that refuses the recipient for good is asked once; the dead alert is shown', async () => {
    const { app, shop } = await boot();
    mail.refuse(550);
    const before = mail.refused;
    await shop.tell('failed', { payment: 'bounced' });
    const notification = await onlyNotification(app);
    expect(notification).toMatchObject({
      status: 'dead',
      attempts: 1,
      sentAt: null,
      to: 'bounced@example.com',
    });
    expect(notification.subject).toBe('Your payment for order ord_bounced did not go through');
    expect(notification.lastError).toMatch(/PermanentDeliveryError/);
    expect(JSON.stringify(notification.lastError)).not.toContain('bounced');
    expect(mail.refused - before).toBe(1);
    expect(await app.get('/stats')).toMatchObject({ notifications: { dead: 1 }, quiet: true });
    const { items } = await app.get<Items>('/notifications?status=dead');
    expect(items).toHaveLength(1);
  });

  it('that never takes the mail is given up on in the end', async () => {
    const { app, shop } = await boot();
    mail.refuse(451, { step: 'MAIL FROM' });
    await shop.tell('failed', { payment: 'stubborn' });
    expect(await onlyNotification(app)).toMatchObject({ status: 'dead', attempts: 4 });
  });

  it('there is none: the alert is rendered, kept and shown', async () => {
    const { app, shop } = await boot({ SMTP_URL: '' });
    await shop.tell('failed', { payment: 'unsent', order: 'E-1' });
    expect(await onlyNotification(app)).toMatchObject({
      status: 'suppressed',
      reason: 'smtp_not_configured',
      channel: 'log',
      to: 'unsent@example.com',
      subject: 'Your payment for order E-1 did not go through',
      text: expect.stringContaining('$100.00'),
      html: expect.stringContaining('E-1'),
    });
  });
});

describe('a test payment', () => {
  it.each([
    ['production', 'suppressed', 'test_mode'],
    ['test', 'sent', null],
  ])('where NODE_ENV is %s is %s', async (NODE_ENV, status, reason) => {
    const { app, shop } = await boot({ NODE_ENV, WEBHOOK_MODE_STANDARD: 'test' });
    await shop.tell('failed', { payment: `mode_${NODE_ENV}` });
    expect(await onlyNotification(app)).toMatchObject({ status, reason });
    expect(mail.sentTo(`mode_${NODE_ENV}@example.com`)).toHaveLength(status === 'sent' ? 1 : 0);
  });
});

describe('what others wrote', () => {
  it('adds no recipient, no header, no markup and no link', async () => {
    const { app, shop } = await boot({ PAYMENT_RETRY_URL: 'https://shop.example/pay?order={orderId}&x=1' });
    await shop.tell('failed', {
      payment: 'hostile',
      order: 'F-1\r\nBcc: eve@evil.example\r\n\r\n<script>alert(1)</script>&x=2',
      code: '<b>stolen_card</b>',
      customer: { email: 'hostile@example.com', name: 'Win at https://evil.example <b>now</b>' },
    });
    await app.quiet();
    expect(mail.mails.at(-1)?.to).toEqual(['hostile@example.com']);
    const [sent] = mail.sentTo('hostile@example.com');
    expect(sent?.bcc).toBeUndefined();
    expect(sent?.subject).toBe('Your payment did not go through');
    const said = `${sent?.text}${sent?.html as string}`;
    expect(said).not.toMatch(/evil|F-1|alert\(|<b>now|Win at|stolen/);
    expect(said).not.toContain('https://shop.example/pay');
  });

  it.each([
    ['an order id', { order: 'call +1 900 555 0199 or visit evil.example' }],
    ['a name', { customer: { email: 'lure@example.com', name: 'evil.\u200dcom' } }],
  ])('no invitation by %s', async (_what, told) => {
    const { app, shop } = await boot({ PAYMENT_RETRY_URL: 'https://shop.example/pay?order={orderId}' });
    const customer = { email: 'lure@example.com' };
    await shop.tell('failed', { payment: 'lure', customer, ...told });
    await app.quiet();
    await shop.tell('completed', { payment: 'lure', customer, ...told });
    await app.quiet();
    const sent = mail.sentTo('lure@example.com').splice(-2);
    expect(sent).toHaveLength(2);
    for (const { subject, text, html } of sent)
      expect(`${subject}${text}${html as string}`).not.toMatch(/evil|900/);
  });

  it('chooses the language: the customer’s, else the shop’s', async () => {
    const { app, shop } = await boot({ MAIL_LOCALE: 'fr' });
    await shop.tell('failed', { payment: 'german', customer: { email: 'g@example.com', locale: 'de_AT' } });
    await shop.tell('failed', { payment: 'unknown', customer: { email: 'u@example.com', locale: 'tlh' } });
    await app.quiet();
    const [german] = mail.sentTo('g@example.com');
    expect(german?.subject).toBe('Ihre Zahlung für die Bestellung ord_german hat nicht geklappt');
    expect(german?.headers.get('content-language')).toBe('de-AT');
    expect(mail.sentTo('u@example.com')[0]?.headers.get('content-language')).toBe('fr');
  });
});

/** A version of the service that could not read these messages yet. */
class DeafGateway extends StandardGateway {
  override dtoFor(): null {
    return null;
  }
}

describe('a replay', () => {
  it('of a failure that was told changes nothing and alerts nobody, not even when asked to', async () => {
    const { app, shop } = await boot({ ALERT_QUIET_SECONDS: '0' });
    const id = await shop.tell('failed', { payment: 'replayed' });
    await onlyNotification(app);
    for (const query of ['', '?alerts=false', '?alerts=true']) {
      expect((await app.post(`/deliveries/${id}/replay${query}`)).status).toBe(202);
      await app.quiet();
    }
    await onlyNotification(app);
    expect(mail.sentTo('replayed@example.com')).toHaveLength(1);
    expect(await app.get('/stats')).toMatchObject({
      deliveries: { processed: 1 },
      notifications: { sent: 1 },
    });
  });

  it('of what an earlier version left alone makes the payment, and alerts only when asked', async () => {
    const database = await createTestDatabase();
    opened.push(() => database.drop());
    const deaf = gateways.map((gateway) => (gateway.name === 'standard' ? new DeafGateway() : gateway));
    const earlier = await startTestApp({ databaseUrl: database.url, gateways: deaf });
    const past = new StandardSender(earlier.url);
    const [unasked, asked] = [
      await past.tell('failed', { payment: 'unasked' }),
      await past.tell('failed', { payment: 'asked' }),
    ];
    await earlier.quiet();
    expect(await earlier.get('/stats')).toMatchObject({ deliveries: { ignored: 2, processed: 0 } });
    await earlier.close();

    const app = await startTestApp({ databaseUrl: database.url, environment: { SMTP_URL: mail.url } });
    opened.push(() => app.close());
    await app.post(`/deliveries/${unasked}/replay`);
    await app.post(`/deliveries/${asked}/replay?alerts=true`);
    await app.quiet();
    const { items } = await app.get<Items>('/payments?status=failed');
    expect(items).toHaveLength(2);
    expect(mail.sentTo('unasked@example.com')).toHaveLength(0);
    expect(mail.sentTo('asked@example.com')).toHaveLength(1);
    const events = await app.app
      .get(DataSource)
      .query<object[]>(
        `SELECT silent, count(*)::int AS n FROM domain_events WHERE name = 'payment.failed' GROUP BY silent ORDER BY silent`,
      );
    expect(events).toEqual([
      { silent: false, n: 1 },
      { silent: true, n: 1 },
    ]);
  });
});
