import { createServer, type AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { DataSource } from 'typeorm';
import type { NotificationView } from '../../src/notifications/api/notification.view.js';
import { MailCatcher } from '../support/mail-catcher.js';
import { StandardSender } from '../support/standard-sender.js';
import { startTestApp, until, type TestApp } from '../support/test-app.js';

let mail: MailCatcher;
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
  SMTP_URL: string,
  environment: Record<string, string> = {},
): Promise<{ app: TestApp; shop: StandardSender }> {
  const app = await startTestApp({ environment: { ...environment, SMTP_URL } });
  opened.push(() => app.close());
  return { app, shop: new StandardSender(app.url) };
}

/** The one notification there is, when `ready` says so. */
const notificationOf = (
  app: TestApp,
  ready: (found: NotificationView) => boolean,
): Promise<NotificationView> =>
  until(async () => {
    const { items } = await app.get<{ items: NotificationView[] }>('/notifications');
    if (!items[0]) return undefined;
    const found = await app.get<NotificationView>(`/notifications/${items[0].id}`);
    return ready(found) ? found : undefined;
  }, 'the notification to be there') as Promise<NotificationView>;

/** A port on which nobody listens. */
async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

describe('an operator reads why a mail was not sent', () => {
  it.each([
    ['RCPT TO', 550, 'PermanentDeliveryError: mail was not sent: EENVELOPE 550 at RCPT TO'],
    ['DATA', 554, 'PermanentDeliveryError: mail was not sent: EMESSAGE 554 at DATA'],
    ['RCPT TO', 450, 'TransientDeliveryError: mail was not sent: EENVELOPE 450 at RCPT TO'],
    ['DATA', 451, 'TransientDeliveryError: mail was not sent: EMESSAGE 451 at DATA'],
  ] as const)('at %s with %s', async (step, code, told) => {
    const { app, shop } = await boot(mail.url);
    mail.refuse(code, { step });
    await shop.tell('failed', { payment: 'refused' });
    const { lastError } = await notificationOf(app, ({ status }) => status === 'dead');
    expect(lastError).toBe(told);
  });

  it('when nobody listens', async () => {
    const { app, shop } = await boot(`smtp://127.0.0.1:${await closedPort()}`);
    await shop.tell('failed', { payment: 'unheard' });
    const { lastError } = await notificationOf(app, ({ status }) => status === 'dead');
    expect(lastError).toBe('TransientDeliveryError: mail was not sent: ESOCKET ECONNREFUSED at connect');
  });
});

describe('a login or a sender that the mail server refuses', () => {
  it.each([
    ['AUTH', 535, 'EAUTH 535 at AUTH PLAIN', 'refused'],
    ['MAIL FROM', 550, 'EENVELOPE 550 at MAIL FROM', 'refused'],
    [
      'RCPT TO',
      554,
      'EENVELOPE 554 5.7.1 at RCPT TO: the server does not relay for us',
      '5.7.1 <asha@example.com>: Relay access denied',
    ],
  ] as const)(
    'at %s with %s spends no attempt of a message, which goes out when it is put right',
    async (step, code, what, text) => {
      const told = `ChannelSettingsError: mail was not sent: ${what}`;
      const { app, shop } = await boot(mail.urlWithLogin);
      const before = mail.refused;
      mail.refuse(code, { step, text });
      await shop.tell('failed', { payment: `settings_${code}` });
      // The policy of the tests gives a message four attempts.
      await until(() => mail.refused - before > 8, 'the server to have refused nine times');
      expect(await notificationOf(app, (found) => found.lastError !== null)).toMatchObject({
        status: 'pending',
        lastError: told,
      });
      expect((await app.get<{ held: unknown }>('/stats')).held).toEqual([
        { channel: 'email', messages: 1, reason: told, since: expect.stringMatching(/^\d{4}-/) },
      ]);
      mail.recover();
      await app.quiet();
      expect(await app.get('/stats')).toMatchObject({ held: [] });
      expect(mail.sentTo(`settings_${code}@example.com`)).toHaveLength(1);
    },
  );

  it('for longer than an alert is worth sending, the alert is kept', async () => {
    const { app, shop } = await boot(mail.urlWithLogin);
    mail.refuse(535, { step: 'AUTH' });
    await shop.tell('failed', { payment: 'aged' });
    await notificationOf(app, ({ lastError }) => lastError !== null);
    await app.app.get(DataSource).query(`UPDATE notifications SET occurred_at = now() - interval '73 hours'`);
    expect(await notificationOf(app, ({ status }) => status !== 'pending')).toMatchObject({
      status: 'suppressed',
      reason: 'stale',
    });
  });
});

describe('a mail server that relays for some domains only', () => {
  it('delays nobody else, although the channel rests for a minute when it is refused', async () => {
    const app = await startTestApp({
      environment: { SMTP_URL: mail.url },
      retry: { baseMs: 3_600_000, capMs: 3_600_000, maxAttempts: 4 },
    });
    opened.push(() => app.close());
    const shop = new StandardSender(app.url);
    mail.refuse(550, { to: 'far@example.com', text: '5.7.1 Unable to relay' });
    await shop.tell('failed', { payment: 'near' });
    await until(() => mail.sentTo('near@example.com').length === 1, 'the first to be sent');
    await shop.tell('failed', { payment: 'far' });
    await notificationOf(app, ({ lastError }) => lastError !== null);
    await shop.tell('failed', { payment: 'next' });
    await until(() => mail.sentTo('next@example.com').length === 1, 'the next to be sent');
    expect(await app.get('/stats')).toMatchObject({ held: [{ messages: 1 }], notifications: { dead: 0 } });
  });
});

describe('a recipient that is slow to take mail', () => {
  it('delays nobody else, however many messages it is sent', async () => {
    const { app, shop } = await boot(mail.url, { ALERTS_PER_ADDRESS_PER_HOUR: '10' });
    const customer = { email: 'slow@example.com' };
    const release = mail.hold(customer.email);
    for (let n = 0; n < 10; n++) await shop.tell('failed', { payment: `slow_${n}`, customer });
    await until(() => mail.waiting > 0, 'the slow recipient to be written to');
    for (let n = 0; n < 10; n++) await shop.tell('failed', { payment: `quick_${n}` });
    await until(
      () => [...Array(10).keys()].every((n) => mail.sentTo(`quick_${n}@example.com`).length === 1),
      'the others to get their mails',
    );
    release();
    await app.quiet();
    expect(mail.sentTo(customer.email)).toHaveLength(10);
  });
});
