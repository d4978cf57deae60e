import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { StripeFakeApi } from './stripe-api.simulator.js';
import { askStripeEndpoint } from './stripe.endpoints.js';
import { STRIPE_SUBSCRIBE_TO } from './stripe.subscriptions.js';

const KEY = 'rk_test_0123456789';
const PATH = '/webhooks/stripe';

let api: StripeFakeApi;
beforeEach(async () => {
  api = await StripeFakeApi.start(KEY);
});
afterEach(() => api.close());

const ask = (path = PATH, key = KEY) => askStripeEndpoint(path, { SECRET_KEY: key, API_URL: api.baseUrl });

const endpoint = (id: string, url: string, changes: object = {}): void =>
  api.put({
    ...{ id, object: 'webhook_endpoint', url, status: 'enabled', enabled_events: STRIPE_SUBSCRIBE_TO },
    ...changes,
  });
const destination = (id: string, url: string | null, changes: object = {}): void =>
  api.put({
    ...{ id, object: 'v2.core.event_destination', status: 'enabled', enabled_events: [] },
    ...{ type: 'webhook_endpoint', webhook_endpoint: url === null ? null : { url } },
    ...changes,
  });

describe('what Stripe says of our endpoint', () => {
  it('enabled, with all events', async () => {
    endpoint('we_1', 'https://pay.shop.example/webhooks/stripe');
    expect(await ask()).toEqual({ kind: 'answer', enabled: true, missingEvents: [] });
    expect(Object.fromEntries(api.requests.find(({ path }) => path.startsWith('v2/'))?.query ?? [])).toEqual({
      limit: '100',
      'include[0]': 'webhook_endpoint.url',
    });
  });

  it.each([
    ['https://pay.shop.example/payhook/webhooks/stripe', true],
    ['https://pay.shop.example/Webhooks//Stripe/', true],
    ['https://pay.shop.example/webhooks/stripe/default', true],
    ['https://pay.shop.example/webhooks/stripe?a=b', true],
    ['https://pay.shop.example/webhooks/stripe/shop2', false],
    ['https://pay.shop.example/otherwebhooks/stripe', false],
    ['https://other.example/', false],
    ['not a URL', false],
  ])('%s is ours: %s', async (url, isOurs) => {
    endpoint('we_1', url);
    expect((await ask()).kind).toBe(isOurs ? 'answer' : 'unknown');
  });

  it('disabled, and what it misses', async () => {
    endpoint('we_1', 'https://a.example/webhooks/stripe', {
      status: 'disabled',
      enabled_events: STRIPE_SUBSCRIBE_TO.filter((type) => !type.startsWith('refund.')),
    });
    expect(await ask()).toEqual({
      kind: 'answer',
      enabled: false,
      missingEvents: ['refund.created', 'refund.updated', 'refund.failed'],
    });
  });

  it('a wildcard misses nothing; an account has an endpoint of its own', async () => {
    endpoint('we_1', 'https://a.example/webhooks/stripe/shop2', { enabled_events: ['*'] });
    expect(await ask('/webhooks/stripe/shop2')).toEqual({ kind: 'answer', enabled: true, missingEvents: [] });
  });

  it('thin events of a destination and snapshots of an endpoint add up; a disabled one adds nothing', async () => {
    const half = STRIPE_SUBSCRIBE_TO.length / 2;
    endpoint('we_1', 'https://a.example/webhooks/stripe', {
      enabled_events: STRIPE_SUBSCRIBE_TO.slice(0, half),
    });
    endpoint('we_2', 'https://b.example/webhooks/stripe', { status: 'disabled', enabled_events: ['*'] });
    destination('ed_1', 'https://a.example/webhooks/stripe', {
      enabled_events: STRIPE_SUBSCRIBE_TO.slice(half + 1).map((type) => `v1.${type}`),
    });
    destination('ed_2', null, { type: 'amazon_eventbridge', enabled_events: ['*'] });
    expect(await ask()).toEqual({
      kind: 'answer',
      enabled: true,
      missingEvents: [STRIPE_SUBSCRIBE_TO[half]],
    });
  });

  it('one list that is not permitted leaves the other one', async () => {
    destination('ed_1', 'https://a.example/webhooks/stripe', { enabled_events: ['*'] });
    api.fail('forbidden', { path: 'webhook_endpoints' });
    expect(await ask()).toEqual({ kind: 'answer', enabled: true, missingEvents: [] });
  });

  it.each([
    'unauthorized',
    'forbidden',
    'missing',
    'rate-limited',
    'server-error',
    'redirect',
    'not-json',
  ] as const)('%s: nothing is known', async (fault) => {
    endpoint('we_1', 'https://a.example/webhooks/stripe');
    api.fail(fault);
    expect((await ask()).kind).toBe('unknown');
    expect(api.redirectsFollowed).toBe(0);
  });

  it('without a key nobody is asked', async () => {
    expect(await ask(PATH, '')).toMatchObject({ kind: 'unknown' });
    expect(api.requests).toEqual([]);
  });
});
