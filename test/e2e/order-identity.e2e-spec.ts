import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DataSource } from 'typeorm';
import type { NotificationView } from '../../src/notifications/api/notification.view.js';
import { MailCatcher } from '../support/mail-catcher.js';
import { tellRazorpay, tellStripe, type PaymentTold } from '../support/order-senders.js';
import { freshId, paymentOf } from '../support/requests.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

let mail: MailCatcher;
let app: TestApp;

beforeAll(async () => {
  mail = await MailCatcher.start();
  app = await startTestApp({
    retry: { baseMs: 5, capMs: 20, maxAttempts: 1_000 },
    environment: {
      SMTP_URL: mail.url,
      PAYMENT_RETRY_URL: 'https://shop.example/orders/{orderId}/pay',
    },
  });
});
afterAll(async () => {
  await app.close();
  await mail.stop();
});

async function notificationsOf(payment: string): Promise<NotificationView[]> {
  const { id } = await paymentOf(app, payment);
  const { items } = await app.get<{ items: NotificationView[] }>(`/notifications?paymentId=${id}`);
  return items.reverse();
}
const outcomes = async (payment: string): Promise<string[]> =>
  (await notificationsOf(payment)).map(({ kind, status, reason }) =>
    [kind, status, reason].filter(Boolean).join(' '),
  );
const subjects = (payment: string): (string | undefined)[] =>
  mail.sentTo(`${payment}@example.com`).map(({ subject }) => subject);

const FAILED = 'payment_failed sent';
const RECEIVED = 'payment_received sent';

describe.each<[string, Partial<PaymentTold>, Partial<PaymentTold>]>([
  ['a test payment', {}, { test: true }],
  ['a live payment, seen from a test payment', { test: true }, {}],
  ['another connected merchant', { merchant: 'acct_one' }, { merchant: 'acct_two' }],
  ['a connected merchant, seen from the platform itself', {}, { merchant: 'acct_two' }],
  ['the platform itself, seen from a connected merchant', { merchant: 'acct_one' }, {}],
])('an order with the same id of %s', (_whose, mine, theirs) => {
  const tell = (what: Parameters<typeof tellStripe>[1], told: PaymentTold) => tellStripe(app, what, told);

  it('is told nothing of this one, and spends nothing of it', async () => {
    const order = freshId('6001');
    const [failed, foreign, paid] = [freshId('pi_a'), freshId('pi_b'), freshId('pi_c')];
    await tell('payment_failed', { payment: failed, order, ...mine });
    await app.quiet();
    await tell('succeeded', { payment: foreign, order, ...theirs });
    await app.quiet();
    expect(await outcomes(foreign)).toEqual([]);
    await tell('succeeded', { payment: paid, order, ...mine });
    await app.quiet();
    expect(await outcomes(failed)).toEqual([FAILED]);
    expect(await outcomes(paid)).toEqual([RECEIVED]);
  });

  it('silences nothing of this one', async () => {
    const order = freshId('6001');
    const [going, foreign, failed] = [freshId('pi_a'), freshId('pi_b'), freshId('pi_c')];
    await tell('processing', { payment: going, order, ...theirs });
    await tell('payment_failed', { payment: foreign, order: `${order}-x`, ...theirs });
    await app.quiet();
    await tell('payment_failed', { payment: failed, order, ...mine });
    await tell('payment_failed', { payment: `${failed}_x`, order: `${order}-x`, ...mine });
    await app.quiet();
    expect(await outcomes(foreign)).toEqual([FAILED]);
    expect(await outcomes(failed)).toEqual([FAILED]);
    expect(await outcomes(`${failed}_x`)).toEqual([FAILED]);
  });
});

describe('an order that is known by two ids', () => {
  const orders = { 'payment.captured': 'order.paid', 'order.paid': 'payment.captured' } as const;

  it.each(['payment.captured', 'order.paid'] as const)(
    'hears that its money came, once, when %s is told first',
    async (first) => {
      for (let time = 0; time < 5; time++) {
        const [gatewayOrder, receipt] = [freshId('order'), freshId('SHOP')];
        const [failed, paid] = [freshId('pay_a'), freshId('pay_b')];
        await tellRazorpay(app, 'payment.failed', { payment: failed, gatewayOrder });
        await app.quiet();
        for (const event of [first, orders[first]]) {
          await tellRazorpay(app, event, { payment: paid, gatewayOrder, order: receipt });
          await app.quiet();
        }
        expect([time, await outcomes(failed), await outcomes(paid)]).toEqual([time, [FAILED], [RECEIVED]]);
        expect((await notificationsOf(paid))[0]?.orderId).toBe(receipt);
        expect((await notificationsOf(failed))[0]?.orderId).toBe(gatewayOrder);
      }
    },
  );

  it('is shown by the gateway’s where the merchant told none, in the mail and in its link', async () => {
    const [payment, gatewayOrder] = [freshId('pay'), freshId('order')];
    await tellRazorpay(app, 'payment.failed', { payment, gatewayOrder });
    await app.quiet();
    expect(subjects(payment)).toEqual([`Your payment for order ${gatewayOrder} did not go through`]);
    const [sent] = mail.sentTo(`${payment}@example.com`);
    expect(sent?.text).toContain(`https://shop.example/orders/${gatewayOrder}/pay`);
  });

  it('is told once that its money came, by payments that know it by one id each', async () => {
    const [gatewayOrder, receipt] = [freshId('order'), freshId('SHOP')];
    const [failed, first, second] = [freshId('pay_a'), freshId('pay_b'), freshId('pay_c')];
    const known = { payment: failed, gatewayOrder, order: receipt };
    // The receipt is known of the failed payment too: a capture of it was told, and the failure came after.
    await tellRazorpay(app, 'payment.failed', known);
    await app.quiet();
    await app.app
      .get(DataSource)
      .query(`UPDATE notifications SET order_key = $1 WHERE gateway_order_id = $2`, [receipt, gatewayOrder]);
    await tellRazorpay(app, 'payment.captured', { payment: first, gatewayOrder });
    await app.quiet();
    await tellRazorpay(app, 'order.paid', {
      payment: second,
      gatewayOrder: `${gatewayOrder}_again`,
      order: receipt,
    });
    await app.quiet();
    expect([await outcomes(first), await outcomes(second)]).toEqual([[RECEIVED], []]);
  });

  it('keeps a further attempt quiet, and an alert back while another payment moves on, by either id', async () => {
    const [gatewayOrder, receipt] = [freshId('order'), freshId('SHOP')];
    const [paid, failed] = [freshId('pay_a'), freshId('pay_b')];
    await tellRazorpay(app, 'order.paid', { payment: paid, gatewayOrder, order: receipt });
    await tellRazorpay(app, 'payment.failed', { payment: failed, gatewayOrder });
    await app.quiet();
    expect(await outcomes(failed)).toEqual(['payment_failed suppressed order_continues']);
  });
});
