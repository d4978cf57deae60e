import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import Stripe from 'stripe';
import { type StoryEvent } from '../../src/simulator/gateway-simulator.js';
import { playEvent } from '../../src/simulator/player.js';
import { parseSimulateArguments } from '../../src/simulator/simulate-arguments.js';
import { STORY_NAMES, supportsStory } from '../../src/simulator/stories.js';
import { shuffle } from '../../src/simulator/tampering.js';
import { StripeFakeApi } from '../../src/webhooks/gateways/stripe/stripe-api.simulator.js';
import {
  putEvent,
  type SnapshotEvent,
  snapshotOf,
  stripeThinSimulator,
  toThinEvent,
} from '../../src/webhooks/gateways/stripe/stripe-thin.simulator.js';
import { comparable, deliver, freshId, type Heard, paymentOf, story } from '../support/requests.js';
import { createTestDatabase } from '../support/test-database.js';
import { type Json, SECRETS, startTestApp, type TestApp, until } from '../support/test-app.js';

const KEY = 'rk_live_of_this_test';
const SECOND_SECRET = 'whsec_test_stripe_of_the_thin_endpoint';
const HOUR = 3_600_000;
/** The 28 types about payments in stripe 23.1. */
const TYPES = [
  ...[
    'created',
    'requires_action',
    'processing',
    'payment_failed',
    'amount_capturable_updated',
    'canceled',
  ].map((name) => `v1.payment_intent.${name}`),
  ...['v1.payment_intent.succeeded', 'v1.payment_intent.partially_funded'],
  ...['pending', 'failed', 'expired', 'succeeded', 'captured', 'updated', 'refunded', 'refund.updated'].map(
    (name) => `v1.charge.${name}`,
  ),
  ...['created', 'updated', 'closed', 'funds_withdrawn', 'funds_reinstated'].map(
    (name) => `v1.charge.dispute.${name}`,
  ),
  ...['completed', 'expired', 'async_payment_succeeded', 'async_payment_failed'].map(
    (name) => `v1.checkout.session.${name}`,
  ),
  ...['created', 'updated', 'failed'].map((name) => `v1.refund.${name}`),
];

let standIn: StripeFakeApi;
let app: TestApp;
const environment = (): Record<string, string> => ({
  STRIPE_SECRET_KEY: KEY,
  STRIPE_API_URL: standIn.baseUrl,
  WEBHOOK_SECRETS_STRIPE: `${SECRETS.stripe},${SECOND_SECRET}`,
});

beforeAll(async () => {
  standIn = await StripeFakeApi.start(KEY);
  app = await startTestApp({ environment: environment() });
});
afterEach(() => {
  standIn.recover();
  expect(standIn.redirectsFollowed).toBe(0);
});
afterAll(async () => {
  await app.close();
  await standIn.close();
});

/** Sends a body as Stripe does: signed by the helper of its own SDK. */
async function send(body: object, to: TestApp = app, secret: string = SECRETS.stripe): Promise<Heard> {
  const payload = JSON.stringify(body);
  const signature = Stripe.webhooks.generateTestHeaderString({ payload, secret });
  const headers = { 'content-type': 'application/json; charset=utf-8', 'stripe-signature': signature };
  return deliver(to, { path: '/webhooks/stripe', headers, body: Buffer.from(payload) });
}
const sendThin = (snapshot: SnapshotEvent, to?: TestApp): Promise<Heard> =>
  send(toThinEvent(snapshot), to, SECOND_SECRET);
const deliveryOf = (heard: Heard, at = app): Promise<Json> => at.get(`/deliveries/${heard.json.id}`);
const last = (events: readonly StoryEvent[]): StoryEvent => events.at(-1) as StoryEvent;
/** The snapshot of a payment that nobody else in the run has, known to the API. */
function known(changes: (snapshot: SnapshotEvent) => void = () => undefined): {
  snapshot: SnapshotEvent;
  paymentId: string;
} {
  const told = last(story('stripe', 'success'));
  const snapshot = snapshotOf(told);
  changes(snapshot);
  putEvent(standIn, snapshot);
  return { snapshot, paymentId: told.paymentId };
}

