import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DataSource } from 'typeorm';
import type { NotificationView } from '../../src/notifications/api/notification.view.js';
import type { GatewaySimulator, StoryEvent } from '../../src/simulator/gateway-simulator.js';
import { playEvent, createStorySubject } from '../../src/simulator/player.js';
import { SIMULATORS } from '../../src/simulator/simulators.js';
import { STORIES } from '../../src/simulator/stories.js';
import { messagesOf, outcomesOf } from '../support/customer-messages.js';
import { MailCatcher } from '../support/mail-catcher.js';
import { StandardSender } from '../support/standard-sender.js';
import { SECRETS, startTestApp, until, type TestApp } from '../support/test-app.js';

let mail: MailCatcher;
let app: TestApp;
let shop: StandardSender;

beforeAll(async () => {
  mail = await MailCatcher.start();
  app = await startTestApp({
    // A handler that waits for an alert under way must not be given up meanwhile.
    retry: { baseMs: 5, capMs: 20, maxAttempts: 1_000 },
    environment: {
      SMTP_URL: mail.url,
      MAIL_FROM: 'Shop <pay@shop.example>',
      PAYMENT_RETRY_URL: 'https://shop.example/orders/{orderId}/pay',
    },
  });
  shop = new StandardSender(app.url);
});
afterAll(async () => {
  await app.close();
  await mail.stop();
});

/** What became of a payment's messages when nothing is pending any more. */
async function outcomes(payment: string): Promise<string[]> {
  await app.quiet();
  return outcomesOf(app, payment);
}
const subjects = (payment: string): (string | undefined)[] =>
  mail.sentTo(`${payment}@example.com`).map(({ subject }) => subject);

describe('a failed payment', () => {
  it('is told to its customer once: which order, how much, why in words for people, and where to try again', async () => {
    await shop.tell('failed', { payment: 'plain', order: 'A-17', attempt: 'try_1' });
    await app.quiet();
    const [notification] = await messagesOf(app, 'plain');
    expect(notification).toMatchObject({
      kind: 'payment_failed',
      status: 'sent',
      orderId: 'A-17',
      attemptId: 'try_1',
      attempts: 1,
    });
    expect(notification).toMatchObject({
      channel: 'email',
      to: 'plain@example.com',
      locale: 'en',
      reason: null,
    });

    const [sent, ...more] = mail.sentTo('plain@example.com');
    expect(more).toEqual([]);
    expect(sent?.subject).toBe('Your payment for order A-17 did not go through');
    for (const part of [sent?.text, sent?.html]) {
      expect(part).toContain('A-17');
      expect(part).toContain('$100.00');
      expect(part).toContain('https://shop.example/orders/A-17/pay');
      expect(part).toMatch(/not enough money/i);
      expect(part).toContain('Asha Rao');
      expect(part).not.toContain('Do not show me');
    }
    const kept = await app.get<NotificationView>(`/notifications/${notification?.id}`);
    expect(kept).toMatchObject({ subject: sent?.subject, reference: sent?.messageId });
    expect(kept.text?.trim()).toBe(sent?.text?.trim());
  });

  it('is told once however often the same attempt is reported, also at once', async () => {
    const told = { payment: 'again', attempt: 'try_1' };
    await Promise.all([1, 2, 3].map(() => shop.tell('failed', { ...told, at: 1, id: 'msg_again' })));
    await shop.tell('failed', { ...told, at: 2 });
    await shop.tell('failed', { ...told, at: 3 });
    expect(await outcomes('again')).toEqual(['payment_failed sent']);
    expect(subjects('again')).toHaveLength(1);
  });

  it('that is reported after the success alerts nobody', async () => {
    await shop.tell('completed', { payment: 'paid', at: 10 });
    await shop.tell('failed', { payment: 'paid', at: 5, attempt: 'try_1' });
    await shop.tell('failed', { payment: 'paid', at: 15, attempt: 'try_2' });
    expect(await outcomes('paid')).toEqual([]);
    expect(subjects('paid')).toEqual([]);
  });
});

describe('a further attempt', () => {
  it('within the quiet time is kept back; after it the customer hears again', async () => {
    await shop.tell('failed', { payment: 'retry', attempt: 'try_1' });
    await app.quiet();
    await shop.tell('failed', { payment: 'retry', attempt: 'try_2' });
    expect(await outcomes('retry')).toEqual(['payment_failed sent', 'payment_failed suppressed recent']);

    await app.app
      .get(DataSource)
      .query(`UPDATE notifications SET sent_at = sent_at - interval '901 seconds'`);
    await shop.tell('failed', { payment: 'retry', attempt: 'try_3' });
    expect(await outcomes('retry')).toEqual([
      'payment_failed sent',
      'payment_failed suppressed recent',
      'payment_failed sent',
    ]);
    expect(subjects('retry')).toHaveLength(2);
  });

  it('by another payment of the order is a further attempt too; another order is not', async () => {
    await shop.tell('failed', { payment: 'first', order: 'B-1', attempt: 'try_1' });
    await app.quiet();
    await shop.tell('failed', { payment: 'second', order: 'B-1', attempt: 'try_1' });
    await shop.tell('failed', { payment: 'third', order: 'B-2', attempt: 'try_1' });
    expect(await outcomes('second')).toEqual(['payment_failed suppressed recent']);
    expect(await outcomes('third')).toEqual(['payment_failed sent']);
  });

  it('of two that are due at the same moment, one goes out', async () => {
    const payments = ['storm_1', 'storm_2', 'storm_3', 'storm_4'];
    await Promise.all(
      payments.map((payment) => shop.tell('failed', { payment, order: 'B-3', at: 1, attempt: payment })),
    );
    const all = (await Promise.all(payments.map(outcomes))).flat().sort();
    expect(all).toEqual([
      'payment_failed sent',
      ...Array<string>(3).fill('payment_failed suppressed recent'),
    ]);
  });
});

