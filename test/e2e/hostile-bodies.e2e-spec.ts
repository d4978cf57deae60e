import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DataSource } from 'typeorm';
import { deliver, fixture, freshId, paymentOf, signed, standardBody } from '../support/requests.js';
import { startTestApp, type Json, type TestApp } from '../support/test-app.js';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.close());

/** How much of a delivery's row is not its bytes. */
async function outcomeBytes(id: string): Promise<number> {
  const [row] = await app.app
    .get(DataSource)
    .query<{ size: string }[]>(
      `SELECT octet_length(coalesce(errors::text, '') || coalesce(last_error, '')) AS size FROM deliveries WHERE id = $1`,
      [id],
    );
  return Number(row?.size);
}

const stripeIntent = (changes: object): Json => {
  const event = JSON.parse(fixture('stripe/2026-10-28.payment_intent.succeeded').toString());
  const created = Math.floor(Date.now() / 1000) - 60;
  Object.assign(event, { id: freshId('evt'), created });
  Object.assign(event.data.object, { id: freshId('pi'), ...changes });
  return event;
};

const razorpayPayment = (changes: object): Json => {
  const event = JSON.parse(fixture('razorpay/payment.captured').toString());
  event.created_at = Math.floor(Date.now() / 1000) - 60;
  Object.assign(event.payload.payment.entity, { id: freshId('pay'), ...changes });
  return event;
};

describe('a signed body costs and leaves behind no more than it is long', () => {
  it('an array where an object is wanted is one fault', async () => {
    const body = standardBody({ customer: Array.from({ length: 400_000 }, () => 1) });
    const heard = await deliver(app, signed('standard', body));
    expect(heard.status).toBe(422);
    expect(heard.json.errors).toEqual([{ path: 'data.customer', message: 'must be an object' }]);
    expect(await outcomeBytes(heard.json.id)).toBeLessThan(1_000);
  });

  it.each(['data', 'payload'])('the same at %s of the others, which park it', async (place) => {
    const gateway = place === 'data' ? 'stripe' : 'razorpay';
    const event: Json = gateway === 'stripe' ? stripeIntent({}) : razorpayPayment({});
    event[place] = Array.from({ length: 300_000 }, () => ({}));
    const heard = await deliver(app, signed(gateway, event));
    expect(heard.json.status).toBe('parked');
    expect((await app.get(`/deliveries/${heard.json.id}`)).errors).toEqual([
      { path: place, message: 'must be an object' },
    ]);
    expect(await outcomeBytes(heard.json.id)).toBeLessThan(1_000);
  });

  it('tens of thousands of unknown fields change nothing, also beside a fault', async () => {
    const flood = Object.fromEntries(Array.from({ length: 40_000 }, (_, at) => [`unknown_${at}`, at]));
    expect((await deliver(app, signed('standard', standardBody({}, flood)))).json.status).toBe('accepted');
    const heard = await deliver(app, signed('standard', standardBody({ amount: 'x' }, flood)));
    expect(heard.json.errors.map(({ path }: Json) => path)).toEqual(['data.amount']);
  });

  it('an unsigned form of as many fields is parked for the one that is missing', async () => {
    const form = Array.from({ length: 40_000 }, (_, at) => `field_${at}=${at}`).join('&');
    const request = signed('ippopay', form);
    const headers = { ...request.headers, 'content-type': 'application/x-www-form-urlencoded' };
    const heard = await deliver(app, { ...request, headers });
    expect(heard.json.status).toBe('parked');
    expect((await app.get(`/deliveries/${heard.json.id}`)).errors).toMatchObject([{ path: 'order_id' }]);
  });
});

