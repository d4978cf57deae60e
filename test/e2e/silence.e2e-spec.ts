import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { StripeFakeApi } from '../../src/webhooks/gateways/stripe/stripe-api.simulator.js';
import { sql } from '../support/every-value.js';
import { MailCatcher } from '../support/mail-catcher.js';
import { ask, deliver, freshId, signed, story, signedStep, success } from '../support/requests.js';
import { startTestApp, type Json, type TestApp, until } from '../support/test-app.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

const OPERATOR = 'ops@shop.example';
/** 0.0005 h are 1.8 s: the job then looks every second. */
const environment = (mails: MailCatcher): Record<string, string> => ({
  SMTP_URL: mails.url,
  OPERATOR_MAIL: OPERATOR,
  SILENCE_AFTER_HOURS: '0.0005',
});

const gatewayOf = async (app: TestApp, gateway: string): Promise<Json> =>
  (await app.get('/gateways')).items.find((row: Json) => row.gateway === gateway);
const silentOf = async (app: TestApp): Promise<string[]> =>
  (await app.get('/stats')).silent.map(({ gateway }: Json) => gateway);

describe('a gateway that falls silent', () => {
  let mails: MailCatcher;
  let database: TestDatabase;
  let app: TestApp;
  beforeAll(async () => {
    mails = await MailCatcher.start();
    database = await createTestDatabase();
    app = await startTestApp({ environment: environment(mails), databaseUrl: database.url });
  });
  afterAll(async () => {
    await app.close();
    await mails.stop();
    await database.drop();
  });

  it('is shown, and its operator is mailed once, with the refusals since', async () => {
    await deliver(app, success('standard'));
    await deliver(
      app,
      signed('standard', {}, { secret: 'whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=' }),
    );
    await until(async () => (await silentOf(app)).includes('standard'), 'standard to be silent');
    const row = await gatewayOf(app, 'standard');
    expect(row.silentSince).toBe(row.lastEventAt);
    await until(() => mails.mails.length > 0, 'the mail');
    const [{ to, mail }] = mails.mails as [{ to: string[]; mail: Json }];
    expect(to).toEqual([OPERATOR]);
    expect(mail.subject).toBe('Payhook hears nothing from standard');
    expect(mail.text).toContain(
      '1 request since then had a signature that none of the configured secrets matches',
    );
    expect(mail.html).toContain('none of the configured secrets matches');
    const metrics = await ask(app, '/metrics');
    expect(metrics.text).toMatch(
      /payhook_gateway_last_event_timestamp_seconds\{gateway="standard",account="default"\} \d{10}/,
    );
  });

  it('is mailed about once, over a second process and a restart', async () => {
    const second = await startTestApp({ environment: environment(mails), databaseUrl: database.url });
    await app.close();
    app = await startTestApp({ environment: environment(mails), databaseUrl: database.url });
    await second.close();
    await until(async () => (await silentOf(app)).includes('standard'), 'it to be silent still');
    const notices = await sql(database.url, `SELECT key FROM operator_notices`);
    expect(notices).toHaveLength(1);
  });

  it('is heard again with the next event, at once, and another silence is another mail', async () => {
    await deliver(app, success('standard'));
    expect(await silentOf(app)).not.toContain('standard');
    expect((await gatewayOf(app, 'standard')).silentSince).toBeNull();
    await until(() => mails.mails.length === 2, 'the second mail');
  });

  it('is mailed 20 times in 24 hours at most, and what is not sent says why', async () => {
    const row = (key: string, status: string, sentAt: string): string =>
      `(gen_random_uuid(), '${key}', '{"subject":"s","paragraphs":[],"points":[]}', '${status}', 0, now(), now(), ${sentAt})`;
    const sent = Array.from({ length: 20 }, (_, at) => row(`sent ${at}`, 'sent', 'now()'));
    await sql(
      database.url,
      `INSERT INTO operator_notices (id, key, content, status, attempts, due_at, created_at, sent_at)
       VALUES ${[...sent, row('one more', 'pending', 'NULL')].join(', ')}`,
    );
    const ended = (): Promise<object[]> =>
      sql(
        database.url,
        `SELECT reason FROM operator_notices WHERE key = 'one more' AND status = 'suppressed'`,
      );
    await until(async () => (await ended()).length > 0, 'the notice to end');
    expect(await ended()).toEqual([{ reason: 'daily_limit' }]);
    expect(mails.mails.map(({ mail }) => mail.subject)).not.toContain('s');
  });

  it('a gateway that never sent anything is not silent, and neither is one that only tested', async () => {
    const body = {
      id: 'evt_00000000000000',
      object: 'event',
      type: 'charge.failed',
      created: 1,
      data: { object: {} },
    };
    expect((await deliver(app, signed('stripe', body))).json.status).toBe('ignored');
    expect(await gatewayOf(app, 'stripe')).toMatchObject({ lastEventAt: null, silentSince: null });
    expect((await gatewayOf(app, 'stripe')).secrets[0].lastMatchedAt).toMatch(/^\d{4}-/);
    expect(await gatewayOf(app, 'razorpay')).toMatchObject({ lastEventAt: null, silentSince: null });
    expect(await silentOf(app)).not.toContain('stripe');
  });
});