describe('attempts that have no id', () => {
  it('are one while nothing else stands between, whenever the reports come', async () => {
    await shop.tell('failed', { payment: 'run', at: 10 });
    await app.quiet();
    await shop.tell('failed', { payment: 'run', at: 20 });
    await shop.tell('failed', { payment: 'run', at: 5 });
    await shop.tell('failed', { payment: 'run', at: 15 });
    expect(await outcomes('run')).toEqual(['payment_failed sent']);
  });

  it('are two where another kind stands between', async () => {
    await shop.tell('failed', { payment: 'two', at: 10 });
    await app.quiet();
    await shop.tell('processing', { payment: 'two', at: 20 });
    await shop.tell('failed', { payment: 'two', at: 30 });
    expect(await outcomes('two')).toEqual(['payment_failed sent', 'payment_failed suppressed recent']);
  });
});

describe('when the money comes after all', () => {
  const received = 'payment_received sent';

  it('whoever was told of the failure hears of it, once', async () => {
    await shop.tell('failed', { payment: 'after', at: 1 });
    await app.quiet();
    await shop.tell('authorized', { payment: 'after', at: 2 });
    await shop.tell('completed', { payment: 'after', at: 3, id: 'msg_after' });
    await shop.tell('completed', { payment: 'after', at: 3, id: 'msg_after' });
    await shop.tell('completed', { payment: 'after', at: 4 });
    expect(await outcomes('after')).toEqual(['payment_failed sent', received]);
    expect(subjects('after')).toEqual([
      'Your payment for order ord_after did not go through',
      'We have received your payment for order ord_after',
    ]);
  });

  it('by another payment of the order, that one says so, once for the order', async () => {
    await shop.tell('failed', { payment: 'card', order: 'C-1' });
    await app.quiet();
    await Promise.all([
      shop.tell('completed', { payment: 'bank', order: 'C-1', at: 5 }),
      shop.tell('completed', { payment: 'cash', order: 'C-1', at: 5 }),
    ]);
    expect(await outcomes('card')).toEqual(['payment_failed sent']);
    expect([...(await outcomes('bank')), ...(await outcomes('cash'))]).toEqual([received]);
  });

  it('and nobody was told of a failure, there is nothing to say', async () => {
    await shop.tell('failed', { payment: 'silent', customer: null, at: 1 });
    await app.quiet();
    await shop.tell('completed', { payment: 'silent', at: 2 });
    expect(await outcomes('silent')).toEqual(['payment_failed suppressed no_contact']);
    expect(subjects('silent')).toEqual([]);
  });

  it('and the order was not known at first, the payment is known all the same', async () => {
    const player = {
      simulator: SIMULATORS.get('stripe') as GatewaySimulator,
      baseUrl: app.url,
      secret: SECRETS.stripe,
    };
    const subject = createStorySubject('stripe', 'nameless', new Date(Date.now() - 60_000));
    const [, failed, succeeded] = STORIES['failure-then-recovery'](subject) as [
      StoryEvent,
      StoryEvent,
      StoryEvent,
    ];
    await playEvent(player, { ...failed, orderId: '' });
    await app.quiet();
    await playEvent(player, succeeded);
    expect(await outcomes(subject.paymentId)).toEqual(['payment_failed sent', received]);
  });

  it('while the alert is on its way out, word of it follows the alert', async () => {
    const release = mail.hold();
    await shop.tell('failed', { payment: 'cross', at: 1 });
    await until(() => mail.waiting === 1, 'the alert to reach the mail server');
    await shop.tell('completed', { payment: 'cross', at: 2 });
    const db = app.app.get(DataSource);
    await until(async () => {
      const [run] = await db.query<{ n: number }[]>(
        `SELECT count(*)::int AS n FROM handler_runs WHERE handler LIKE 'reassure%' AND last_error IS NOT NULL`,
      );
      return (run?.n ?? 0) > 0;
    }, 'the success to find the alert under way');
    release();
    expect(await outcomes('cross')).toEqual(['payment_failed sent', received]);
    expect(subjects('cross')[1]).toMatch(/^We have received/);
  });
});