describe('a thin event', () => {
  it('is a hint: its snapshot is asked for and stored as the snapshot', async () => {
    const { snapshot, paymentId } = known();
    const heard = await sendThin(snapshot);
    expect(heard).toMatchObject({ status: 200, json: { status: 'accepted' } });
    await app.quiet();
    const payment = await paymentOf(app, paymentId);
    expect(payment).toMatchObject({ status: 'succeeded', amount: '10000', mode: 'live', merchant: null });
    expect(await deliveryOf(heard)).toMatchObject({ status: 'processed', verdict: 'hint', reason: null });
    // Stories are an hour old. No other event came to this account yet.
    const { items } = await app.get('/gateways');
    expect(items.find(({ gateway }: Json) => gateway === 'stripe').lagSeconds).toBeGreaterThan(3_000);
    const fetched = await app.get(`/deliveries/${payment.timeline[0].deliveryId}`);
    expect(fetched).toMatchObject({
      provenance: 'fetched',
      causedBy: heard.json.id,
      eventId: snapshot.id,
      type: 'payment_intent.succeeded',
    });
    expect(JSON.parse(fetched.body)).toEqual(snapshot);
    const asked = standIn.requests.filter(({ path }) => path.endsWith(snapshot.id));
    expect(asked.map(({ path, version, context }) => [path, version, context])).toEqual([
      [`v2/core/events/thin_${snapshot.id}`, '2026-09-30.endive', null],
      [`v1/events/${snapshot.id}`, '2026-09-30.endive', null],
    ]);
  });

  it('is a duplicate when it comes again, and is asked about once', async () => {
    const { snapshot } = known();
    expect((await sendThin(snapshot)).json.status).toBe('accepted');
    expect((await sendThin(snapshot)).json.status).toBe('duplicate');
    await app.quiet();
    expect((await sendThin(snapshot)).json.status).toBe('duplicate');
    expect(standIn.countRequests(`v1/events/${snapshot.id}`)).toBe(1);
  });

  it.each(TYPES)('%s is asked about', async (type) => {
    const id = freshId('evt');
    const related = { id: freshId('obj'), type: 'payment_intent', url: '/v1/nowhere' };
    const created = new Date().toISOString();
    const heard = await send({
      id,
      object: 'v2.core.event',
      type,
      created,
      livemode: true,
      related_object: related,
    });
    expect(heard.json.status).toBe('accepted');
    await app.quiet();
    expect(standIn.countRequests(id)).toBe(1);
    expect(TYPES).toHaveLength(28);
  });

  it('of a connected account is asked in its context, and the payment is of that merchant', async () => {
    const told = last(story('stripe', 'success'));
    putEvent(standIn, snapshotOf(told), 'acct_1');
    await send(toThinEvent(snapshotOf(told), 'acct_1'));
    await app.quiet();
    expect(await paymentOf(app, told.paymentId)).toMatchObject({ status: 'succeeded', merchant: 'acct_1' });
  });

  it.each([
    ['created', { created: 'yesterday' }],
    ['created', { created: undefined }],
    ['created', { created: new Date(Date.now() + HOUR).toISOString() }],
  ])('with an impossible %s is parked, and nobody is asked', async (path, changes) => {
    const { snapshot } = known();
    const heard = await send({ ...toThinEvent(snapshot), ...changes });
    expect(heard.json.status).toBe('parked');
    expect((await deliveryOf(heard)).errors).toMatchObject([{ path }]);
    expect(standIn.countRequests(snapshot.id)).toBe(0);
  });
});

