import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { StandardStatus } from '../../src/webhooks/gateways/standard/standard.kinds.js';
import { messagesOf, settled, timePasses, worked } from '../support/customer-messages.js';
import { MailCatcher } from '../support/mail-catcher.js';
import { StandardSender, type Telling } from '../support/standard-sender.js';
import { startTestApp, until, type TestApp } from '../support/test-app.js';

let mail: MailCatcher;
let app: TestApp;
let shop: StandardSender;

beforeAll(async () => {
  mail = await MailCatcher.start();
  app = await startTestApp({
    // What is refused comes back after an hour: when the test says so.
    retry: { baseMs: 3_600_000, capMs: 3_600_000, maxAttempts: 4 },
    environment: { SMTP_URL: mail.url, ALERT_SETTLE_SECONDS: '3600' },
  });
  shop = new StandardSender(app.url);
});
afterAll(async () => {
  await app.close();
  await mail.stop();
});

const outcomes = async (payment: string): Promise<string[]> =>
  (await messagesOf(app, payment)).map(({ status, reason }) => [status, reason].filter(Boolean).join(' '));

describe('an alert that settles', () => {
  it('counts as pending, and is not sent before its time', async () => {
    await shop.tell('failed', { payment: 'wait' });
    await worked(app);
    expect(await app.get('/stats')).toMatchObject({ notifications: { pending: 1, sent: 0 }, quiet: false });
    expect(await outcomes('wait')).toEqual(['pending']);
    await settled(app);
    expect(await outcomes('wait')).toEqual(['sent']);
    expect(mail.sentTo('wait@example.com')).toHaveLength(1);
  });

  it.each<[StandardStatus, string]>([
    ['completed', 'suppressed recovered'],
    ['authorized', 'suppressed recovered'],
    ['processing', 'suppressed recovered'],
    ['canceled', 'suppressed recovered'],
  ])('is kept back when the payment is %s by then', async (status, outcome) => {
    const payment = `then_${status}`;
    await shop.tell('failed', { payment });
    await worked(app);
    await shop.tell(status, { payment });
    await settled(app);
    expect(await outcomes(payment)).toEqual([outcome]);
    expect(mail.sentTo(`${payment}@example.com`)).toEqual([]);
  });

  it.each<[StandardStatus, string]>([
    ['processing', 'suppressed order_continues'],
    ['authorized', 'suppressed order_continues'],
    ['completed', 'suppressed order_continues'],
    ['canceled', 'sent'],
    ['created', 'sent'],
  ])('when another payment of the order is %s by then: %s', async (status, outcome) => {
    const [payment, order] = [`one_${status}`, `order_${status}`];
    await shop.tell('failed', { payment, order });
    await worked(app);
    await shop.tell(status, { payment: `other_${status}`, order });
    await settled(app);
    expect(await outcomes(payment)).toEqual([outcome]);
  });

  it('goes out when only another order moves on', async () => {
    await shop.tell('failed', { payment: 'mine', order: 'D-1' });
    await shop.tell('completed', { payment: 'theirs', order: 'D-2' });
    await settled(app);
    expect(await outcomes('mine')).toEqual(['sent']);
  });

  it('is checked again on sending: refused for now, it stays back when the money came meanwhile', async () => {
    mail.refuse(451, { step: 'DATA', times: 1 });
    await shop.tell('failed', { payment: 'late' });
    await worked(app);
    await timePasses(app);
    await until(async () => (await messagesOf(app, 'late'))[0]?.lastError, 'the mail to be refused');
    await shop.tell('completed', { payment: 'late' });
    await settled(app);
    expect(await outcomes('late')).toEqual(['suppressed recovered']);
    expect(mail.sentTo('late@example.com')).toEqual([]);
  });
});

describe('an alert that cannot help', () => {
  it.each<[string, string, Partial<Telling>]>([
    ['nobody to write to', 'suppressed no_contact', { customer: null }],
    ['no address', 'suppressed no_contact', { customer: { phone: '+911234567890', name: 'Asha Rao' } }],
    ['no usable address', 'suppressed no_contact', { customer: { email: 'asha at example' } }],
    ['two addresses', 'suppressed no_contact', { customer: { email: 'a@example.com,b@example.com' } }],
    ['a placeholder of a gateway', 'suppressed no_contact', { customer: { email: 'void@razorpay.com' } }],
    ['a failure from days ago', 'suppressed stale', { at: -73 * 3_600 }],
    ['a failure from not so long ago', 'sent', { at: -71 * 3_600 }],
  ])('%s: %s', async (what, outcome, told) => {
    const payment = what.replaceAll(' ', '_');
    await shop.tell('failed', { payment, at: 1, ...told });
    await settled(app);
    expect(await outcomes(payment)).toEqual([outcome]);
  });
});
