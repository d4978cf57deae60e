import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { gateways } from '../../src/webhooks/gateways/index.js';
import { IppopayGateway } from '../../src/webhooks/gateways/ippopay/ippopay.gateway.js';
import { IppopayFakeApi } from '../support/ippopay-fake-api.js';
import { deliver, signed } from '../support/requests.js';
import { startTestApp, until, type TestApp } from '../support/test-app.js';

const keys = { publicKey: 'pk_test_1', secretKey: 'sk_1' };
const createdAt = new Date(Date.now() - 60_000).toISOString();

/** A gateway as a plug-in may have it: about some orders it says what no type allows. */
class OddGateway extends IppopayGateway {
  override fetch(...asked: Parameters<IppopayGateway['fetch']>): ReturnType<IppopayGateway['fetch']> {
    if (!asked[0].startsWith('odd')) return super.fetch(...asked);
    return Promise.resolve({ kind: 'retry', reason: 'not\0 now', retryAfterMs: NaN });
  }
}

let standIn: IppopayFakeApi;
let app: TestApp;

beforeAll(async () => {
  standIn = await IppopayFakeApi.start(keys);
  app = await startTestApp({
    gateways: gateways.map((gateway) => (gateway.name === 'ippopay' ? new OddGateway() : gateway)),
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

it('an answer that is no answer spends the attempts of its question, and delays no other question', async () => {
  const { json } = await hint('odd_1');
  const dead = await until(async () => {
    const { status, reason } = await app.get<{ status: string; reason: string }>(`/deliveries/${json.id}`);
    return status === 'dead' && reason;
  }, 'the question to be given up');
  expect(dead).toBe('not now');
  standIn.setOrder('even', {
    amount: 100,
    transaction: { trans_id: 'trans_even', status: 'success', createdAt },
  });
  await hint('even');
  await until(
    async () => (await app.get<{ items: object[] }>('/payments?orderId=even')).items.length > 0,
    'the next question to be asked',
  );
});
