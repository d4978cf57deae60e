import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { ListedObject, ListOutcome } from '../listing.js';
import { StripeFakeApi } from './stripe-api.simulator.js';
import { stripeGateway } from './stripe.gateway.js';

const KEY = 'rk_test_lists';
const T = Date.UTC(2026, 0, 1) / 1000;
const SINCE = new Date(T * 1000);
const UNTIL = new Date((T + 100_000) * 1000);

let api: StripeFakeApi;
let settings: Record<string, string>;
beforeEach(async () => {
  api = await StripeFakeApi.start(KEY);
  settings = { SECRET_KEY: KEY, API_URL: api.baseUrl };
});
afterEach(() => api.close());

const intent = (nth: number, fields: object = {}) =>
  ({
    id: `pi_${nth}`,
    object: 'payment_intent',
    created: T + nth,
    latest_charge: `ch_${nth}`,
    ...fields,
  }) as const;
const charge = (nth: number, fields: object = {}) =>
  ({ id: `ch_${nth}`, object: 'charge', created: T + nth, payment_intent: `pi_${nth}`, ...fields }) as const;

it('a payment of a connected account is asked about in its context, with its parts', async () => {
  api.put(intent(1), 'acct_1');
  api.put(charge(1), 'acct_1');
  const question = { gatewayPaymentId: 'pi_1', gatewayOrderId: null, merchant: 'acct_1' };
  const { items } = await all(
    (cursor) =>
      stripeGateway.askPayment?.({ ...question, cursor }, settings) ??
      Promise.reject(new Error('cannot ask')),
  );
  expect(items.map(({ id }) => id)).toEqual(['pi_1', 'ch_1']);
});

const page = (what: string, cursor: string | null = null): Promise<ListOutcome> =>
  stripeGateway.list?.({ what, since: SINCE, until: UNTIL, cursor }, settings) ??
  Promise.reject(new Error('no list'));

const ask = (gatewayPaymentId: string, cursor: string | null = null): Promise<ListOutcome> =>
  stripeGateway.askPayment?.({ gatewayPaymentId, gatewayOrderId: null, cursor }, settings) ??
  Promise.reject(new Error('cannot ask'));

async function all(one: (cursor: string | null) => Promise<ListOutcome>, between = (): void => undefined) {
  const items: ListedObject[] = [];
  let pages = 0;
  for (let cursor: string | null = null; pages === 0 || cursor !== null; pages++) {
    const got: ListOutcome = await one(cursor);
    if (got.kind !== 'page') throw new Error(JSON.stringify(got));
    items.push(...got.items);
    cursor = got.next;
    between();
  }
  return { items, pages };
}

