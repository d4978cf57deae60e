import { afterEach, describe, expect, it } from '@jest/globals';
import { DataSource } from 'typeorm';
import { FEATURES, type PayhookFeature } from '../../src/platform/features/index.js';
import { createTestDatabase } from '../support/test-database.js';
import { RetentionWorker } from '../../src/operations/privacy/retention.js';
import { StandardSender } from '../support/standard-sender.js';
import { MailCatcher } from '../support/mail-catcher.js';
import { ask } from '../support/requests.js';
import { startTestApp, until, type Json, type TestApp } from '../support/test-app.js';

const DAY_MS = 24 * 3_600_000;
const ASHA = { id: 'cus_asha', email: 'asha@shop.example', phone: '+91 98765 43210', name: 'Asha Rao' };

const opened: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
});

async function start(environment: Record<string, string> = {}) {
  const catcher = await MailCatcher.start();
  opened.push(() => catcher.stop());
  const app = await startTestApp({ environment: { SMTP_URL: catcher.url, ...environment } });
  opened.push(() => app.close());
  return { app, catcher, shop: new StandardSender(app.url) };
}

const register = (app: TestApp, orderId: string, customer: object | null = ASHA) =>
  ask(app, `/orders/${orderId}`, {
    method: 'PUT',
    body: JSON.stringify({ amount: '10000', currency: 'USD', customer, metadata: { note: 'for Asha' } }),
  });
const erase = (app: TestApp, customer: string): Promise<Json> =>
  ask(app, '/customers/erase', { method: 'POST', body: JSON.stringify({ customer }) }).then(
    ({ json }) => json,
  );
const notifications = async (app: TestApp): Promise<Json[]> => (await app.get('/notifications')).items;

describe('the customer of a registered order', () => {
  it('is told of a failure where the payment names nobody', async () => {
    const { app, catcher, shop } = await start();
    await register(app, 'ord_1');
    await shop.tell('failed', { payment: 'pay_1', order: 'ord_1', customer: null });
    await until(() => catcher.mails.length === 1, 'the mail');
    expect(catcher.mails[0]).toMatchObject({ to: [ASHA.email] });
    await shop.tell('failed', { payment: 'pay_2', order: 'ord_2', customer: null });
    await app.quiet();
    expect((await notifications(app))[0]).toMatchObject({ status: 'suppressed', reason: 'no_contact' });
  });

  it('is asked for when the alert goes out, and not before', async () => {
    const { app, catcher, shop } = await start({ ALERT_SETTLE_SECONDS: '2' });
    await shop.tell('failed', { payment: 'pay_1', order: 'ord_1', customer: null });
    await register(app, 'ord_1');
    await until(() => catcher.mails.length === 1, 'the mail');
    expect(catcher.mails[0]).toMatchObject({ to: [ASHA.email] });
  });

  it('does not take the place of the contact that the gateway told', async () => {
    const { app, catcher, shop } = await start();
    await register(app, 'ord_1');
    await shop.tell('failed', { payment: 'pay_1', order: 'ord_1', customer: { email: 'payer@example.com' } });
    await until(() => catcher.mails.length === 1, 'the mail');
    expect(catcher.mails[0]).toMatchObject({ to: ['payer@example.com'] });
  });

  it('is told nothing when erased between the failure and the alert', async () => {
    const { app, catcher, shop } = await start({ ALERT_SETTLE_SECONDS: '2' });
    await register(app, 'ord_1');
    await shop.tell('failed', { payment: 'pay_1', order: 'ord_1', customer: null });
    await until(async () => (await app.get('/payments')).items.length === 1, 'the payment');
    expect(await erase(app, 'ASHA@shop.example')).toMatchObject({ payments: 1, orders: 1 });
    await app.quiet();
    expect(catcher.mails).toEqual([]);
    expect(await notifications(app)).toMatchObject([{ status: 'suppressed', reason: 'no_contact' }]);
  });

  it('is erased with the messages that were sent, and does not come back', async () => {
    const { app, catcher, shop } = await start();
    await register(app, 'ord_1');
    await register(app, 'ord_2');
    await register(app, 'ord_3', { ...ASHA, id: 'cus_2', email: 'other@shop.example', phone: null });
    await shop.tell('failed', { payment: 'pay_1', order: 'ord_1', customer: null });
    await until(() => catcher.mails.length === 1, 'the mail');
    await app.quiet();
    expect(await erase(app, '09876543210')).toMatchObject({ payments: 1, notifications: 1, orders: 2 });
    const shown = async (id: string): Promise<Json> => app.get(`/orders/${id}`);
    for (const id of ['ord_1', 'ord_2'])
      expect(await shown(id)).toEqual(
        expect.objectContaining({ amount: '10000', customer: {}, metadata: {} }),
      );
    expect(await shown('ord_3')).toMatchObject({ customer: { email: 'other@shop.example' } });
    const [message] = await notifications(app);
    expect(JSON.stringify(await app.get(`/notifications/${message?.id}`))).not.toMatch(/asha/i);
    expect((await register(app, 'ord_1')).status).toBe(200);
    expect(await shown('ord_1')).toEqual(expect.objectContaining({ customer: {}, metadata: {} }));
    expect(await erase(app, ASHA.email)).toMatchObject({ orders: 0 });
  });

  it('is erased when orders are switched on again, where the payment was erased without them', async () => {
    const database = await createTestDatabase();
    opened.push(() => database.drop());
    const first = await startTestApp({ databaseUrl: database.url });
    const shop = new StandardSender(first.url);
    await register(first, 'ord_1');
    await register(first, 'ord_2');
    await shop.tell('succeeded', {
      payment: 'pay_1',
      order: 'ord_1',
      customer: { email: 'payer@example.com' },
    });
    await shop.tell('succeeded', { payment: 'pay_2', order: 'ord_2', customer: null });
    await first.quiet();
    const features = first.app.get<PayhookFeature[]>(FEATURES);
    features.splice(
      features.findIndex(({ name }) => name === 'orders'),
      1,
    );
    expect(await erase(first, 'payer@example.com')).toMatchObject({ payments: 1 });
    expect((await first.get('/orders/ord_1')).customer).toMatchObject({ email: ASHA.email });
    // Written after the erasure, so not part of it.
    await shop.tell('succeeded', {
      payment: 'pay_3',
      order: 'ord_3',
      customer: { email: 'late@example.com' },
    });
    await first.quiet();
    expect(await erase(first, 'late@example.com')).toMatchObject({ payments: 1 });
    await register(first, 'ord_3');
    // As the start of a process without orders does.
    await first.app.get(DataSource).query(`DELETE FROM feature_progress WHERE feature = 'orders'`);
    await first.close();

    const again = await startTestApp({ databaseUrl: database.url });
    opened.push(() => again.close());
    await until(async () => !('catchingUp' in (await again.get('/stats'))), 'orders to catch up');
    expect(JSON.stringify(await again.get('/orders/ord_1'))).not.toMatch(/asha/i);
    expect((await register(again, 'ord_1')).status).toBe(200);
    expect(JSON.stringify(await again.get('/orders/ord_1'))).not.toMatch(/asha/i);
    for (const kept of ['ord_2', 'ord_3'])
      expect((await again.get(`/orders/${kept}`)).customer).toMatchObject({ email: ASHA.email });
  });

  it('expires', async () => {
    const { app, shop } = await start();
    await register(app, 'ord_1');
    await shop.tell('completed', { payment: 'pay_1', order: 'ord_1' });
    await app.quiet();
    const worker = app.app.get(RetentionWorker, { strict: false });
    while ((await worker.step(new Date(Date.now() + 89 * DAY_MS))) > 0);
    expect((await app.get('/orders/ord_1')).customer).toMatchObject({ email: ASHA.email });
    while ((await worker.step(new Date(Date.now() + 91 * DAY_MS))) > 0);
    expect(await app.get('/orders/ord_1')).toEqual(
      expect.objectContaining({ amount: '10000', customer: {}, metadata: {} }),
    );
    // An equal registration is still equal, and brings nobody back.
    const again = await register(app, 'ord_1');
    expect(again).toMatchObject({
      status: 200,
      json: expect.objectContaining({ status: 'paid', customer: {}, metadata: {} }),
    });
  });
});

