import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { StripeFakeApi } from '../../src/webhooks/gateways/stripe/stripe-api.simulator.js';
import { stripeObjectsAfter } from '../../src/webhooks/gateways/stripe/stripe-objects.simulator.js';
import type { StoryName } from '../../src/simulator/stories.js';
import { deliver, signedStep, story } from '../support/requests.js';
import { startTestApp, until, type Json, type TestApp } from '../support/test-app.js';

const KEY = 'rk_test_stories_0123456789';

let api: StripeFakeApi;
let told: TestApp;
let app: TestApp;
beforeAll(async () => {
  api = await StripeFakeApi.start(KEY);
  told = await startTestApp();
  app = await startTestApp({ environment: { STRIPE_SECRET_KEY: KEY, STRIPE_API_URL: api.baseUrl } });
});
afterAll(async () => {
  await told.close();
  await app.close();
  await api.close();
});

const facts = async (from: TestApp): Promise<Json[]> =>
  (await from.get('/payments?limit=200')).items
    .map(({ gatewayPaymentId, state, status, amount, amountCaptured, amountRefunded, ...rest }: Json) => ({
      ...{ gatewayPaymentId, state, status, amount, amountCaptured, amountRefunded },
      amountDisputed: rest.amountDisputed,
      refunds: rest.refunds.map(({ id, amount, status }: Json) => [id, amount, status]).toSorted(),
      disputes: rest.disputes.map(({ id, amount, status }: Json) => [id, amount, status]).toSorted(),
    }))
    .toSorted((a: Json, b: Json) => (a.gatewayPaymentId < b.gatewayPaymentId ? -1 : 1));

const STORIES: StoryName[] = [
  'success',
  'failure-then-recovery',
  'partial-refunds',
  'full-refund',
  'dispute-lost',
  'canceled',
];

it('whichever webhooks of Stripe were lost, the payments are those that were told in full', async () => {
  const stories = STORIES.flatMap((name) =>
    [0, 1, 2, 3].map((lost) => ({ steps: story('stripe', name), lost })),
  );
  for (const { steps, lost } of stories) {
    for (const object of stripeObjectsAfter(steps)) api.put(object);
    for (const [at, step] of steps.entries()) {
      await deliver(told, signedStep('stripe', step));
      // Of each story once nothing arrives, and once every second, third and fourth message.
      if (lost > 0 && at % (lost + 1) === 0) await deliver(app, signedStep('stripe', step));
    }
  }
  await told.quiet();
  await app.quiet();
  const response = await app.post('/reconciliations', {
    body: JSON.stringify({ gateway: 'stripe', since: '7d' }),
  });
  const { id } = (await response.json()) as Json;
  const run = await until(async () => {
    const run = await app.get(`/reconciliations/${id}`);
    return run.status === 'running' ? null : run;
  }, 'the reconciliation to end');
  await app.quiet();
  expect(run).toMatchObject({ status: 'completed', problems: 0 });
  expect(await facts(app)).toEqual(await facts(told));
});
