import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { NotificationView } from '../../src/notifications/api/notification.view.js';
import { answer, HANGS, HttpReceiver } from '../support/http-receiver.js';
import { MailCatcher } from '../support/mail-catcher.js';
import { ask } from '../support/requests.js';
import { StandardSender, type Telling } from '../support/standard-sender.js';
import { createTestDatabase } from '../support/test-database.js';
import { startTestApp, until, type TestApp } from '../support/test-app.js';

const SECRET = `whsec_${Buffer.from('canary-secret-of-24-byte').toString('base64')}`;

let mail: MailCatcher;
let receiver: HttpReceiver;
let app: TestApp;
let shop: StandardSender;
const lines: string[] = [];

const settings = (channels: string): Record<string, string> => ({
  SMTP_URL: mail.url,
  MESSAGE_CHANNELS: channels,
  HTTP_CHANNEL_URL: `${receiver.url}?token=canary`,
  HTTP_CHANNEL_SECRET: SECRET,
  OPERATOR_MAIL: 'ops@shop.example',
  ALERT_QUIET_SECONDS: '0',
});

beforeAll(async () => {
  mail = await MailCatcher.start();
  receiver = await HttpReceiver.start(SECRET);
  app = await startTestApp({ environment: settings('mail,http') });
  shop = new StandardSender(app.url);
  const keep = (...words: unknown[]): void => void lines.push(JSON.stringify(words));
  Logger.overrideLogger({ log: keep, warn: keep, error: keep });
});
afterEach(() => {
  mail.recover();
  receiver.recover();
});
afterAll(async () => {
  Logger.overrideLogger(false);
  await app.close();
  await receiver.stop();
  await mail.stop();
});

const db = (on = app): DataSource => on.app.get(DataSource);

/** The messages about a payment by channel, each as it is shown. */
async function messagesOf(payment: string, on = app): Promise<Record<string, NotificationView[]>> {
  const { items } = await on.get<{ items: { id: string }[] }>(`/payments?gatewayPaymentId=${payment}`);
  if (items[0] === undefined) return {};
  const list = await on.get<{ items: { id: string }[] }>(`/notifications?paymentId=${items[0].id}`);
  const views = await Promise.all(
    list.items.toReversed().map(({ id }) => on.get<NotificationView>(`/notifications/${id}`)),
  );
  const byChannel: Record<string, NotificationView[]> = {};
  for (const view of views) (byChannel[view.channel] ??= []).push(view);
  return byChannel;
}

async function failed(payment: string, told: Partial<Telling> = {}): Promise<void> {
  await shop.tell('failed', { payment, ...told });
}

const receivedAbout = (payment: string) =>
  receiver.messages.filter(({ data }) => data.payment.gatewayPaymentId === payment);
const waitingByHttp = (payment: string): Promise<NotificationView | undefined> =>
  until(async () => {
    const message = (await messagesOf(payment)).http?.[0];
    return message?.lastError ? message : undefined;
  }, `the receiver to have refused the message about ${payment}`);

