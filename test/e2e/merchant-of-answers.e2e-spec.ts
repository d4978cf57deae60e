import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { confirm, RazorpayFakeApi, razorpayPayment, signRazorpayCheckout } from '../support/confirmations.js';
import { ask, deliver, freshId, type Heard, paymentOf, signed } from '../support/requests.js';
import { API_KEY, type Json, startTestApp, type TestApp, until } from '../support/test-app.js';

const keys = { keyId: 'rzp_live_1', keySecret: 'secret-of-the-api-key' };
const MERCHANT = 'acc_1';

let api: RazorpayFakeApi;
let app: TestApp;
beforeAll(async () => {
  api = await RazorpayFakeApi.start(keys);
  app = await startTestApp({
    environment: {
      RAZORPAY_KEY_ID: keys.keyId,
      RAZORPAY_KEY_SECRET: keys.keySecret,
      RAZORPAY_API_URL: api.baseUrl,
    },
  });
});
afterAll(async () => {
  await app.close();
  await api.close();
});

const webhook = (entity: { created_at: number }, event = 'payment.captured') =>
  signed('razorpay', {
    ...{ entity: 'event', account_id: MERCHANT, event, contains: ['payment'] },
    payload: { payment: { entity } },
    created_at: entity.created_at + 5,
  });
const tell = async (entity: { created_at: number }, event?: string): Promise<void> => {
  await deliver(app, webhook(entity, event));
  await app.quiet();
};
const fails = { status: 'failed', captured: false, error_reason: 'payment_failed', fee: null };
const order = (id: string, put?: object): Promise<Heard> =>
  ask(
    app,
    `/orders/${id}?merchant=${MERCHANT}`,
    put && { method: 'PUT', body: JSON.stringify(put) },
    API_KEY,
  );
const reconcile = async (): Promise<Json> => {
  const response = await app.post('/reconciliations', {
    body: JSON.stringify({ gateway: 'razorpay', since: '1d' }),
  });
  const { id } = (await response.json()) as Json;
  const run = await until(async () => {
    const found = await app.get(`/reconciliations/${id}`);
    return found.status === 'running' ? null : found;
  }, 'the reconciliation to end');
  await app.quiet();
  return run;
};

it('an object that was listed before any event gets its merchant once an event has told it', async () => {
  const listed = razorpayPayment(freshId('pay'), freshId('order'));
  api.put(listed);
  await reconcile();
  expect(await paymentOf(app, listed.id)).toMatchObject({ status: 'succeeded', merchant: null });
  await tell(razorpayPayment(freshId('pay'), freshId('order')));
  expect(await reconcile()).toMatchObject({ missing: 0, different: 1, problems: 0 });
  expect(await paymentOf(app, listed.id)).toMatchObject({ status: 'succeeded', merchant: MERCHANT });
  expect(await reconcile()).toMatchObject({ missing: 0, different: 0, same: 1, items: [] });
});

it.each(['webhook first', 'confirmation first'])('%s: the order is paid, and stays it', async (sequence) => {
  const ids = { payment: freshId('pay'), order: freshId('order') };
  const entity = razorpayPayment(ids.payment, ids.order, { notes: [] });
  api.put(entity);
  expect((await order(ids.order, { amount: '10000', currency: 'INR' })).status).toBe(201);
  const acts = [
    () => tell(entity),
    () => confirm(app, 'razorpay', signRazorpayCheckout(ids.order, ids.payment, keys.keySecret)),
  ];
  for (const act of sequence === 'webhook first' ? acts : acts.reverse()) {
    await act();
    await app.quiet();
    expect((await order(ids.order)).json).toMatchObject({ status: 'paid', amountPaid: '10000' });
    expect(await paymentOf(app, ids.payment)).toMatchObject({ merchant: MERCHANT });
  }
});

it('a payment that a list brought silences the alert of an attempt at its order that a webhook tells', async () => {
  const [failed, paid, orderId] = [freshId('pay'), freshId('pay'), freshId('order')];
  api.put(razorpayPayment(paid, orderId));
  await reconcile();
  await tell(razorpayPayment(failed, orderId, fails), 'payment.failed');
  const { id } = await paymentOf(app, failed);
  const { items } = await app.get(`/notifications?paymentId=${id}`);
  expect(items).toMatchObject([{ status: 'suppressed', reason: 'order_continues' }]);
});

it('the merchant’s name of an order is taken in from the list of orders, once', async () => {
  const [payment, orderId, receipt] = [freshId('pay'), freshId('order'), freshId('rcpt')];
  const entity = razorpayPayment(payment, orderId, { notes: [] });
  await tell(entity);
  expect(await paymentOf(app, payment)).toMatchObject({ orderId, gatewayOrderId: orderId });
  api.put({
    ...{ id: orderId, entity: 'order', created_at: entity.created_at, receipt, amount: 10_000 },
    ...{ currency: 'INR', status: 'paid', amount_paid: 10_000, payments: { count: 1, items: [entity] } },
  });
  const { items } = await reconcile();
  expect(items.filter(({ what }: Json) => what === 'orders')).toMatchObject([
    { kind: 'different', difference: `orderId: none → ${receipt}` },
  ]);
  expect(await paymentOf(app, payment)).toMatchObject({ orderId: receipt });
  expect(await reconcile()).toMatchObject({ missing: 0, different: 0 });
});
