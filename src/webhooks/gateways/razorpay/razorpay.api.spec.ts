import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { objectPath } from '../api-client.js';
import { askRazorpay } from './razorpay.api.js';
import { RazorpayFakeApi } from './razorpay-api.simulator.js';

const keys = { keyId: 'rzp_test_1', keySecret: 'secret-of-the-key' };
const payment = (id: string, at: number) => ({ id, entity: 'payment', created_at: at, status: 'captured' });

let api: RazorpayFakeApi;
let settings: Record<string, string>;
beforeAll(async () => {
  api = await RazorpayFakeApi.start(keys);
  settings = { KEY_ID: keys.keyId, KEY_SECRET: keys.keySecret, API_URL: api.baseUrl };
});
afterAll(() => api.close());

const ask = (path: string, query: Record<string, string> = {}, changes: Record<string, string> = {}) =>
  askRazorpay({ path, query, limits: { timeoutMs: 300, maxBytes: 256 * 1024 } }, { ...settings, ...changes });

describe('asking Razorpay', () => {
  it('brings an object with its exact bytes, whether or not the base names the version', async () => {
    const entity = payment('pay_1', 1_700_000_000);
    api.put(entity);
    const raw = Buffer.from(JSON.stringify(entity));
    for (const API_URL of [api.baseUrl, api.baseUrl.slice(0, -1), api.baseUrl.replace('/v1/', '')])
      expect(await ask('payments/pay_1', {}, { API_URL })).toEqual({ kind: 'json', raw, body: entity });
    expect(objectPath('payments', 'pay_1/../x')).toBe('payments/pay_1%2F..%2Fx');
  });

  it('brings a page of a list, newest first', async () => {
    for (const at of [10, 20, 30, 40]) api.put(payment(`pay_at_${at}`, 1_600_000_000 + at));
    const query = { from: '1600000020', to: '1600000040', count: '2', skip: '1' };
    const page = await ask('payments', query);
    expect(page).toMatchObject({
      body: { entity: 'collection', count: 2, items: [{ id: 'pay_at_30' }, { id: 'pay_at_20' }] },
    });
    expect(await ask('payments', { count: '101' })).toEqual({ kind: 'invalid' });
  });

  it.each([
    ['an unknown id', 'payments/pay_none', {}, { kind: 'invalid' }],
    ['no key', 'payments/pay_1', { KEY_SECRET: '' }, { kind: 'unavailable', reason: 'no key is set' }],
    [
      'a wrong key',
      'payments/pay_1',
      { KEY_SECRET: 'wrong' },
      { kind: 'unavailable', reason: 'the key is not accepted (status 401)' },
    ],
    ['no URL', 'payments/pay_1', { API_URL: 'ftp://x' }, { kind: 'final', reason: 'API URL' }],
  ])('%s', async (_name, path, changes, outcome) => {
    expect(await ask(path, {}, changes)).toEqual(outcome);
  });

  it.each([
    [{ status: 404, body: {} }, { kind: 'missing' }],
    [
      { status: 403, body: {} },
      { kind: 'unavailable', reason: 'the key lacks a permission to read (status 403)' },
    ],
    [
      { status: 503, body: {} },
      { kind: 'retry', reason: 'status 503' },
    ],
    [
      { status: 429, body: {}, headers: { 'retry-after': '7' } },
      { kind: 'retry', reason: 'status 429', retryAfterMs: 7_000 },
    ],
    ['hang', { kind: 'retry', reason: 'timeout' }],
    ['redirect', { kind: 'final', reason: 'redirect' }],
    ['not-json', { kind: 'final', reason: 'not JSON' }],
    ['too-large', { kind: 'final', reason: 'too large' }],
  ] as const)('what it answers with %j', async (fault, outcome) => {
    api.plan('payments/pay_1', fault, 1);
    expect(await ask('payments/pay_1')).toEqual(outcome);
    expect(api.redirectsFollowed).toBe(0);
  });
});
