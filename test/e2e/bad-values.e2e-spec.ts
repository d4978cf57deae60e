import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { deliver, type Heard, signed, SIGNING, standardBody, success } from '../support/requests.js';
import { type Json, startTestApp, type TestApp } from '../support/test-app.js';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(async () => {
  // Nothing here may have made a payment, or be left undone.
  expect((await app.get('/payments')).items).toEqual([]);
  expect((await app.get('/stats')).deliveries).toMatchObject({ pending: 0, processed: 0, dead: 0 });
  await app.close();
});

type Path = readonly (string | number)[];

/** The body with another value, or none, at one path. */
function withValue(body: Buffer, path: Path, value: unknown): Json {
  const changed = JSON.parse(body.toString());
  const parent = path.slice(0, -1).reduce((part, key) => part[key], changed);
  parent[path.at(-1) as string] = value;
  return changed;
}

/** The faults told to operators, which must be those told to the sender, if any. */
async function faultsShown(heard: Heard): Promise<string[]> {
  const delivery = await app.get(`/deliveries/${heard.json.id}`);
  expect(delivery).toMatchObject({ status: 'parked', verdict: 'verified' });
  if (heard.status === 422) expect(heard.json.errors).toEqual(delivery.errors);
  return delivery.errors.map(({ path }: { path: string }) => path);
}

describe('what standard cannot take is 422 with the exact path, and shown to operators', () => {
  const TOO_MANY = 0.123456789012345678;
  it.each<[string, Json, Json?]>([
    ['data.amount', { amount: null }],
    ['data.amount', { amount: '' }],
    ['data.amount', { amount: 'NaN' }],
    ['data.amount', { amount: 'a hundred' }],
    ['data.amount', { amount: -1 }],
    ['data.amount', { amount: '-0.01' }],
    ['data.amount', { amount: '1e3' }],
    ['data.amount', { amount: 1e30 }],
    ['data.amount', { amount: '9'.repeat(400) }],
    ['data.amount', { amount: 100.001 }],
    ['data.amount', { amount: '100.001' }],
    ['data.amount', { amount: '1,000.00' }],
    ['data.amount', { amount: ' 1' }],
    ['data.amount', { amount: 100.5, currency: 'JPY' }],
    ['data.amount', { amount: TOO_MANY }],
    ['data.amount', { amount: 12345678901234.56 }],
    ['data.amount', { amount: '10000000000000.01' }],
    ['data.amount', { amount: true }],
    ['data.amount', { amount: { value: 1 } }],
    ['data.amount', { amount: [100] }],
    ['data.currency', { currency: 'ZZZ' }],
    ['data.currency', { currency: 'XXX' }],
    ['data.currency', { currency: 840 }],
    ['data.currency', { currency: undefined }],
    ['data.status', { status: 'complete' }],
    ['data.status', { status: 'Completed' }],
    ['data.status', { status: undefined }],
    ['data.status', { status: 'toString' }],
    ['data.status', { status: 'completed' }, { event: 'payment.failed' }],
    ['event', {}, { event: 'payment.exploded' }],
    ['event', {}, { event: undefined }],
    ['event', {}, { event: 5 }],
    ['data.paymentId', { paymentId: 5 }],
    ['data.paymentId', { paymentId: '' }],
    ['data.paymentId', { paymentId: 'x'.repeat(256) }],
    ['data.paymentId', { paymentId: 'pay\u0000' }],
    ['data.orderId', { orderId: ['a'] }],
    ['data.orderId', { orderId: 'a\u0000b' }],
    ['data.customer', { customer: 'Asha' }],
    ['data.customer.email', { customer: { email: {} } }],
    ['data.failure.code', { failure: { code: 7 }, status: 'failed' }],
    ['data.refundedAmount', { status: 'partially_refunded' }],
    ['timestamp', {}, { timestamp: 'yesterday' }],
    ['timestamp', {}, { timestamp: 1719400087 }],
    ['timestamp', {}, { timestamp: undefined }],
    ['timestamp', {}, { timestamp: '1999-12-31T23:59:59Z' }],
    ['timestamp', {}, { timestamp: '9999-01-01T00:00:00Z' }],
    ['data', {}, { data: undefined }],
    ['data', {}, { data: [] }],
    ['data', {}, { data: 'x' }],
  ])('%s: %j %j', async (path, changes, envelope = {}) => {
    const heard = await deliver(app, signed('standard', standardBody(changes, envelope)));
    expect(heard.status).toBe(422);
    expect(await faultsShown(heard)).toEqual([path]);
  });
});

describe('what Stripe and Razorpay cannot mean is parked with the exact path', () => {
  const entity = ['payload', 'payment', 'entity'] as const;
  const object = ['data', 'object'] as const;
  it.each<['stripe' | 'razorpay', Path, unknown]>([
    ['stripe', [...object, 'amount'], '100'],
    ['stripe', [...object, 'amount'], -1],
    ['stripe', [...object, 'amount'], 1.5],
    ['stripe', [...object, 'amount'], 1e30],
    ['stripe', [...object, 'amount_received'], {}],
    ['stripe', [...object, 'currency'], 'zzz'],
    ['stripe', [...object, 'id'], null],
    ['stripe', [...object, 'metadata'], 'x'],
    ['stripe', ['data', 'object'], null],
    ['stripe', ['data'], 5],
    ['stripe', ['created'], '2026'],
    ['stripe', ['created'], 0],
    ['stripe', ['created'], 9e9],
    ['stripe', ['livemode'], 'yes'],
    ['stripe', ['id'], 'é'],
    ['stripe', ['type'], 'x'.repeat(256)],
    ['razorpay', [...entity, 'amount'], '100'],
    ['razorpay', [...entity, 'amount'], Number.MAX_SAFE_INTEGER],
    ['razorpay', [...entity, 'currency'], 'RUPEES'],
    ['razorpay', [...entity, 'id'], 'x'.repeat(256)],
    ['razorpay', [...entity, 'email'], 5],
    ['razorpay', entity, []],
    ['razorpay', ['payload', 'payment'], undefined],
    ['razorpay', ['payload'], null],
    ['razorpay', ['created_at'], 1e20],
    ['razorpay', ['event'], 5],
  ])('%s: %j is %j', async (gateway, path, value) => {
    const heard = await deliver(app, signed(gateway, withValue(success(gateway).body, path, value)));
    expect(heard).toMatchObject({ status: 200, json: { status: 'parked' } });
    expect(await faultsShown(heard)).toEqual([path.join('.')]);
  });
});

describe('JSON that is no object is a fault at $', () => {
  it.each(['[]', '"payment.updated"', 'null', '0', 'true', '[{"event":"payment.updated"}]'])(
    '%s',
    async (text) => {
      for (const gateway of SIGNING) {
        const heard = await deliver(app, signed(gateway, text));
        expect(heard.status).toBe(gateway === 'standard' ? 422 : 200);
        expect(await faultsShown(heard)).toEqual(['$']);
      }
    },
  );
});
