import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type StoryEvent } from '../../src/simulator/gateway-simulator.js';
import {
  deliver,
  fixture,
  freshId,
  paymentOf,
  signed,
  signedStep,
  SIGNING,
  story,
} from '../support/requests.js';
import { startTestApp, type TestApp } from '../support/test-app.js';
import { createTestDatabase } from '../support/test-database.js';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.close());

const failure = (gateway: (typeof SIGNING)[number]): StoryEvent =>
  story(gateway, 'failure').at(-1) as StoryEvent;

describe('a message that comes again', () => {
  it.each(SIGNING)('pain 2: one after the other is a duplicate of %s, with one effect', async (gateway) => {
    const told = failure(gateway);
    const request = signedStep(gateway, told);
    const first = await deliver(app, request);
    await app.quiet();
    const before = await paymentOf(app, told.paymentId);
    for (let time = 2; time <= 3; time++) {
      expect((await deliver(app, request)).json).toEqual({ status: 'duplicate', id: first.json.id });
      expect(await app.get(`/deliveries/${first.json.id}`)).toMatchObject({ receipts: time, attempts: 1 });
    }
    await app.quiet();
    expect(await paymentOf(app, told.paymentId)).toEqual(before);
    expect((await app.get(`/notifications?paymentId=${before.id}`)).items).toHaveLength(1);
  });

  it.each(SIGNING)(
    'pain 7: fifty at once of %s are one accepted, 49 duplicates and one effect',
    async (gateway) => {
      const told = failure(gateway);
      const request = signedStep(gateway, told);
      const heard = await Promise.all(Array.from({ length: 50 }, () => deliver(app, request)));
      const statuses = heard.map(({ json }) => json.status as string).sort();
      expect(statuses).toEqual(['accepted', ...Array.from({ length: 49 }, () => 'duplicate')]);
      expect(new Set(heard.map(({ json }) => json.id as string)).size).toBe(1);
      await app.quiet();
      const payment = await paymentOf(app, told.paymentId);
      expect(payment.timeline).toHaveLength(1);
      expect((await app.get(`/notifications?paymentId=${payment.id}`)).items).toHaveLength(1);
      expect(await app.get(`/deliveries/${heard[0]?.json.id}`)).toMatchObject({ receipts: 50 });
    },
  );

  it('of Stripe is known by its event id, whatever else its body says', async () => {
    const told = story('stripe', 'success').at(-1) as StoryEvent;
    expect((await deliver(app, signedStep('stripe', told))).json.status).toBe('accepted');
    expect((await deliver(app, signedStep('stripe', { ...told, amount: '1' }))).json.status).toBe(
      'duplicate',
    );
    await app.quiet();
    expect(await paymentOf(app, told.paymentId)).toMatchObject({ amount: '10000' });
  });

  it('of Razorpay is known by its body: under another id it is a duplicate, another body under its id is new', async () => {
    const body = fixture('razorpay/payment.captured');
    const first = await deliver(app, signed('razorpay', body, { eventId: 'evt_1' }));
    expect(first.json.status).toBe('accepted');
    const renamed = await deliver(app, signed('razorpay', body, { eventId: 'evt_2' }));
    expect(renamed.json).toEqual({ status: 'duplicate', id: first.json.id });
    const { headers, ...nameless } = signed('razorpay', body);
    const { 'x-razorpay-event-id': _id, ...rest } = headers;
    expect((await deliver(app, { ...nameless, headers: rest })).json.status).toBe('duplicate');
    const other = await deliver(
      app,
      signed('razorpay', fixture('razorpay/payment.failed'), { eventId: 'evt_1' }),
    );
    expect(other.json.status).toBe('accepted');
    await app.quiet();
    expect(await app.get(`/deliveries/${first.json.id}`)).toMatchObject({ eventId: 'evt_1', receipts: 3 });
  });

  it('pain 17: and is parked is taken up again, still parked while it does not fit', async () => {
    const eventId = freshId('evt');
    const unfit = {
      id: eventId,
      type: 'payment_intent.succeeded',
      created: 1,
      data: { object: { id: 'pi_1' } },
    };
    const first = await deliver(app, signed('stripe', unfit));
    expect(first.json.status).toBe('parked');
    expect((await deliver(app, signed('stripe', unfit))).json).toEqual({
      status: 'duplicate',
      id: first.json.id,
    });
    expect(await app.get(`/deliveries/${first.json.id}`)).toMatchObject({ status: 'parked', attempts: 2 });

    const told = { ...(story('stripe', 'success').at(-1) as StoryEvent), eventId };
    const fit = await deliver(app, signedStep('stripe', told));
    expect(fit.json).toEqual({ status: 'duplicate', id: first.json.id });
    await app.quiet();
    expect(await app.get(`/deliveries/${first.json.id}`)).toMatchObject({ status: 'processed', errors: [] });
    expect(await paymentOf(app, told.paymentId)).toMatchObject({ status: 'succeeded' });
  });

  it('pain 6: and is dead is taken up again, once its cause is gone', async () => {
    const database = await createTestDatabase();
    const databaseUrl = database.url;
    const secret = 'whsec_BBBB9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
    const environment = { WEBHOOK_SECRETS_STANDARD__SHOP: secret };
    const told = story('standard', 'success').at(-1) as StoryEvent;
    const request = signedStep('standard', told, { account: 'shop', secret });

    const configured = await startTestApp({ databaseUrl, environment });
    const { id } = (await deliver(configured, request)).json;
    await configured.quiet();
    await configured.close();

    const forgotten = await startTestApp({ databaseUrl });
    expect((await deliver(forgotten, request)).status).toBe(404);
    await forgotten.post(`/deliveries/${id}/replay`);
    await forgotten.quiet();
    expect(await forgotten.get(`/deliveries/${id}`)).toMatchObject({
      status: 'dead',
      reason: expect.any(String),
    });
    await forgotten.close();

    const again = await startTestApp({ databaseUrl, environment });
    expect((await deliver(again, request)).json).toEqual({ status: 'duplicate', id });
    await again.quiet();
    expect(await again.get(`/deliveries/${id}`)).toMatchObject({ status: 'processed', reason: null });
    expect((await paymentOf(again, told.paymentId)).timeline).toHaveLength(1);
    await again.close();
    await database.drop();
  });
});
