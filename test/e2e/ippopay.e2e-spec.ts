import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type StoryEvent } from '../../src/simulator/gateway-simulator.js';
import { type FakeApiFailure } from '../../src/webhooks/gateways/ippopay/ippopay-api.simulator.js';
import { deliver, freshId, type Heard, paymentOf, signed, signedStep, story } from '../support/requests.js';
import { IppopayFakeApi } from '../support/ippopay-fake-api.js';
import { type Json, SECRETS, startTestApp, type TestApp, until } from '../support/test-app.js';

const keys = { publicKey: 'pk_live_1', secretKey: 'sk_live_1' };

let standIn: IppopayFakeApi;
let app: TestApp;
beforeAll(async () => {
  standIn = await IppopayFakeApi.start(keys);
  app = await startTestApp({
    environment: {
      IPPOPAY_PUBLIC_KEY: keys.publicKey,
      IPPOPAY_SECRET_KEY: keys.secretKey,
      IPPOPAY_API_URL: standIn.baseUrl,
      WEBHOOK_SECRETS_IPPOPAY__OTHER: SECRETS.ippopay,
      IPPOPAY_PUBLIC_KEY__OTHER: 'pk_test_2',
      IPPOPAY_SECRET_KEY__OTHER: 'wrong',
      IPPOPAY_API_URL__OTHER: standIn.baseUrl,
    },
  });
});
afterAll(async () => {
  await app.close();
  await standIn.close();
});

const paid = (): StoryEvent => story('ippopay', 'success').at(-1) as StoryEvent;
const deliveryOf = (heard: Heard): Promise<Json> => app.get(`/deliveries/${heard.json.id}`);

describe('a notification of Ippopay is a hint: the API is asked', () => {
  it.each([
    ['success', 'succeeded', '10000'],
    ['failure', 'failed', null],
    ['canceled', 'canceled', null],
  ] as const)(
    '%s ends as %s, by a delivery of its own that names the hint',
    async (name, status, amountCaptured) => {
      const told = story('ippopay', name).at(-1) as StoryEvent;
      standIn.applyEvent(told);
      const heard = await deliver(app, signedStep('ippopay', told));
      expect(heard).toMatchObject({ status: 200, json: { status: 'accepted' } });
      await app.quiet();
      const payment = await paymentOf(app, told.paymentId);
      expect(payment).toMatchObject({
        status,
        amount: '10000',
        amountCaptured,
        currency: 'INR',
        orderId: told.orderId,
        mode: 'live',
      });
      expect(await deliveryOf(heard)).toMatchObject({
        status: 'processed',
        provenance: 'received',
        verdict: 'hint',
      });
      const fetched = await app.get(`/deliveries/${payment.timeline[0].deliveryId}`);
      expect(fetched).toMatchObject({
        provenance: 'fetched',
        causedBy: heard.json.id,
        verdict: 'fetched',
        status: 'processed',
      });
      expect(fetched.body).toContain(told.paymentId);
    },
  );

  it('nothing in it is believed but the order', async () => {
    const told = paid();
    standIn.applyEvent({ ...told, kind: 'failed' });
    await deliver(app, signed('ippopay', { order_id: told.orderId, status: 'success', amount: 1 }));
    await app.quiet();
    expect(await paymentOf(app, told.paymentId)).toMatchObject({ status: 'failed' });
  });

  it('a wrong token is 401, and the right one is shown nowhere', async () => {
    const told = paid();
    standIn.applyEvent(told);
    expect((await deliver(app, signedStep('ippopay', told, { secret: 'x'.repeat(40) }))).status).toBe(401);
    const heard = await deliver(app, signedStep('ippopay', told));
    expect(JSON.stringify(await deliveryOf(heard))).not.toContain(SECRETS.ippopay);
  });

  it('many waiting hints of one order are no duplicates and make one payment', async () => {
    const told = paid();
    standIn.applyEvent(told);
    const heard = await Promise.all(
      Array.from({ length: 20 }, () => deliver(app, signedStep('ippopay', told))),
    );
    expect(new Set(heard.map(({ json }) => `${json.status} ${json.id}`)).size).toBe(20);
    expect(heard.every(({ json }) => json.status === 'accepted')).toBe(true);
    await app.quiet();
    expect((await paymentOf(app, told.paymentId)).timeline).toHaveLength(1);
    // Two requests a fetch; those that came while one was under way share the next.
    expect(standIn.countRequests(told.orderId)).toBeLessThan(20);
  });

  it('an order that nobody tried to pay makes no payment', async () => {
    const orderId = freshId('ord');
    standIn.setOrder(orderId, { amount: 100, transaction: null });
    await deliver(app, signed('ippopay', { order_id: orderId }));
    await app.quiet();
    expect((await app.get(`/payments?orderId=${orderId}`)).items).toEqual([]);
  });

  it.each([
    ['form', 'order_id', (id: string) => `order_id=${encodeURIComponent(id)}&status=success`],
    ['form', 'orderId', (id: string) => `orderId=${encodeURIComponent(id)}`],
    ['json', 'data.order.order_id', (id: string) => JSON.stringify({ data: { order: { order_id: id } } })],
    ['json', 'data.order_id', (id: string) => JSON.stringify({ data: { order_id: id } })],
    ['json', 'orderId', (id: string) => JSON.stringify({ orderId: id })],
  ])('a %s tells the order at %s', async (form, _place, body) => {
    const told = paid();
    standIn.applyEvent(told);
    const request = signed('ippopay', body(told.orderId));
    if (form === 'form') request.headers['content-type'] = 'application/x-www-form-urlencoded';
    expect((await deliver(app, request)).json.status).toBe('accepted');
    await app.quiet();
    expect(await paymentOf(app, told.paymentId)).toMatchObject({ status: 'succeeded' });
  });

  it.each(['.', '..', 'x'.repeat(129), 5, null, ''])(
    'an order id of %j is parked, and asked nobody about',
    async (order_id) => {
      expect((await deliver(app, signed('ippopay', { order_id }))).json.status).toBe('parked');
    },
  );
});