describe('a thin and a snapshot endpoint side by side', () => {
  it.each(['thin', 'snapshot'])('count once where the %s comes first', async (first) => {
    const { snapshot, paymentId } = known();
    const sends = [() => sendThin(snapshot), () => send(snapshot)];
    for (const one of first === 'thin' ? sends : sends.reverse()) {
      expect((await one()).status).toBe(200);
      await app.quiet();
    }
    const { timeline } = await paymentOf(app, paymentId);
    expect(timeline).toHaveLength(1);
    const kept = await app.get(`/deliveries/${timeline[0].deliveryId}`);
    expect(kept).toMatchObject({ eventId: snapshot.id, status: 'processed' });
    // The answer to the thin event is no receipt of the snapshot.
    expect([kept.provenance, kept.receipts]).toEqual(first === 'thin' ? ['fetched', 2] : ['received', 1]);
  });

  it('take up a snapshot that is parked', async () => {
    const { snapshot, paymentId } = known();
    const broken = structuredClone(snapshot) as Json;
    broken.data.object.amount = 'much';
    const parked = await send(broken);
    expect(parked.json.status).toBe('parked');
    await sendThin(snapshot);
    await app.quiet();
    expect(await paymentOf(app, paymentId)).toMatchObject({ status: 'succeeded' });
    expect(await deliveryOf(parked)).toMatchObject({
      status: 'processed',
      provenance: 'fetched',
      receipts: 1,
    });
  });

  it('count once over two processes at the same time', async () => {
    const database = await createTestDatabase();
    const options = { databaseUrl: database.url, environment: environment() };
    const processes = [await startTestApp(options), await startTestApp(options)] as const;
    const payments = Array.from({ length: 12 }, () => known());
    const sent = payments.flatMap(({ snapshot }, at) => [
      sendThin(snapshot, processes[at % 2]),
      send(snapshot, processes[(at + 1) % 2]),
      sendThin(snapshot, processes[(at + 1) % 2]),
    ]);
    for (const { status } of await Promise.all(sent)) expect(status).toBe(200);
    await processes[0].quiet();
    for (const { paymentId } of payments)
      expect((await paymentOf(processes[0], paymentId)).timeline).toHaveLength(1);
    for (const one of processes) await one.close();
    await database.drop();
  });
});

describe('without a snapshot', () => {
  const objectOf = ({ data }: SnapshotEvent): Json => data.object;

  it.each(['names none', 'was deleted', 'is older than 30 days'])(
    'the object is asked for, and reported at the time of the notification: the event %s',
    async (why) => {
      const { snapshot, paymentId } = known((one) => (objectOf(one).status = 'processing'));
      snapshot.type = 'payment_intent.processing';
      if (why === 'names none') standIn.put(toThinEvent(snapshot));
      else {
        standIn.remove(snapshot.id);
        if (why !== 'was deleted') standIn.remove(`thin_${snapshot.id}`);
        else standIn.put({ ...toThinEvent(snapshot), snapshot_event: snapshot.id } as Json);
      }
      await sendThin(snapshot);
      await app.quiet();
      const payment = await paymentOf(app, paymentId);
      expect(payment).toMatchObject({ status: 'processing', mode: 'live', amount: '10000' });
      const [report] = payment.timeline.slice(-1);
      expect(report.occurredAt).toBe(toThinEvent(snapshot).created);
      expect(await app.get(`/deliveries/${report.deliveryId}`)).toMatchObject({ provenance: 'fetched' });
    },
  );

  it('a refund counts in the mode of its event', async () => {
    const told = story('stripe', 'full-refund');
    for (const event of told.slice(0, -1)) await send(snapshotOf(event));
    const refund = snapshotOf(last(told));
    putEvent(standIn, refund);
    standIn.remove(refund.id);
    await sendThin(refund);
    await app.quiet();
    expect(await paymentOf(app, last(told).paymentId)).toMatchObject({ status: 'refunded', mode: 'live' });
  });

  it('the running total of a refunded charge counts, and each refund once', async () => {
    const paid = snapshotOf(last(story('stripe', 'success')));
    const { id: paymentId } = paid.data.object;
    await send(paid);
    const chargeId = freshId('ch');
    const refundOf = (id: string, amount: number, later = 0): Json => ({
      ...{ id, object: 'refund', amount, charge: chargeId, currency: 'eur', payment_intent: paymentId },
      ...{ created: paid.created + later, status: 'succeeded', metadata: {} },
    });
    const refundedNotice = (sum: number, refunds?: Json[]) => {
      const charge = {
        ...{ id: chargeId, object: 'charge', amount: 10000, amount_captured: 10000, captured: true },
        ...{ created: paid.created, currency: objectOf(paid).currency, livemode: true, status: 'succeeded' },
        ...{ payment_intent: paymentId, amount_refunded: sum, refunded: sum === 10000 },
        ...(refunds && { refunds: { object: 'list', data: refunds, has_more: false } }),
      };
      standIn.put(charge);
      const id = freshId('evt');
      return { ...paid, id, type: 'charge.refunded', data: { object: charge } } as SnapshotEvent;
    };
    const currency = objectOf(paid).currency as string;
    const [first, second] = [freshId('re'), freshId('re')];
    await sendThin(refundedNotice(2500));
    await app.quiet();
    expect(await paymentOf(app, paymentId)).toMatchObject({
      status: 'partially_refunded',
      amountRefunded: '2500',
    });
    const updated = { id: freshId('evt'), type: 'refund.updated' };
    await send({ ...paid, ...updated, data: { object: { ...refundOf(first, 2500), currency } } });
    await app.quiet();
    expect(await paymentOf(app, paymentId)).toMatchObject({ amountRefunded: '2500' });
    const both = [refundOf(second, 1000, 5), refundOf(first, 2500)];
    await sendThin(refundedNotice(3500, both));
    await app.quiet();
    expect(await paymentOf(app, paymentId)).toMatchObject({ amountRefunded: '3500' });
    // Told after the notification's time, so the total of that notification had counted it.
    const failed = { ...refundOf(second, 1000, 5), currency, status: 'failed' };
    await send({
      ...paid,
      id: freshId('evt'),
      type: 'refund.failed',
      created: paid.created + 9,
      data: { object: failed },
    });
    await app.quiet();
    expect(await paymentOf(app, paymentId)).toMatchObject({ amountRefunded: '2500' });
  });
});

