import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { deliver, type Heard, signed, signedStep, story } from '../support/requests.js';
import { startTestApp, type Json, type TestApp } from '../support/test-app.js';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.close());

/** What the button of Stripe's dashboard sends: a constant id, whatever the type. */
const testOf = (type: string, object: Json = {}): Json => ({
  id: 'evt_00000000000000',
  object: 'event',
  type,
  created: 1326853478,
  livemode: false,
  data: { object },
});

const send = (body: Json): Promise<Heard> => deliver(app, signed('stripe', body));
const ofStripe = async (): Promise<Json> =>
  (await app.get('/gateways')).items.find(({ gateway }: Json) => gateway === 'stripe');
const list = async (): Promise<Json[]> => (await app.get('/deliveries')).items;

it('a test message is ignored, each time, and no payment comes of it', async () => {
  const answers = [];
  for (let time = 0; time < 3; time++) answers.push((await send(testOf('payment_intent.succeeded'))).json);
  expect(answers.map(({ status }) => status)).toEqual(['ignored', 'ignored', 'ignored']);
  expect(new Set(answers.map(({ id }) => id)).size).toBe(1);
  await app.quiet();
  expect((await app.get('/payments')).items).toEqual([]);
  expect(await app.get(`/deliveries/${answers[0].id}`)).toMatchObject({
    test: true,
    status: 'ignored',
    eventId: 'evt_00000000000000',
    type: 'payment_intent.succeeded',
    receipts: 3,
  });
});

it('another type is another delivery, and what is stored is bounded by the types', async () => {
  const first = await send(testOf('charge.failed'));
  const again = await send(testOf('charge.failed', { id: 'ch_another' }));
  expect(again.json).toEqual(first.json);
  expect((await list()).filter(({ test }) => test)).toHaveLength(2);
});

it('the ping of an event destination is a test, and neither an event nor a type that is laid aside', async () => {
  const type = 'v2.core.event_destination.ping';
  const { lastEventAt } = await ofStripe();
  const ping = { id: 'evt_ping_1', object: 'v2.core.event', type, created: new Date().toISOString() };
  const { json } = await send(ping);
  expect(json.status).toBe('ignored');
  expect(await app.get(`/deliveries/${json.id}`)).toMatchObject({ test: true, type });
  expect((await ofStripe()).lastEventAt).toBe(lastEventAt);
  expect((await app.get('/deliveries/types')).items).toEqual([]);
});

it('a test message spends no key: what comes under its id by the real rules is new', async () => {
  const event = story('stripe', 'success').at(-1);
  if (!event) throw new Error('a story has a last step');
  const accepted = await deliver(app, signedStep('stripe', event));
  expect(accepted.json.status).toBe('accepted');
  expect(await app.get(`/deliveries/${accepted.json.id}`)).toMatchObject({ test: false });
  const keyed = await send({ ...testOf('customer.created'), id: '\\ttest\\tcustomer.created' });
  expect(keyed.json.status).toBe('ignored');
  const test = await send(testOf('customer.created'));
  expect(test.json.id).not.toBe(keyed.json.id);
});

it('a replay of a test message is still no event', async () => {
  const { json } = await send(testOf('payment_intent.succeeded'));
  const replay = await app.post(`/deliveries/${json.id}/replay`);
  expect(replay.status).toBe(202);
  await app.quiet();
  expect(await app.get(`/deliveries/${json.id}`)).toMatchObject({ status: 'ignored', test: true });
});

it('the secret that proved it was heard of', async () => {
  await send(testOf('payment_intent.succeeded'));
  const secrets = await app.get<Json[]>('/secrets');
  expect(secrets.find(({ gateway }) => gateway === 'stripe').lastMatchedAt).toMatch(/^\d{4}-/);
});
