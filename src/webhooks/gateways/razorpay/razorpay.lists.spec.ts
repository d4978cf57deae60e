import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { ListedObject, ListOutcome } from '../listing.js';
import { RazorpayFakeApi } from './razorpay-api.simulator.js';
import { razorpayGateway } from './razorpay.gateway.js';

const KEYS = { keyId: 'rzp_test_lists', keySecret: 'secret' };
const T = Date.UTC(2026, 0, 1) / 1000;
const SINCE = new Date(T * 1000);
const UNTIL = new Date((T + 100_000) * 1000);

let api: RazorpayFakeApi;
let settings: Record<string, string>;
beforeEach(async () => {
  api = await RazorpayFakeApi.start(KEYS);
  settings = { KEY_ID: KEYS.keyId, KEY_SECRET: KEYS.keySecret, API_URL: api.baseUrl };
});
afterEach(() => api.close());

const payment = (nth: number, created_at = T + nth) => ({ id: `pay_${nth}`, entity: 'payment', created_at });
const refund = (nth: number, payment_id: string) => ({
  id: `rfnd_${nth}`,
  entity: 'refund',
  created_at: T + nth,
  payment_id,
});
const dispute = (nth: number, payment_id: string) => ({
  ...refund(nth, payment_id),
  id: `disp_${nth}`,
  entity: 'dispute',
});

const page = (what: string, cursor: string | null = null): Promise<ListOutcome> =>
  razorpayGateway.list?.({ what, since: SINCE, until: UNTIL, cursor }, settings) ??
  Promise.reject(new Error('no list'));

const ask = (
  id: string | null,
  cursor: string | null = null,
  order: string | null = null,
): Promise<ListOutcome> =>
  razorpayGateway.askPayment?.({ gatewayPaymentId: id, gatewayOrderId: order, cursor }, settings) ??
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

describe('the lists of Razorpay', () => {
  it('are read page by page, whatever is made in the meantime', async () => {
    for (let nth = 0; nth < 250; nth++) api.put(payment(nth));
    let made = 1000;
    const { items, pages } = await all(
      (cursor) => page('payments', cursor),
      () => {
        api.put(payment(++made, T + 200_000));
      },
    );
    expect(pages).toBe(3);
    expect(items.map(({ id }) => id)).toEqual([...new Set(items.map(({ id }) => id))]);
    expect(items).toHaveLength(250);
  });

  it('miss nothing where objects come into the window while it is read', async () => {
    for (let nth = 0; nth < 250; nth++) api.put(payment(nth));
    let made = 1000;
    const { items } = await all(
      (cursor) => page('payments', cursor),
      () => {
        for (let nth = 0; nth < 5; nth++) api.put(payment(++made, T + 50_000));
      },
    );
    expect(items.filter(({ id }) => Number(id.slice(4)) < 250)).toHaveLength(250);
  });

  it('begin again where the last object is gone', async () => {
    for (let nth = 0; nth < 150; nth++) api.put(payment(nth));
    const first = await page('payments');
    if (first.kind !== 'page') throw new Error(first.kind);
    api.remove({ entity: 'payment', id: String(first.items.at(-1)?.id) });
    expect(await page('payments', first.next)).toEqual({ kind: 'cursor_refused' });
    expect(await page('payments', 'nonsense')).toEqual({ kind: 'cursor_refused' });
  });

  it('read 10,000 objects', async () => {
    for (let nth = 0; nth < 10_000; nth++) api.put(payment(nth));
    const { items, pages } = await all((cursor) => page('payments', cursor));
    expect([pages, new Set(items.map(({ id }) => id)).size]).toEqual([102, 10_000]);
  });

  it('begin and end with the window', async () => {
    for (const at of [T - 1, T, T + 99_999, T + 100_000]) api.put(payment(at, at));
    const { items } = await all((cursor) => page('payments', cursor));
    expect(items.map(({ id }) => id)).toEqual([`pay_${T + 99_999}`, `pay_${T}`]);
  });

  it('name the payment that each object belongs to, and none for an order', async () => {
    api.put(payment(1));
    api.put(refund(2, 'pay_1'));
    api.put({ id: 'order_1', entity: 'order', created_at: T });
    const owners = await Promise.all(
      ['payments', 'refunds', 'orders'].map(async (what) => {
        const { items } = await all((cursor) => page(what, cursor));
        return items.map(({ gatewayPaymentId }) => gatewayPaymentId);
      }),
    );
    expect(owners).toEqual([['pay_1'], ['pay_1'], [null]]);
  });

  it('end as the API does', async () => {
    api.plan('payments', { status: 429, body: {}, headers: { 'retry-after': '7' } }, 1);
    expect(await page('payments')).toEqual({ kind: 'retry', reason: 'status 429', retryAfterMs: 7000 });
    api.plan('payments', { status: 500, body: {} }, 1);
    expect(await page('payments')).toEqual({ kind: 'retry', reason: 'status 500' });
    api.plan('payments', 'not-json', 1);
    expect(await page('payments')).toEqual({ kind: 'final', reason: 'not JSON' });
    api.plan('payments', { status: 200, body: { items: [{ entity: 'payment' }] } }, 1);
    expect(await page('payments')).toEqual({ kind: 'final', reason: 'the answer is no page of a list' });
    api.plan('disputes', { status: 404, body: {} });
    expect(await page('disputes')).toEqual({ kind: 'page', items: [], next: null });
    settings.KEY_SECRET = 'another';
    expect(await page('payments')).toEqual({ kind: 'final', reason: 'the key is not accepted (status 401)' });
    expect((await page('payouts')).kind).toBe('final');
  });
});

describe('the answer about one payment of Razorpay', () => {
  it('is the payment, its refunds and its disputes', async () => {
    api.put(payment(1));
    for (let nth = 2; nth < 150; nth++) api.put(refund(nth, nth % 2 ? 'pay_1' : 'pay_2'));
    api.put(dispute(3, 'pay_1'));
    api.put(dispute(4, 'pay_2'));
    const { items } = await all((cursor) => ask('pay_1', cursor));
    expect(items).toHaveLength(1 + 74 + 1);
    expect(items.every(({ gatewayPaymentId }) => gatewayPaymentId === 'pay_1')).toBe(true);
  });

  it('is empty for what Razorpay does not know, and no other object is believed', async () => {
    expect(await ask('pay_9')).toEqual({ kind: 'page', items: [], next: null });
    expect(await ask(null, null, 'order_9')).toEqual({ kind: 'page', items: [], next: null });
    expect(await ask('pay_1', 'sessions')).toEqual({ kind: 'cursor_refused' });
    api.plan('payments/pay_1', { status: 200, body: payment(2) });
    expect(await ask('pay_1')).toEqual({ kind: 'unusable', reason: 'another object' });
  });

  it('is every payment of an order, where only the order is known', async () => {
    api.put({ id: 'order_1', entity: 'order', created_at: T });
    for (const nth of [1, 2]) api.put({ ...payment(nth), order_id: 'order_1' });
    const { items } = await all((cursor) => ask(null, cursor, 'order_1'));
    expect(items.map(({ id }) => id)).toEqual(['pay_2', 'pay_1']);
  });
});
