import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { messagesOf, outcomesOf } from '../support/customer-messages.js';
import { MailCatcher } from '../support/mail-catcher.js';
import { deliver, freshId, signed } from '../support/requests.js';
import { StandardSender } from '../support/standard-sender.js';
import { startTestApp, until, type TestApp } from '../support/test-app.js';

let mail: MailCatcher;
let app: TestApp;
let shop: StandardSender;

beforeAll(async () => {
  mail = await MailCatcher.start();
  app = await startTestApp({
    retry: { baseMs: 5, capMs: 20, maxAttempts: 1_000 },
    environment: { SMTP_URL: mail.url, ALERT_QUIET_SECONDS: '0' },
  });
  shop = new StandardSender(app.url);
});
afterAll(async () => {
  await app.close();
  await mail.stop();
});

const notificationsOf = (payment: string) => messagesOf(app, payment);
const outcomes = (payment: string): Promise<string[]> => outcomesOf(app, payment);

describe('captured money that goes again', () => {
  it('is told to the customer as a failed attempt is, once', async () => {
    await shop.tell('completed', { payment: 'bounced', at: 1 });
    await app.quiet();
    for (let time = 0; time < 2; time++) {
      await shop.tell('reversed', { payment: 'bounced', at: 2, id: 'msg_bounced' });
      await app.quiet();
    }
    expect(await outcomes('bounced')).toEqual(['payment_failed sent']);
    expect(mail.sentTo('bounced@example.com').map(({ subject }) => subject)).toEqual([
      'Your payment for order ord_bounced did not go through',
    ]);
  });

  it('before its customer was told that it came is not said to have come', async () => {
    await shop.tell('failed', { payment: 'fickle', at: 1, attempt: 'try_1' });
    await app.quiet();
    mail.refuse(451, { step: 'DATA' });
    await shop.tell('completed', { payment: 'fickle', at: 2 });
    await until(async () => (await notificationsOf('fickle'))[1]?.lastError, 'the message to be refused');
    await shop.tell('reversed', { payment: 'fickle', at: 3 });
    await until(async () => (await notificationsOf('fickle')).length === 3, 'the alert of the reversal');
    // A try that was decided before the reversal may still be on its way to the server, which would take it.
    await until(
      async () => (await notificationsOf('fickle'))[1]?.status !== 'pending',
      'the message to be decided again',
    );
    mail.recover();
    await app.quiet();
    expect(await outcomes('fickle')).toEqual([
      'payment_failed sent',
      'payment_received suppressed reversed',
      'payment_failed sent',
    ]);
  });
});

describe('one failed slow payment, told by its session and by its intent in one second', () => {
  const CREATED = Math.floor(Date.now() / 1_000) - 30;
  const event = (type: string, object: object): object => ({
    id: freshId('evt'),
    object: 'event',
    api_version: '2026-10-28.endive',
    created: CREATED,
    livemode: true,
    type,
    data: { object },
  });
  const session = (intent: string): object =>
    event('checkout.session.async_payment_failed', {
      id: `cs_${intent}`,
      object: 'checkout.session',
      amount_total: 2_599,
      currency: 'eur',
      client_reference_id: `SHOP-${intent}`,
      customer_details: { email: `${intent}@example.com` },
      mode: 'payment',
      payment_intent: intent,
      payment_status: 'unpaid',
    });
  const attempt = (intent: string): object =>
    event('payment_intent.payment_failed', {
      id: intent,
      object: 'payment_intent',
      amount: 2_599,
      currency: 'eur',
      status: 'requires_payment_method',
      latest_charge: `ch_${intent}`,
      last_payment_error: { charge: `ch_${intent}`, code: 'payment_intent_payment_attempt_failed' },
      receipt_email: `${intent}@example.com`,
    });

  it.each([
    ['the session first', [session, attempt]],
    ['the intent first', [attempt, session]],
  ])('is one mail: %s', async (_order, messages) => {
    for (const apart of [true, false]) {
      const intent = freshId('pi');
      for (const message of messages) {
        expect((await deliver(app, signed('stripe', message(intent)))).status).toBe(200);
        if (apart) await app.quiet();
      }
      await app.quiet();
      expect([apart, await outcomes(intent)]).toEqual([apart, ['payment_failed sent']]);
      expect(mail.sentTo(`${intent}@example.com`)).toHaveLength(1);
    }
  });
});