describe('two channels side by side', () => {
  it('each tell a customer once, and what the one says is what the other says', async () => {
    await failed('both', { customer: { email: 'both@example.com', name: 'Asha Rao', locale: 'de' } });
    await app.quiet();
    const { email, http } = await messagesOf('both');
    expect(email).toMatchObject([{ status: 'sent', to: 'both@example.com', attempts: 1 }]);
    expect(http).toMatchObject([{ status: 'sent', to: null, attempts: 1 }]);
    const { id, subject, text, html } = http![0]!;
    expect({ subject, text, html }).toEqual({
      subject: email![0]!.subject,
      text: email![0]!.text,
      html: email![0]!.html,
    });
    const { items } = await app.get<{ items: object[] }>('/payments?gatewayPaymentId=both');
    expect(receivedAbout('both')).toEqual([
      {
        id,
        type: 'message.due',
        timestamp: expect.any(String),
        data: {
          ...{ kind: 'payment_failed', locale: 'de', subject, text, html },
          payment: items[0],
          customer: { id: null, email: 'both@example.com', phone: null, name: 'Asha Rao', locale: 'de' },
        },
      },
    ]);
    const metrics = await (await fetch(`${app.url}/metrics`, { headers: bearer() })).text();
    expect(metrics).toMatch(/payhook_notifications_total\{channel="http",outcome="sent",reason=""\} [1-9]/);
  });

  it('reach a customer without an address by the one that needs none', async () => {
    await failed('silent', { customer: null });
    await app.quiet();
    const { email, http } = await messagesOf('silent');
    expect(email).toMatchObject([{ status: 'suppressed', reason: 'no_contact' }]);
    expect(http).toMatchObject([{ status: 'sent' }]);
  });

  it('fail apart and are tried again apart, with the same id', async () => {
    receiver.behave(answer(500));
    mail.refuse(550, { times: 1 });
    await failed('apart');
    await until(async () => (await messagesOf('apart')).email?.[0]?.status === 'dead', 'the mail to be dead');
    receiver.recover();
    await app.quiet();
    const { http } = await messagesOf('apart');
    expect(http).toMatchObject([{ status: 'sent', lastError: null }]);
    expect(receivedAbout('apart').map(({ id }) => id)).toEqual([http![0]!.id]);

    // The customer was alerted by one channel, and is reassured by that one.
    await shop.tell('completed', { payment: 'apart' });
    await app.quiet();
    expect(receivedAbout('apart').map(({ data }) => data.kind)).toEqual([
      'payment_failed',
      'payment_received',
    ]);
    expect(mail.sentTo('apart@example.com')).toHaveLength(0);
  });

  it('delay each other by nothing: while one hangs, the other alerts and reassures', async () => {
    receiver.behave(HANGS);
    const payments = Array.from({ length: 10 }, (_, nth) => `hung_${nth}`);
    for (const payment of payments) await failed(payment);
    await until(() => receiver.waiting === 8, 'all slots of the receiver to hang');
    const mailed = (count: number): Promise<boolean> =>
      until(
        () => payments.every((payment) => mail.sentTo(`${payment}@example.com`).length === count),
        `${count} mails to each`,
      );
    await mailed(1);
    for (const payment of payments) await shop.tell('completed', { payment });
    await mailed(2);
    expect(payments.flatMap(receivedAbout)).toEqual([]);
    receiver.recover();
    await app.quiet();
    const { http } = await messagesOf('hung_0');
    expect(http?.every(({ status }) => status === 'sent' || status === 'suppressed')).toBe(true);
  });
});

const bearer = (): Record<string, string> => ({
  authorization: 'Bearer test-key-of-more-than-thirty-two-characters',
});

describe('a message that waits for its channel', () => {
  it('keeps its attempts and its reason, and ends by what is true when its turn comes', async () => {
    receiver.behave(answer(401, {}, 'canary'));
    for (const payment of ['late', 'erased', 'old']) await failed(payment);
    for (const payment of ['late', 'erased', 'old'])
      expect(await waitingByHttp(payment)).toMatchObject({
        status: 'pending',
        lastError: 'ChannelSettingsError: the receiver answered 401',
      });
    await ask(app, '/customers/erase', {
      method: 'POST',
      body: JSON.stringify({ customer: 'erased@example.com' }),
    });
    await db().query(
      `UPDATE notifications SET occurred_at = now() - interval '73 hours' WHERE order_key = 'ord_old'`,
    );
    for (const payment of ['erased', 'old'])
      await until(
        async () => (await messagesOf(payment)).http?.[0]?.status === 'suppressed',
        `the message about ${payment} to be decided again`,
      );
    receiver.recover();
    await app.quiet();
    expect(await messagesOf('late')).toMatchObject({ http: [{ status: 'sent', attempts: 1 }] });
    expect(await messagesOf('erased')).toMatchObject({
      http: [{ status: 'suppressed', reason: 'no_contact', text: null }],
      email: [{ status: 'sent', to: null, text: null }],
    });
    expect(await messagesOf('old')).toMatchObject({ http: [{ status: 'suppressed', reason: 'stale' }] });
    expect(receivedAbout('erased')).toEqual([]);
  });

  it('that was refused for good is sent again when asked, by its channel alone', async () => {
    receiver.behave(answer(422));
    await failed('refused');
    await app.quiet();
    const dead = (await messagesOf('refused')).http![0]!;
    expect(dead).toMatchObject({
      ...{ status: 'dead', attempts: 1 },
      lastError: 'PermanentDeliveryError: the receiver answered 422',
    });
    receiver.recover();
    expect((await app.post(`/notifications/${dead.id}/resend`)).status).toBe(202);
    await app.quiet();
    expect(receivedAbout('refused')).toHaveLength(1);
    expect(mail.sentTo('refused@example.com')).toHaveLength(1);
  });

  it('to a receiver that is gone is dead, and the operator hears of it once', async () => {
    receiver.behave(answer(410));
    for (const payment of ['gone_1', 'gone_2']) await failed(payment);
    await app.quiet();
    for (const payment of ['gone_1', 'gone_2'])
      expect(await messagesOf(payment)).toMatchObject({
        http: [{ status: 'dead', lastError: 'ChannelGoneError: the receiver answered 410' }],
        email: [{ status: 'sent' }],
      });
    const told = await until(() => mail.sentTo('ops@shop.example')[0], 'the operator to be told');
    expect(told?.subject).toBe('Messages to customers by http are paused');
    expect(await db().query(`SELECT FROM operator_notices`)).toHaveLength(1);
  });
});

