import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type StoryEvent } from '../../src/simulator/gateway-simulator.js';
import {
  deliver,
  freshId,
  type Heard,
  paymentOf,
  signed,
  signedStep,
  SIGNING,
  standardBody,
  story,
  success,
} from '../support/requests.js';
import { SECRETS, startTestApp, type TestApp } from '../support/test-app.js';

const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const OLD = {
  stripe: 'whsec_old_stripe_0123456789',
  razorpay: 'the old, one',
  standard: 'whsec_AAAA9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
} as const;
const SHOP = {
  stripe: 'whsec_shop_stripe_0123456789',
  standard: 'whsec_BBBB9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
} as const;

let app: TestApp;
beforeAll(async () => {
  const environment = {
    WEBHOOK_SECRETS_STRIPE: `${SECRETS.stripe},${OLD.stripe}`,
    WEBHOOK_SECRETS_RAZORPAY: JSON.stringify([SECRETS.razorpay, OLD.razorpay]),
    WEBHOOK_SECRETS_STANDARD: `${SECRETS.standard},${OLD.standard}`,
    WEBHOOK_SECRETS_STRIPE__SHOP: SHOP.stripe,
    WEBHOOK_SECRETS_STANDARD__SHOP: SHOP.standard,
    WEBHOOK_MODE_STANDARD__SHOP: 'test',
    WEBHOOK_MODE_STRIPE__SHOP: 'test',
  };
  app = await startTestApp({ environment });
});
afterAll(() => app.close());

const statusOf = async (heard: Heard): Promise<string> =>
  (await app.get(`/deliveries/${heard.json.id}`)).status;

describe('what a verified message is answered', () => {
  it.each(SIGNING)('accepted: a new one of %s, by the id it is stored under', async (gateway) => {
    const heard = await deliver(app, success(gateway));
    expect(heard).toMatchObject({ status: 200, json: { status: 'accepted' } });
    expect(Object.keys(heard.json)).toEqual(['status', 'id']);
    expect(heard.json.id).toMatch(UUID_V7);
    await app.quiet();
    expect(await statusOf(heard)).toBe('processed');
  });

  it('accepted: without a content type, and with a charset', async () => {
    const { headers, ...request } = success('standard');
    const { 'content-type': _type, ...bare } = headers;
    expect((await deliver(app, { ...request, headers: bare })).json.status).toBe('accepted');
    const charset = success('standard');
    charset.headers['content-type'] = 'Application/JSON; charset=UTF-8';
    expect((await deliver(app, charset)).json.status).toBe('accepted');
  });

  it.each([
    ['stripe', { id: 'evt_x', object: 'event', type: 'customer.created', created: 1, data: { object: {} } }],
    [
      'stripe',
      { id: 'evt_y', object: 'v2.core.event', type: 'v1.billing.meter.error', created: '2026-01-01' },
    ],
    ['razorpay', { entity: 'event', event: 'invoice.paid', payload: {}, created_at: 1 }],
    ['standard', { event: 'customer.created', timestamp: '2026-01-01T00:00:00Z', data: {} }],
  ] as const)(
    'pain 11: ignored, and stored: a type of %s that says nothing of a payment',
    async (gateway, body) => {
      const heard = await deliver(app, signed(gateway, body));
      expect(heard).toMatchObject({ status: 200, json: { status: 'ignored' } });
      expect(await statusOf(heard)).toBe('ignored');
    },
  );

  it.each([
    ['stripe', { id: freshId('evt'), type: 'payment_intent.succeeded', created: 1, data: { object: {} } }],
    ['razorpay', { event: 'payment.captured', payload: {}, created_at: 1567674606 }],
  ] as const)(
    'pain 10: parked, and shown: a payment of %s that is not what its DTO says',
    async (gateway, body) => {
      const heard = await deliver(app, signed(gateway, body));
      expect(heard).toMatchObject({ status: 200, json: { status: 'parked' } });
      const delivery = await app.get(`/deliveries/${heard.json.id}`);
      expect(delivery).toMatchObject({ status: 'parked', verdict: 'verified', attempts: 1 });
      expect(delivery.errors.length).toBeGreaterThan(0);
    },
  );

  it('422 of standard does not spend its key: a body put right is accepted under the same webhook-id', async () => {
    const eventId = freshId('msg');
    const wrong = standardBody({ amount: '1,00', currency: 'ZZZ' });
    const first = await deliver(app, signed('standard', wrong, { eventId }));
    expect(first.status).toBe(422);
    expect(first.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(first.json).toEqual({
      type: '/problems/invalid-body',
      title: expect.any(String),
      status: 422,
      id: expect.stringMatching(UUID_V7),
      errors: [
        { path: 'data.amount', message: expect.any(String) },
        { path: 'data.currency', message: expect.any(String) },
      ],
    });
    const again = await deliver(app, signed('standard', wrong, { eventId }));
    expect(again).toMatchObject({ status: 422, json: { id: first.json.id } });
    expect(await app.get(`/deliveries/${first.json.id}`)).toMatchObject({
      status: 'parked',
      attempts: 2,
      receipts: 2,
    });

    wrong.data.amount = '1.00';
    wrong.data.currency = 'EUR';
    const right = await deliver(app, signed('standard', wrong, { eventId }));
    expect(right).toMatchObject({ status: 200, json: { status: 'accepted', id: first.json.id } });
    await app.quiet();
    expect(await statusOf(right)).toBe('processed');
    expect(await paymentOf(app, wrong.data.paymentId)).toMatchObject({
      amount: '100',
      currency: 'EUR',
      status: 'succeeded',
    });
    const late = await deliver(app, signed('standard', wrong, { eventId }));
    expect(late.json).toEqual({ status: 'duplicate', id: first.json.id });
  });
});

describe('secrets, accounts and modes', () => {
  it.each(SIGNING)('pain 13: any secret of %s in use verifies while it is rotated', async (gateway) => {
    expect((await deliver(app, success(gateway, { secret: OLD[gateway] }))).json.status).toBe('accepted');
    expect((await deliver(app, success(gateway))).json.status).toBe('accepted');
  });

  it('pain 14: accounts have secrets, keys and payments of their own', async () => {
    const told = story('standard', 'success').at(-1) as StoryEvent;
    const shop = { account: 'shop', secret: SHOP.standard };
    expect((await deliver(app, signedStep('standard', told))).json.status).toBe('accepted');
    expect((await deliver(app, signedStep('standard', told, { account: 'shop' }))).status).toBe(401);
    expect((await deliver(app, signedStep('standard', told, shop))).json.status).toBe('accepted');
    await app.quiet();
    const { items } = await app.get(`/payments?gatewayPaymentId=${told.paymentId}`);
    expect(items.map(({ account, mode }: { account: string; mode: string }) => [account, mode])).toEqual([
      ['shop', 'test'],
      ['default', 'live'],
    ]);
  });

  it('pain 25: what Stripe says of its mode wins over the account', async () => {
    const told = story('stripe', 'success').at(-1) as StoryEvent;
    await deliver(app, signedStep('stripe', told, { account: 'shop', secret: SHOP.stripe }));
    await app.quiet();
    expect(await paymentOf(app, told.paymentId)).toMatchObject({ account: 'shop', mode: 'live' });
  });

  it('the default account goes by its name, too', async () => {
    const request = success('standard');
    expect((await deliver(app, { ...request, path: '/webhooks/standard/default' })).json.status).toBe(
      'accepted',
    );
    expect((await deliver(app, request)).json.status).toBe('duplicate');
  });
});