describe('when Ippopay does not answer as it should', () => {
  it.each(['server-error', 'rate-limited'] as const)('%s is tried again', async (failure) => {
    const told = paid();
    standIn.applyEvent(told);
    standIn.failRequests(told.orderId, failure, 2);
    const heard = await deliver(app, signedStep('ippopay', told));
    await app.quiet();
    expect(await paymentOf(app, told.paymentId)).toMatchObject({ status: 'succeeded' });
    expect(await deliveryOf(heard)).toMatchObject({ status: 'processed', attempts: 3 });
  });

  it('one that fails for good is dead with the reason, and a replay takes it up', async () => {
    const told = paid();
    standIn.applyEvent(told);
    standIn.failRequests(told.orderId, 'server-error');
    const heard = await deliver(app, signedStep('ippopay', told));
    await app.quiet();
    expect(await deliveryOf(heard)).toMatchObject({ status: 'dead', reason: expect.stringContaining('500') });
    standIn.failRequests(told.orderId, 'server-error', 0);
    expect((await app.post(`/deliveries/${heard.json.id}/replay`)).status).toBe(202);
    await app.quiet();
    expect(await deliveryOf(heard)).toMatchObject({ status: 'processed', reason: null });
    expect(await paymentOf(app, told.paymentId)).toMatchObject({ status: 'succeeded' });
  });

  it.each<[FakeApiFailure, RegExp]>([
    ['wrong-amount', /amount/],
    ['another-order', /another order/],
    ['redirect', /redirect/],
    ['too-large', /too large/],
    ['not-json', /JSON/],
  ])('pain 22: %s parks the hint with the reason', async (failure, reason) => {
    const told = paid();
    standIn.applyEvent(told);
    standIn.failRequests(told.orderId, failure);
    const heard = await deliver(app, signedStep('ippopay', told));
    await until(async () => (await deliveryOf(heard)).status !== 'pending', 'the hint to be parked');
    expect(await deliveryOf(heard)).toMatchObject({
      status: 'parked',
      reason: expect.stringMatching(reason),
      attempts: 1,
    });
    expect((await app.get(`/payments?orderId=${told.orderId}`)).items).toEqual([]);
    expect(standIn.redirectsFollowed).toBe(0);
  });

  it('404 and 401 park the hint with the reason', async () => {
    const unknown = await deliver(app, signed('ippopay', { order_id: freshId('ord') }));
    const refused = await deliver(app, signed('ippopay', { order_id: freshId('ord') }, { account: 'other' }));
    await app.quiet();
    expect(await deliveryOf(unknown)).toMatchObject({
      status: 'parked',
      reason: expect.stringContaining('404'),
    });
    expect(await deliveryOf(refused)).toMatchObject({
      status: 'parked',
      reason: expect.stringContaining('401'),
    });
  });
});
