import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type StripeApiFault,
  StripeFakeApi,
} from '../../src/webhooks/gateways/stripe/stripe-api.simulator.js';
import { confirm } from '../support/confirmations.js';
import { IppopayFakeApi } from '../support/ippopay-fake-api.js';
import { deliver, freshId, type Heard, paymentOf, signed, signedStep, story } from '../support/requests.js';
import { type Json, startTestApp, type TestApp } from '../support/test-app.js';
import type { StoryEvent } from '../../src/simulator/gateway-simulator.js';

const KEY = 'rk_live_1';
const ippopayKeys = { publicKey: 'pk_live_1', secretKey: 'sk_live_1' };

let api: StripeFakeApi;
let ippopay: IppopayFakeApi;
let app: TestApp;
beforeAll(async () => {
  api = await StripeFakeApi.start(KEY);
  ippopay = await IppopayFakeApi.start(ippopayKeys);
  app = await startTestApp({
    environment: {
      STRIPE_SECRET_KEY: KEY,
      STRIPE_API_URL: api.baseUrl,
      IPPOPAY_PUBLIC_KEY: ippopayKeys.publicKey,
      IPPOPAY_SECRET_KEY: ippopayKeys.secretKey,
      IPPOPAY_API_URL: ippopay.baseUrl,
    },
  });
});
afterAll(async () => {
  await app.close();
  await api.close();
  await ippopay.close();
});

const seconds = (): number => Math.floor(Date.now() / 1000);
const deliveryOf = (heard: Heard): Promise<Json> => app.get(`/deliveries/${heard.json.id}`);

/** A session and its PaymentIntent, as Stripe has them once the customer is back. */
function checkout(changes: { session?: object; intent?: object } = {}) {
  const [sessionId, intentId] = [freshId('cs_live'), freshId('pi')];
  const session = {
    ...{ id: sessionId, object: 'checkout.session', livemode: true, mode: 'payment', status: 'complete' },
    ...{ payment_status: 'paid', payment_intent: intentId, amount_total: 10_000, currency: 'usd' },
    client_reference_id: `ord_${intentId}`,
    customer_details: { email: 'payer@customers.example', name: 'Ada' },
    created: seconds() - 60,
    ...changes.session,
  };
  const intent = {
    ...{ id: intentId, object: 'payment_intent', livemode: true, status: 'succeeded' },
    ...{ amount: 10_000, amount_received: 10_000, currency: 'usd', metadata: {}, created: seconds() - 60 },
    latest_charge: null,
    ...changes.intent,
  };
  api.put(session);
  api.put(intent);
  return { session, intent, sessionId, intentId };
}

const webhook = ({ intent }: ReturnType<typeof checkout>) =>
  signed('stripe', {
    ...{ id: freshId('evt'), object: 'event', type: 'payment_intent.succeeded', livemode: true },
    ...{ created: seconds() - 20, api_version: '2026-09-30.endive', data: { object: intent } },
  });

