import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { IppopayFakeApi } from '../support/ippopay-fake-api.js';
import { deliver, signed } from '../support/requests.js';
import { startTestApp, until, type TestApp } from '../support/test-app.js';

const keys = { publicKey: 'pk_test_1', secretKey: 'sk_1' };
const createdAt = new Date(Date.now() - 60_000).toISOString();

let standIn: IppopayFakeApi;
let app: TestApp;

beforeAll(async () => {
  standIn = await IppopayFakeApi.start(keys);
  app = await startTestApp({
    environment: {
      IPPOPAY_PUBLIC_KEY: keys.publicKey,
      IPPOPAY_SECRET_KEY: keys.secretKey,
      IPPOPAY_API_URL: standIn.baseUrl,
    },
  });
});
afterAll(async () => {
  await standIn.close();
  await app.close();
});

const hint = (order: string) => deliver(app, signed('ippopay', { order_id: order }));

it('a question that the gateway leaves unanswered delays no other question', async () => {
  standIn.setOrder('hangs', { amount: 1, transaction: null });
  standIn.failRequests('hangs', 'timeout');
  await hint('hangs');
  await until(() => standIn.countRequests('hangs') > 0, 'the question to be asked');

  const orders = ['a', 'b', 'c'];
  for (const order of orders) {
    standIn.setOrder(order, {
      amount: 100,
      transaction: { trans_id: `trans_${order}`, status: 'success', createdAt },
    });
    await hint(order);
  }
  const asked = standIn.countRequests('hangs');
  await until(async () => {
    const { items } = await app.get<{ items: object[] }>('/payments?gateway=ippopay');
    return items.length === orders.length;
  }, 'the others to be asked about');
  // The first question is still waiting for its answer: it was not given up for the others to be asked.
  expect(standIn.countRequests('hangs')).toBe(asked);
});
