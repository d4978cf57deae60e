import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { StoryEvent } from '../../src/simulator/gateway-simulator.js';
import { STORY_NAMES, supportsStory } from '../../src/simulator/stories.js';
import { razorpayEntitiesAfter } from '../../src/webhooks/gateways/razorpay/razorpay-entities.simulator.js';
import { razorpaySimulator } from '../../src/webhooks/gateways/razorpay/razorpay.simulator.js';
import { RazorpayFakeApi } from '../support/confirmations.js';
import { reconcile } from '../support/reconcile.js';
import { deliver, signedStep, story } from '../support/requests.js';
import { startTestApp, type Json, type TestApp } from '../support/test-app.js';

const KEYS = { keyId: 'rzp_test_lists', keySecret: 'secret-of-the-lists' };

let api: RazorpayFakeApi;
let told: TestApp;
let app: TestApp;
beforeAll(async () => {
  api = await RazorpayFakeApi.start(KEYS);
  told = await startTestApp();
  app = await startTestApp({
    environment: {
      RAZORPAY_KEY_ID: KEYS.keyId,
      RAZORPAY_KEY_SECRET: KEYS.keySecret,
      RAZORPAY_API_URL: api.baseUrl,
      RECONCILE_EVERY: '0',
    },
    reconciliation: { requestsPerMinute: 60_000 },
  });
});
afterAll(async () => {
  await told.close();
  await app.close();
  await api.close();
});

/** A refund that fails is in no story of every gateway. */
const failedRefund = (): StoryEvent[] => {
  const steps = story('razorpay', 'full-refund');
  return steps.map((step, at) =>
    at === steps.length - 1 ? { ...step, kind: 'refund_failed', refundedTotal: '0' } : step,
  );
};
const makers = [
  ...STORY_NAMES.filter((name) => supportsStory(name, razorpaySimulator.steps)).map(
    (name) => () => story('razorpay', name),
  ),
  failedRefund,
];

/** Each story, once for each subset of its webhooks that arrives. */
const subjects = makers.flatMap((make) =>
  Array.from({ length: 2 ** make().length }, (_, mask) => {
    const steps = make();
    return { steps, arrived: steps.filter((_step, at) => (mask >> at) % 2 === 1) };
  }),
);

/** Razorpay keeps no trace of a failure in a payment that was captured later, and lists no account id. */
const forgotten = new Set(
  subjects
    .filter(({ steps }) => steps.some(({ kind }) => kind === 'failed') && steps.at(-1)?.kind !== 'failed')
    .map(({ steps }) => steps[0]?.paymentId),
);

async function shown(from: TestApp): Promise<Json[]> {
  const { items } = await from.get<{ items: Json[] }>('/payments?limit=200');
  return items
    .map(({ id: _id, createdAt: _created, updatedAt: _updated, merchant: _merchant, failure, ...facts }) => ({
      ...facts,
      failure: forgotten.has(facts.gatewayPaymentId) ? null : failure,
    }))
    .toSorted((a: Json, b: Json) => (a.gatewayPaymentId < b.gatewayPaymentId ? -1 : 1));
}

describe('webhooks of Razorpay that were lost', () => {
  it('come back from its lists, whichever they were: the payments are those that were told in full', async () => {
    for (const { steps, arrived } of subjects) {
      razorpayEntitiesAfter(steps).forEach((entity) => api.put(entity));
      for (const step of steps) await deliver(told, signedStep('razorpay', step));
      for (const step of arrived) await deliver(app, signedStep('razorpay', step));
    }
    await told.quiet();
    await app.quiet();
    const inFull = await shown(told);
    expect(inFull).toHaveLength(subjects.length);
    expect(await shown(app)).not.toEqual(inFull);

    const first = await reconcile(app, 'razorpay');
    expect(first).toMatchObject({ status: 'completed', problems: 0 });
    expect(first.missing).toBeGreaterThan(0);
    expect(await shown(app)).toEqual(inFull);
  });

  it('add nothing a second time, nor when they come after all', async () => {
    const before = await shown(app);
    const stored = (await app.get('/stats')).deliveries;
    expect(await reconcile(app, 'razorpay')).toMatchObject({ missing: 0, different: 0, items: [] });
    expect((await app.get('/stats')).deliveries).toEqual(stored);
    for (const { steps } of subjects)
      for (const step of steps) await deliver(app, signedStep('razorpay', step));
    await app.quiet();
    expect(await shown(app)).toEqual(before);
    expect(await reconcile(app, 'razorpay')).toMatchObject({ missing: 0, different: 0, problems: 0 });
  });
});