describe('what the API does wrong', () => {
  it.each([
    ['forbidden', 'cannot be asked: the key lacks a permission to read (status 403)'],
    ['unauthorized', 'cannot be asked: the key is not accepted (status 401)'],
    ['missing', 'neither the event nor its object is known (status 404)'],
    ['another-object', 'another object'],
    ['other-mode', 'an object of the other mode'],
    ['redirect', 'redirect'],
    ['too-large', 'too large'],
    ['not-json', 'not JSON'],
  ] as const)('%s: the hint is parked with the cause, and a replay takes it up', async (fault, reason) => {
    const { snapshot, paymentId } = known();
    standIn.fail(fault);
    const heard = await sendThin(snapshot);
    await app.quiet();
    expect(await deliveryOf(heard)).toMatchObject({ status: 'parked', reason });
    expect((await app.get(`/payments?gatewayPaymentId=${paymentId}`)).items).toEqual([]);
    standIn.recover();
    expect((await app.post(`/deliveries/${heard.json.id}/replay`)).status).toBeLessThan(300);
    await app.quiet();
    expect(await paymentOf(app, paymentId)).toMatchObject({ status: 'succeeded' });
  });

  it.each(['server-error', 'hang'] as const)('%s passes: it is asked again', async (fault) => {
    const { snapshot, paymentId } = known();
    standIn.fail(fault, { times: 1 });
    await sendThin(snapshot);
    await app.quiet();
    expect(await paymentOf(app, paymentId)).toMatchObject({ status: 'succeeded' });
  });

  it('Retry-After is kept, for the other questions of the account too', async () => {
    const own = await startTestApp({ environment: environment() });
    const [first, second] = [known(), known()];
    standIn.fail('rate-limited', { times: 1, retryAfter: 3600 });
    const heard = await sendThin(first.snapshot, own);
    const waiting = await until(async () => {
      const shown = await deliveryOf(heard, own);
      return shown.reason === null ? null : shown;
    });
    expect(waiting).toMatchObject({ status: 'pending', reason: 'status 429' });
    const waitsMs = Date.parse(waiting.nextAttemptAt) - Date.now();
    expect(waitsMs).toBeGreaterThan(HOUR / 2);
    const later = await sendThin(second.snapshot, own);
    // A question of another account is not held up by it; nothing was asked about the second.
    expect(await deliveryOf(later, own)).toMatchObject({ status: 'pending', attempts: 0 });
    await own.close();
    expect(standIn.countRequests(second.snapshot.id)).toBe(0);
  });

  it('an event of another account, another type or another object is not believed', async () => {
    for (const changes of [
      { account: 'acct_2' },
      { type: 'payment_intent.canceled' },
      { data: { object: { ...snapshotOf(last(story('stripe', 'success'))).data.object } } },
    ]) {
      const { snapshot, paymentId } = known();
      standIn.put({ ...snapshot, ...changes });
      const heard = await sendThin(snapshot);
      await app.quiet();
      expect(await deliveryOf(heard)).toMatchObject({
        status: 'parked',
        reason: expect.stringMatching(/^an /),
      });
      expect((await app.get(`/payments?gatewayPaymentId=${paymentId}`)).items).toEqual([]);
    }
  });

  it('a key of the other mode is not even sent', async () => {
    const { snapshot } = known((one) => (one.livemode = false));
    const heard = await sendThin(snapshot);
    await app.quiet();
    expect(await deliveryOf(heard)).toMatchObject({
      status: 'parked',
      reason: 'the key is of mode live, and the event is not',
    });
    expect(standIn.countRequests(snapshot.id)).toBe(0);
  });
});