describe('a row of /gateways', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startTestApp({
      environment: { WEBHOOK_SECRETS_STRIPE__SHOP2: 'whsec_shop2_0123456789abcdef' },
    });
  });
  afterAll(() => app.close());

  it('says where the gateway must call, and never a token', async () => {
    const { items } = await app.get('/gateways');
    const urls = Object.fromEntries(
      items.map(({ gateway, account, url }: Json) => [`${gateway} ${account}`, url]),
    );
    expect(urls).toEqual({
      'stripe default': '/webhooks/stripe',
      'stripe shop2': '/webhooks/stripe/shop2',
      'razorpay default': '/webhooks/razorpay',
      'standard default': '/webhooks/standard',
      'ippopay default': '/webhooks/ippopay/***',
    });
    expect(items.every(({ endpoint }: Json) => endpoint === null)).toBe(true);
  });

  it('says what came, when, and how long after it occurred', async () => {
    const [event] = story('stripe', 'success');
    if (!event) throw new Error('a story has a step');
    await deliver(app, signedStep('stripe', event));
    const thin = {
      id: freshId('evt'),
      object: 'v2.core.event',
      type: 'v1.charge.failed',
      created: '2026-01-01',
    };
    await deliver(app, signed('stripe', thin));
    await app.quiet();
    const row = await gatewayOf(app, 'stripe');
    expect(row.subscribeTo).toContain('refund.failed');
    expect(row.seenTypes).toEqual(['payment_intent.created', 'charge.failed']);
    expect(Date.now() - Date.parse(row.lastEventAt)).toBeLessThan(60_000);
    // The story is an hour old.
    expect(row.lagSeconds).toBeGreaterThan(3_000);
    expect(row.secrets).toEqual([
      { position: 0, mark: expect.any(String), lastMatchedAt: expect.stringMatching(/^\d{4}-/) },
    ]);
  });
});

describe('with a key of Stripe', () => {
  const KEY = 'rk_test_0123456789';
  let api: StripeFakeApi;
  let app: TestApp;
  beforeAll(async () => {
    api = await StripeFakeApi.start(KEY);
    api.put({
      ...{ id: 'we_1', object: 'webhook_endpoint', status: 'disabled', enabled_events: ['charge.failed'] },
      ...{ url: 'https://pay.shop.example/webhooks/stripe' },
    });
  });
  afterEach(() => app.close());
  afterAll(() => api.close());

  const start = (): Promise<TestApp> =>
    startTestApp({ environment: { STRIPE_SECRET_KEY: KEY, STRIPE_API_URL: api.baseUrl } });

  it('says whether the endpoint is enabled, and what it misses', async () => {
    app = await start();
    const { endpoint, subscribeTo } = await gatewayOf(app, 'stripe');
    expect(endpoint.enabled).toBe(false);
    expect(endpoint.missingEvents).toEqual(subscribeTo.filter((type: string) => type !== 'charge.failed'));
    const asked = api.requests.length;
    await gatewayOf(app, 'stripe');
    expect(api.requests).toHaveLength(asked);
  });

  it('says nothing where Stripe does not answer, and does not keep anybody waiting', async () => {
    api.fail('hang');
    app = await start();
    expect((await gatewayOf(app, 'stripe')).endpoint).toBeNull();
    api.recover();
  });
});