describe('the lists of Stripe', () => {
  it('are read page by page, whatever is made in the meantime', async () => {
    for (let nth = 0; nth < 250; nth++) api.put(intent(nth));
    let made = 1000;
    const { items, pages } = await all(
      (cursor) => page('payment_intents', cursor),
      () => {
        api.put(intent(++made, { created: T + 200_000 }));
      },
    );
    expect(pages).toBe(3);
    expect(new Set(items.map(({ id }) => id)).size).toBe(250);
    expect(api.countRequests('v1/payment_intents')).toBe(3);
  });

  it('read 10,000 objects in a hundred requests', async () => {
    for (let nth = 0; nth < 10_000; nth++) api.put(intent(nth));
    const { items, pages } = await all((cursor) => page('payment_intents', cursor));
    expect([pages, new Set(items.map(({ id }) => id)).size]).toEqual([100, 10_000]);
  });

  it('begin and end with the window', async () => {
    for (const created of [T - 1, T, T + 99_999, T + 100_000]) api.put(intent(created, { created }));
    const { items } = await all((cursor) => page('payment_intents', cursor));
    expect(items.map(({ id }) => id)).toEqual([`pi_${T + 99_999}`, `pi_${T}`]);
  });

  it('hold the whole charge of an intent and of a refund', async () => {
    api.put(intent(1));
    api.put(charge(1, { livemode: false }));
    api.put({ id: 're_1', object: 'refund', created: T, ...{ charge: 'ch_1', payment_intent: null } });
    const bodies = await Promise.all(
      ['payment_intents', 'refunds'].map(async (what) => {
        const { items } = await all((cursor) => page(what, cursor));
        expect(items[0]?.gatewayPaymentId).toBe('pi_1');
        return JSON.parse(String(items[0]?.raw)) as object;
      }),
    );
    expect(bodies).toMatchObject([{ latest_charge: charge(1) }, { charge: { livemode: false } }]);
  });

  it('name the payment that each object belongs to', async () => {
    api.put(charge(1));
    api.put(charge(2, { payment_intent: null }));
    api.put({ id: 'dp_1', object: 'dispute', created: T, ...{ charge: 'ch_9' } });
    const owners = (
      await Promise.all(['charges', 'disputes'].map((what) => all((cursor) => page(what, cursor))))
    ).flatMap(({ items }) => items.map(({ id, gatewayPaymentId }) => [id, gatewayPaymentId]));
    expect(owners).toEqual([
      ['ch_2', 'ch_2'],
      ['ch_1', 'pi_1'],
      ['dp_1', 'ch_9'],
    ]);
  });

  it('have an object whose id cannot be read among the others, and go on behind the last id that can', async () => {
    for (let nth = 0; nth < 150; nth++) api.put(intent(nth));
    api.put(intent(50, { id: 'pi_ü', created: T + 50 }));
    const { items, pages } = await all((cursor) => page('payment_intents', cursor));
    expect(pages).toBe(2);
    expect(new Set(items.map(({ id }) => id)).size).toBe(151);
  });

  it('that refuse a cursor are read again', async () => {
    for (let nth = 0; nth < 150; nth++) api.put(intent(nth));
    expect(await page('payment_intents', 'pi_gone')).toEqual({ kind: 'cursor_refused' });
    api.fail('cursor-refused', { times: 1 });
    expect(await page('payment_intents')).toEqual({ kind: 'final', reason: 'status 400' });
  });

  it.each([
    ['unauthorized', { kind: 'final', reason: 'the key is not accepted (status 401)' }],
    ['forbidden', { kind: 'final', reason: 'the key lacks a permission to read (status 403)' }],
    ['missing', { kind: 'final', reason: 'status 404' }],
    ['server-error', { kind: 'retry', reason: 'status 500' }],
    ['redirect', { kind: 'final', reason: 'redirect' }],
    ['not-json', { kind: 'final', reason: 'not JSON' }],
  ] as const)('answered %s end so', async (fault, outcome) => {
    api.fail(fault);
    expect(await page('payment_intents')).toEqual(outcome);
  });

  it('keep the time of a Retry-After', async () => {
    api.fail('rate-limited', { retryAfter: 7 });
    expect(await page('refunds')).toEqual({ kind: 'retry', reason: 'status 429', retryAfterMs: 7000 });
  });

  it('are empty where an API has no charges, and unknown by another name', async () => {
    api.fail('missing', { path: 'v1/charges' });
    expect(await page('charges')).toEqual({ kind: 'page', items: [], next: null });
    expect((await page('payouts')).kind).toBe('final');
  });
});

describe('the answer about one payment of Stripe', () => {
  it('is the payment, its attempts, refunds and disputes', async () => {
    api.put(intent(1));
    for (const nth of [1, 2]) api.put(charge(nth, { payment_intent: 'pi_1' }));
    for (let nth = 0; nth < 120; nth++)
      api.put({ id: `re_${nth}`, object: 'refund', created: T + nth, ...{ payment_intent: 'pi_1' } });
    api.put({ id: 're_of_another', object: 'refund', created: T, ...{ payment_intent: 'pi_2' } });
    api.put({ id: 'dp_1', object: 'dispute', created: T, ...{ payment_intent: 'pi_1' } });
    const { items, pages } = await all((cursor) => ask('pi_1', cursor));
    expect(pages).toBe(5);
    expect(items).toHaveLength(124);
    expect(items.every(({ gatewayPaymentId }) => gatewayPaymentId === 'pi_1')).toBe(true);
  });

  it('is a charge where the charge is the payment', async () => {
    api.put(charge(1, { payment_intent: null }));
    api.put({ id: 're_1', object: 'refund', created: T, ...{ charge: 'ch_1' } });
    const { items } = await all((cursor) => ask('ch_1', cursor));
    expect(items.map(({ id }) => id)).toEqual(['ch_1', 're_1']);
  });

  it('is empty for a payment that Stripe does not know, and no other object is believed', async () => {
    expect(await ask('pi_9')).toEqual({ kind: 'page', items: [], next: null });
    expect(await ask('pi_9', 'sessions')).toEqual({ kind: 'cursor_refused' });
    api.put(intent(1));
    api.fail('another-object');
    expect(await ask('pi_1')).toEqual({ kind: 'unusable', reason: 'another object' });
  });
});