describe('what is too long', () => {
  const long = (length: number): string => 'x'.repeat(length);

  it.each([
    ['receipt_email', `${' '.repeat(64_000)}x`],
    ['receipt_email', `a@${long(100_000)}.example`],
    ['receipt_email', `a${' '.repeat(64_000)}@b.example`],
  ])('and only decorates a payment is left out: %s', async (field, value) => {
    const event = stripeIntent({ [field]: value });
    expect((await deliver(app, signed('stripe', event))).json.status).toBe('accepted');
    await app.quiet();
    const payment = await paymentOf(app, event.data.object.id);
    expect(payment).toMatchObject({ state: 'succeeded' });
    expect(payment.customer?.email ?? null).not.toBe(value);
  });

  it('a contact, a name and a failure of Razorpay likewise; its words on a failure are cut off', async () => {
    const event = razorpayPayment({
      email: `${long(400)}@b.example`,
      contact: '9'.repeat(5_000),
      card: { name: long(60_000) },
      error_code: long(60_000),
      error_description: long(60_000),
    });
    event.event = 'payment.failed';
    expect((await deliver(app, signed('razorpay', event))).json.status).toBe('accepted');
    await app.quiet();
    const payment = await paymentOf(app, event.payload.payment.entity.id);
    expect(payment).toMatchObject({ state: 'failed', customer: { email: null, phone: null, name: null } });
    expect(payment.failure).toMatchObject({ message: long(5_000) });
  });

  it('a locale of any length chooses none', async () => {
    const event = JSON.parse(fixture('stripe/2026-10-28.checkout.session.completed').toString());
    Object.assign(event, { id: freshId('evt'), created: Math.floor(Date.now() / 1000) - 60 });
    const locale = `en${'-aaaaaaaa'.repeat(11_000)}`;
    Object.assign(event.data.object, { payment_intent: freshId('pi'), locale });
    expect((await deliver(app, signed('stripe', event))).json.status).toBe('accepted');
    await app.quiet();
    expect((await paymentOf(app, event.data.object.payment_intent)).customer?.locale ?? null).toBeNull();
  });

  it.each<[string, 'stripe' | 'razorpay', () => Json]>([
    ['data.object.metadata.orderId', 'stripe', () => stripeIntent({ metadata: { orderId: long(501) } })],
    ['data.object.metadata.order_id', 'stripe', () => stripeIntent({ metadata: { order_id: long(90_000) } })],
    [
      'payload.payment.entity.notes.orderId',
      'razorpay',
      () => razorpayPayment({ notes: { orderId: long(501) } }),
    ],
    ['payload.payment.entity.order_id', 'razorpay', () => razorpayPayment({ order_id: long(501) })],
  ])('and names an order is a fault at its place, never cut off: %s', async (path, gateway, make) => {
    const heard = await deliver(app, signed(gateway, make()));
    expect(heard.json.status).toBe('parked');
    expect((await app.get(`/deliveries/${heard.json.id}`)).errors).toEqual([
      { path, message: 'must be at most 500 characters' },
    ]);
  });

  it('while an order id as long as Stripe lets one be is taken', async () => {
    const event = stripeIntent({ metadata: { orderId: long(500), note: long(50_000) } });
    expect((await deliver(app, signed('stripe', event))).json.status).toBe('accepted');
    await app.quiet();
    expect((await paymentOf(app, event.data.object.id)).orderId).toBe(long(500));
  });
});

describe('a byte order mark before JSON', () => {
  it.each(['stripe', 'razorpay', 'standard'] as const)(
    'is skipped, and signed as sent: %s',
    async (gateway) => {
      const body = {
        stripe: () => stripeIntent({}),
        razorpay: () => razorpayPayment({}),
        standard: () => standardBody(),
      }[gateway]();
      const bytes = Buffer.from(`\ufeff${JSON.stringify(body)}`);
      const heard = await deliver(app, signed(gateway, bytes));
      expect(heard.json.status).toBe('accepted');
      await app.quiet();
      expect((await app.get(`/deliveries/${heard.json.id}`)).bodyBase64).toBe(bytes.toString('base64'));
    },
  );

  it('alone is no JSON', async () => {
    expect((await deliver(app, signed('standard', '\ufeff'))).status).toBe(400);
  });
});

describe('the headers of svix', () => {
  const asSvix = (request: ReturnType<typeof signed>): ReturnType<typeof signed> => ({
    ...request,
    headers: Object.fromEntries(
      Object.entries(request.headers).map(([name, value]) => [name.replace('webhook-', 'svix-'), value]),
    ),
  });

  it('are read where those of Standard Webhooks are absent', async () => {
    const id = freshId('msg');
    const request = asSvix(signed('standard', standardBody(), { eventId: id }));
    const heard = await deliver(app, request);
    expect(heard.json).toMatchObject({ status: 'accepted' });
    expect((await deliver(app, request)).json).toEqual({ status: 'duplicate', id: heard.json.id });
    const seen = await app.get(`/deliveries/${heard.json.id}`);
    expect(seen).toMatchObject({ eventId: id });
    expect(JSON.stringify(seen)).not.toContain(request.headers['svix-signature']);
    // What somebody is at work on is not replayed.
    await app.quiet();
    expect((await app.post(`/deliveries/${heard.json.id}/replay`)).status).toBe(202);
    await app.quiet();
    expect((await app.get(`/deliveries/${heard.json.id}`)).status).toBe('processed');
  });

  it('are not read where any of those is there, and prove nothing with another body', async () => {
    const request = signed('standard', standardBody());
    const mixed = { ...asSvix(request).headers, 'webhook-id': 'msg_other' };
    expect((await deliver(app, { ...request, headers: mixed })).status).toBe(401);
    const other = { ...asSvix(request), body: Buffer.from('{}') };
    expect((await deliver(app, other)).status).toBe(401);
  });
});
