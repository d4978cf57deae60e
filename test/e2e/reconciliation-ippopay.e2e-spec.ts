import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ReconciliationWorker } from '../../src/webhooks/reconciliation/reconciliation-worker.js';
import { IppopayFakeApi } from '../support/ippopay-fake-api.js';
import { reconcile } from '../support/reconcile.js';
import { deliver, freshId, paymentOf, signed } from '../support/requests.js';
import { startTestApp, type Json, type TestApp } from '../support/test-app.js';

const KEYS = { publicKey: 'pk_test_orders', secretKey: 'sk_test_orders' };

let api: IppopayFakeApi;
let app: TestApp;
beforeEach(async () => {
  api = await IppopayFakeApi.start(KEYS);
  app = await startTestApp({
    environment: {
      IPPOPAY_PUBLIC_KEY: KEYS.publicKey,
      IPPOPAY_SECRET_KEY: KEYS.secretKey,
      IPPOPAY_API_URL: api.baseUrl,
      RECONCILE_EVERY: '0',
    },
  });
});
afterEach(async () => {
  await app.close();
  await api.close();
});

/** The order as it is at Ippopay by now; without a status nobody has tried to pay it. */
function setOrder(orderId: string, status?: 'success' | 'failure'): void {
  const at = (minutesAgo: number): string => new Date(Date.now() - minutesAgo * 60_000).toISOString();
  const transaction = {
    trans_id: `trans_${orderId}`,
    status: status ?? '',
    createdAt: at(60),
    updatedAt: at(status === 'failure' ? 50 : 40),
  };
  api.setOrder(orderId, { amount: 100, transaction: status ? transaction : null });
}

const notify = async (orderId: string): Promise<void> => {
  expect((await deliver(app, signed('ippopay', { order_id: orderId }))).status).toBe(200);
  await app.quiet();
};

const reconciled = async (): Promise<Json[]> => (await app.get('/deliveries?provenance=reconciled')).items;

describe('an order of Ippopay that is known here', () => {
  it('from a payment: what it came to after its last notification is asked for, and taken in once', async () => {
    const order = freshId('order');
    setOrder(order, 'failure');
    await notify(order);
    expect(await paymentOf(app, `trans_${order}`)).toMatchObject({ state: 'failed' });

    setOrder(order, 'success');
    expect(await reconcile(app, 'ippopay')).toMatchObject({
      status: 'completed',
      missing: 0,
      different: 1,
      problems: 0,
      items: [
        { what: 'order', id: `trans_${order}`, difference: expect.stringContaining('failed → succeeded') },
      ],
    });
    expect(await paymentOf(app, `trans_${order}`)).toMatchObject({
      state: 'succeeded',
      amountCaptured: '10000',
      orderId: order,
    });
    expect(await reconcile(app, 'ippopay')).toMatchObject({ missing: 0, different: 0, same: 1, items: [] });
    expect(await reconciled()).toHaveLength(1);
  });

  it('from a notification alone, when nobody had paid yet or Ippopay did not answer', async () => {
    const [unpaid, unanswered, unknown] = ['unpaid', 'unanswered', 'unknown'].map(freshId) as [
      string,
      string,
      string,
    ];
    setOrder(unpaid);
    setOrder(unanswered, 'success');
    api.failRequests(unanswered, 'server-error');
    for (const order of [unpaid, unanswered, unknown]) await notify(order);
    expect((await app.get('/payments')).items).toEqual([]);

    setOrder(unpaid, 'success');
    api.failRequests(unanswered, 'server-error', 0);
    const run = await reconcile(app, 'ippopay');
    expect(run).toMatchObject({ status: 'completed', missing: 2, different: 0, problems: 1, requests: 3 });
    expect(run.items.find(({ id }: Json) => id === unknown)).toMatchObject({
      what: 'order',
      kind: 'unknown',
    });
    for (const order of [unpaid, unanswered])
      expect(await paymentOf(app, `trans_${order}`)).toMatchObject({ state: 'succeeded', orderId: order });

    // A notification that comes late, and another run, say nothing new.
    await notify(unpaid);
    expect(await reconcile(app, 'ippopay')).toMatchObject({ missing: 0, different: 0, same: 2, requests: 3 });
    expect(await reconciled()).toHaveLength(2);
  });

  it('is asked about once a run, however many notifications named it', async () => {
    const [often, strange] = ['often', 'strange'].map(freshId) as [string, string];
    setOrder(often);
    for (let nth = 0; nth < 3; nth++) await deliver(app, signed('ippopay', { order_id: often, nth }));
    setOrder(strange, 'success');
    await app.quiet();
    const before = api.countRequests(often);
    expect(await reconcile(app, 'ippopay')).toMatchObject({
      requests: 1,
      missing: 0,
      problems: 0,
      items: [],
    });
    // The order and its transaction; the order that nobody named is not known.
    expect(api.countRequests(often)).toBe(before + 2);
    expect(api.countRequests(strange)).toBe(0);
    expect(await reconciled()).toEqual([]);
  });

  it('is not believed where another order or another amount is answered, and keeps no other from being asked', async () => {
    const strange = ['a', 'b', 'c', 'd'].map(freshId);
    const [good, failures] = [freshId('good'), ['another-order', 'wrong-amount', 'too-large'] as const];
    for (const order of [...strange, good]) {
      setOrder(order);
      await notify(order);
      setOrder(order, 'success');
    }
    strange.forEach((order, at) => api.failRequests(order, failures[at % 3] ?? 'another-order'));
    const run = await reconcile(app, 'ippopay');
    expect(run).toMatchObject({ status: 'completed', missing: 1, different: 0, problems: 4, requests: 5 });
    expect(run.items.map(({ id, kind, difference }: Json) => [id, kind, difference])).toEqual([
      [strange[0], 'unanswered', 'another order'],
      [strange[1], 'unanswered', 'amount'],
      [strange[2], 'unanswered', 'too large'],
      [strange[3], 'unanswered', 'another order'],
      [`trans_${good}`, 'missing', expect.any(String)],
    ]);
    expect((await app.get('/payments')).items).toMatchObject([{ gatewayPaymentId: `trans_${good}` }]);
    expect(await reconciled()).toHaveLength(1);
  });

  it('is not asked about any further where the key is refused', async () => {
    for (const order of ['a', 'b'].map(freshId)) await notify(order);
    const other = await startTestApp({
      databaseUrl: app.databaseUrl,
      environment: {
        IPPOPAY_PUBLIC_KEY: KEYS.publicKey,
        IPPOPAY_SECRET_KEY: 'sk_test_wrong',
        IPPOPAY_API_URL: api.baseUrl,
        RECONCILE_EVERY: '0',
      },
    });
    await app.app.get(ReconciliationWorker).loop.stop();
    const run = await reconcile(other, 'ippopay').finally(() => other.close());
    expect(run).toMatchObject({ status: 'failed', reason: 'status 401', requests: 1 });
  });
});