it('a dry run counts the messages of every channel, and sends none', async () => {
  await db().query(`UPDATE notifications SET status = 'suppressed' WHERE status = 'dead'`);
  const before = receiver.requests.length;
  // The silent first take-in schedules nothing; a replay that alerts would.
  const id = await shop.tell('failed', { payment: 'rehearsed' });
  await app.quiet();
  const sent = receiver.requests.length;
  expect(sent - before).toBe(1);
  await db().query(`DELETE FROM notifications WHERE order_key = 'ord_rehearsed'`);
  await db().query(
    `WITH gone AS (DELETE FROM payments WHERE gateway_payment_id = 'rehearsed' RETURNING id),
       events AS (DELETE FROM domain_events USING gone WHERE subject_id = gone.id)
     DELETE FROM payment_reports USING gone WHERE payment_id = gone.id`,
  );
  await db().query(`UPDATE deliveries SET status = 'parked' WHERE id = $1`, [id]);
  const told = await ask(app, '/deliveries/replay', {
    method: 'POST',
    body: JSON.stringify({ status: 'parked', gateway: 'standard', dryRun: true }),
  });
  expect(told.json).toMatchObject({ alerts: 2 });
  expect(receiver.requests.length).toBe(sent);
});

it('no secret, no URL and no word of the receiver is stored or logged', async () => {
  const errors = await db().query<object[]>(`SELECT last_error, reason FROM notifications`);
  const notices = await db().query<object[]>(`SELECT * FROM operator_notices`);
  const seen = `${JSON.stringify([errors, notices])}${lines.join('\n')}`;
  expect(seen).toContain('the receiver answered 401');
  expect(seen).not.toMatch(/canary|whsec_|v1,|127\.0\.0\.1/);
  expect(receiver.forged).toBe(0);
});

describe('a change of channels', () => {
  it('forgets no message that waits, and tells nobody twice', async () => {
    const database = await createTestDatabase();
    const start = (channels: string): Promise<TestApp> =>
      startTestApp({ databaseUrl: database.url, environment: settings(channels) });
    const waits = async (on: TestApp, payment: string): Promise<void> => {
      await new StandardSender(on.url).tell('failed', { payment });
      await until(
        async () => (await messagesOf(payment, on)).http?.[0]?.lastError,
        `the message about ${payment} to be refused`,
      );
    };
    receiver.behave(answer(401));
    const byHttp = await start('http');
    await waits(byHttp, 'adopted');
    await byHttp.close();
    const byBoth = await start('mail,http');
    await waits(byBoth, 'twin');
    await until(() => mail.sentTo('twin@example.com').length === 1, 'the mail');
    await byBoth.close();
    const db = await new DataSource({ type: 'postgres', url: database.url }).initialize();
    await db.query(`UPDATE notifications SET due_at = now() - interval '2 minutes' WHERE status = 'pending'`);
    await db.destroy();
    const byMail = await start('mail');
    await byMail.quiet();
    expect(await messagesOf('adopted', byMail)).toMatchObject({ email: [{ status: 'sent' }] });
    expect(await messagesOf('twin', byMail)).toMatchObject({
      email: [{ status: 'sent' }],
      http: [{ status: 'suppressed', reason: 'channel_off' }],
    });
    expect(mail.sentTo('twin@example.com')).toHaveLength(1);
    await byMail.close();
    await database.drop();
  });

  it('to one that nobody brings stops the start', async () => {
    await expect(
      startTestApp({ databaseUrl: app.databaseUrl, environment: settings('mail,pigeon') }),
    ).rejects.toThrow('MESSAGE_CHANNELS names pigeon, which is no channel: those are mail, http');
  });
});

it('a process that stops gives up what it is sending, as if it had not begun', async () => {
  const database = await createTestDatabase();
  const stopping = await startTestApp({
    databaseUrl: database.url,
    environment: { ...settings('mail,http'), SHUTDOWN_SECONDS: '1' },
  });
  const release = mail.hold();
  receiver.behave(HANGS);
  await new StandardSender(stopping.url).tell('failed', { payment: 'stopped' });
  await until(() => mail.waiting === 1 && receiver.waiting === 1, 'both channels to send');
  await stopping.close();
  release();
  const client = await new DataSource({ type: 'postgres', url: database.url }).initialize();
  expect(
    await client.query(`SELECT channel, status, attempts, lease FROM notifications ORDER BY channel`),
  ).toEqual([
    { channel: 'email', status: 'pending', attempts: 0, lease: null },
    { channel: 'http', status: 'pending', attempts: 0, lease: null },
  ]);
  await client.destroy();
  await database.drop();
});