describe('ORDERS_FROM_PAYMENTS', () => {
  it('makes orders of payments, which a registration takes over', async () => {
    const { app, shop } = await start({ ORDERS_FROM_PAYMENTS: '1' });
    await shop.tell('completed', { payment: 'pay_1', order: 'ord_1' });
    await app.quiet();
    const unexpected = await app.get('/orders/ord_1');
    expect(unexpected).toMatchObject({
      unexpected: true,
      amount: null,
      currency: 'USD',
      amountPaid: '10000',
    });
    expect(unexpected).toEqual(expect.objectContaining({ status: 'paid', customer: {} }));
    expect((await register(app, 'ord_1')).status).toBe(201);
    const { id, createdAt, status } = await app.get('/orders/ord_1');
    expect({ id, createdAt, status }).toEqual({
      id: unexpected.id,
      createdAt: unexpected.createdAt,
      status: 'paid',
    });
    // A later report moves the payment, and nobody registered the order that it leaves.
    await shop.tell('completed', { payment: 'pay_2', order: 'ord_2' });
    await app.quiet();
    await shop.tell('completed', { payment: 'pay_2', order: 'ord_3' });
    await app.quiet();
    expect((await ask(app, '/orders/ord_2')).status).toBe(404);
    expect(await app.get('/orders/ord_3')).toMatchObject({ unexpected: true });
    // Nobody could register, find or cancel an order of these ids.
    for (const [nth, order] of ['ü', '..', '\n'].entries())
      await shop.tell('completed', { payment: `pay_odd_${nth}`, order });
    await app.quiet();
    const { items } = await app.get('/orders');
    expect(items.map(({ orderId }: Json) => orderId)).toEqual(['ord_3', 'ord_1']);
  });

  it('is a flag, and stops the start where it is none', async () => {
    await expect(startTestApp({ environment: { ORDERS_FROM_PAYMENTS: 'maybe' } })).rejects.toThrow(
      /ORDERS_FROM_PAYMENTS must be 0 or 1/,
    );
  });
});