describe('without a key', () => {
  it('a thin event is parked with what is missing, and a start with the key takes it up', async () => {
    const database = await createTestDatabase();
    const without = await startTestApp({
      databaseUrl: database.url,
      environment: { WEBHOOK_SECRETS_STRIPE: `${SECRETS.stripe},${SECOND_SECRET}` },
    });
    const payments = Array.from({ length: 6 }, () => known());
    const heard: Heard[] = [];
    for (const { snapshot } of payments) heard.push(await sendThin(snapshot, without));
    expect(heard.map(({ json }) => json.status)).toEqual(Array(6).fill('accepted'));
    await without.quiet();
    for (const one of heard)
      expect(await deliveryOf(one, without)).toMatchObject({
        status: 'parked',
        reason: 'cannot be asked: STRIPE_SECRET_KEY is not set',
      });
    await without.close();

    const wrong = await startTestApp({
      databaseUrl: database.url,
      environment: { ...environment(), STRIPE_SECRET_KEY: 'rk_live_wrong' },
    });
    await until(async () => (await deliveryOf(heard[0]!, wrong)).reason?.includes('401'), 'a 401');
    await wrong.quiet();
    await wrong.close();

    const withKey = await startTestApp({ databaseUrl: database.url, environment: environment() });
    for (const { paymentId } of payments) {
      const paid = async () => (await withKey.get(`/payments?gatewayPaymentId=${paymentId}`)).items[0];
      expect(await until(paid, 'the payment')).toMatchObject({ status: 'succeeded' });
    }
    await withKey.close();
    await database.drop();
  });
});

it('is played by the simulator with --thin', async () => {
  const { simulator } = parseSimulateArguments(['stripe', 'success', '--thin']);
  const free = await StripeFakeApi.start(KEY);
  const API_URL = free.baseUrl;
  await free.close();
  const api = await simulator.startApi?.({ SECRET_KEY: KEY, API_URL });
  const own = await startTestApp({ environment: { ...environment(), STRIPE_API_URL: API_URL } });
  const told = story('stripe', 'success');
  for (const event of told)
    await playEvent({ simulator, baseUrl: own.url, secret: SECRETS.stripe, api }, event);
  await own.quiet();
  expect(await paymentOf(own, last(told).paymentId)).toMatchObject({ status: 'succeeded' });
  expect(api?.countRequests(last(told).orderId)).toBe(2 * told.length);
  await own.close();
  await api?.close();
  expect(() => parseSimulateArguments(['razorpay', 'success', '--thin'])).toThrow('no thin events');
});

describe('one truth', () => {
  it('thin only, snapshots only and both in any order make the same payments of every story', async () => {
    const names = STORY_NAMES.filter((name) => supportsStory(name, stripeThinSimulator.steps));
    const snapshots = names.flatMap((name) => {
      const subject = { suffix: `truth_${name}`, paymentId: `pi_${name}`, orderId: `ord_${name}` };
      return story('stripe', name, { ...subject, start: new Date(Date.UTC(2026, 0, 5)) }).map(snapshotOf);
    });
    for (const snapshot of snapshots) putEvent(standIn, snapshot);
    const shown: Json[] = [];
    for (const [seed, way] of ['snapshot', 'thin', 'both', 'both'].entries()) {
      const own = await startTestApp({ environment: environment() });
      const sends = snapshots.flatMap((snapshot) => [
        ...(way === 'thin' ? [] : [() => send(snapshot, own)]),
        ...(way === 'snapshot' ? [] : [() => sendThin(snapshot, own)]),
      ]);
      for (const one of seed === 0 ? sends : shuffle(sends, seed)) await one();
      await own.quiet();
      const payments = await Promise.all(names.map((name) => paymentOf(own, `pi_${name}`)));
      shown.push(payments.map(comparable));
      await own.close();
    }
    for (const other of shown.slice(1)) expect(other).toEqual(shown[0]);
  });
});