describe('the session that a browser brought back from Stripe', () => {
  it.each(['session_id', 'sessionId', 'session', 'checkout_session_id'])(
    '%s makes us ask, and what Stripe answers of the intent counts',
    async (name) => {
      const { sessionId, intentId } = checkout();
      const heard = await confirm(app, 'stripe', { [name]: sessionId, amount: 1 });
      expect(heard).toMatchObject({ status: 202, json: { status: 'accepted' } });
      await app.quiet();
      expect(await paymentOf(app, intentId)).toMatchObject({
        ...{ status: 'succeeded', amount: '10000', amountCaptured: '10000', currency: 'USD', mode: 'live' },
        ...{ orderId: `ord_${intentId}`, customer: { email: 'payer@customers.example', name: 'Ada' } },
      });
      expect(await deliveryOf(heard)).toMatchObject({ provenance: 'confirmed', status: 'processed' });
    },
  );

  it.each(['webhook first', 'confirmation first', 'both at once'])(
    '%s: one truth, and one effect',
    async (order) => {
      const made = checkout();
      const acts = [
        () => deliver(app, webhook(made)),
        () => confirm(app, 'stripe', { session_id: made.sessionId }),
      ];
      if (order === 'both at once') await Promise.all(acts.map((act) => act()));
      else
        for (const act of order === 'webhook first' ? acts : acts.reverse()) {
          await act();
          await app.quiet();
        }
      await app.quiet();
      const payment = await paymentOf(app, made.intentId);
      expect(payment).toMatchObject({
        ...{ status: 'succeeded', amountCaptured: '10000', orderId: `ord_${made.intentId}` },
      });
      const { items } = await app.get(`/notifications?paymentId=${payment.id}`);
      expect(items).toEqual([]);
    },
  );

  it('a debit that is under way is processing, whatever the browser says', async () => {
    const { sessionId, intentId } = checkout({
      session: { payment_status: 'unpaid' },
      intent: { status: 'processing', amount_received: 0 },
    });
    await confirm(app, 'stripe', { session_id: sessionId, payment_status: 'paid' });
    await app.quiet();
    expect(await paymentOf(app, intentId)).toMatchObject({ status: 'processing', amountCaptured: null });
  });

  it('a session without an intent says nothing about a payment', async () => {
    const { sessionId, intentId } = checkout({ session: { payment_intent: null, mode: 'subscription' } });
    const heard = await confirm(app, 'stripe', { session_id: sessionId });
    await app.quiet();
    expect(await deliveryOf(heard)).toMatchObject({ status: 'processed' });
    expect((await app.get(`/payments?gatewayPaymentId=${intentId}`)).items).toEqual([]);
  });

  it.each([
    {},
    { session_id: 'pi_1' },
    { session_id: '{CHECKOUT_SESSION_ID}' },
    { session_id: 'cs_a/../../x' },
  ])('%j: 422', async (body) => {
    const heard = await confirm(app, 'stripe', body);
    expect(heard).toMatchObject({ status: 422, json: { errors: [{ path: 'session_id' }] } });
  });

  it.each<[StripeApiFault, string, string]>([
    ['missing', 'sessions', "the key's account has no such session (status 404)"],
    ['missing', 'intents', "the key's account has no such payment intent (status 404)"],
    ['another-object', 'sessions', 'another session'],
    ['another-object', 'intents', 'another payment intent'],
    ['other-mode', 'intents', 'a payment intent of the other mode'],
    ['unauthorized', 'sessions', 'cannot be asked: the key is not accepted (status 401)'],
    ['redirect', 'sessions', 'redirect'],
  ])('%s of %s: parked, with the reason', async (fault, path, reason) => {
    const { sessionId, intentId } = checkout();
    api.fail(fault, { path });
    const heard = await confirm(app, 'stripe', { session_id: sessionId });
    await app.quiet();
    api.recover();
    expect(await deliveryOf(heard)).toMatchObject({ status: 'parked', reason });
    expect((await app.get(`/payments?gatewayPaymentId=${intentId}`)).items).toEqual([]);
  });

  it.each(['server-error', 'rate-limited'] as const)('%s: asked again until it answers', async (fault) => {
    const { sessionId, intentId } = checkout();
    api.fail(fault, { path: sessionId, times: 2, retryAfter: 0 });
    await confirm(app, 'stripe', { session_id: sessionId });
    await app.quiet();
    expect((await paymentOf(app, intentId)).status).toBe('succeeded');
  });
});

describe('the order that a browser brought back from Ippopay', () => {
  it.each(['notification first', 'confirmation first', 'both at once'])('%s: one truth', async (order) => {
    const told = story('ippopay', 'success').at(-1) as StoryEvent;
    ippopay.applyEvent(told);
    const acts = [
      () => deliver(app, signedStep('ippopay', told)),
      () => confirm(app, 'ippopay', { order_id: told.orderId, status: 'failure' }),
    ];
    if (order === 'both at once') await Promise.all(acts.map((act) => act()));
    else
      for (const act of order === 'notification first' ? acts : acts.reverse()) {
        await act();
        await app.quiet();
      }
    await app.quiet();
    const payment = await paymentOf(app, told.paymentId);
    expect(payment).toMatchObject({ status: 'succeeded' });
    expect(payment.timeline).toHaveLength(1);
  });

  it('no order: 422', async () => {
    for (const body of [{}, { order_id: '..' }, { order_id: 1 }])
      expect(await confirm(app, 'ippopay', body)).toMatchObject({
        ...{ status: 422, json: { errors: [{ path: 'order_id' }] } },
      });
  });
});
