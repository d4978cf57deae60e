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

async function boot(SMTP_URL: string): Promise<{ app: TestApp; shop: StandardSender }> {
  const app = await startTestApp({ environment: { SMTP_URL } });
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
    ['AUTH', 535, 'ChannelSettingsError: mail was not sent: EAUTH 535 at AUTH PLAIN'],
    ['MAIL FROM', 550, 'ChannelSettingsError: mail was not sent: EENVELOPE 550 at MAIL FROM'],
  ] as const)(
    'at %s with %s spends no attempt of a message, which goes out when it is put right',
    async (step, code, told) => {
      const { app, shop } = await boot(mail.urlWithLogin);
      const before = mail.refused;
      mail.refuse(code, { step });
      await shop.tell('failed', { payment: `settings_${code}` });
      // The policy of the tests gives a message four attempts.
      await until(() => mail.refused - before > 8, 'the server to have refused nine times');
      expect(await notificationOf(app, (found) => found.lastError !== null)).toMatchObject({
        status: 'pending',
        lastError: told,
      });
      mail.recover();
      await app.quiet();
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

describe('a recipient that is slow to take mail', () => {
  it('delays nobody else, however many messages it is sent', async () => {
    const { app, shop } = await boot(mail.url);
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
