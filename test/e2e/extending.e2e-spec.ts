import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { Test } from '@nestjs/testing';
import { AppModule } from '../../src/app.module.js';
import { APP_OPTIONS, createHttpAdapter, configureApp } from '../../src/app/configure-app.js';
import { ENV } from '../../src/platform/config/config.module.js';
import { readEnv } from '../../src/platform/config/read-env.js';
import { CHANNELS } from '../../src/notifications/channels/channel.js';
import { Notification } from '../../src/notifications/notification.entity.js';
import { DataSource } from 'typeorm';
import { PaymentsRebuild } from '../../src/payments/index.js';
import { StoredReportSource } from '../../src/webhooks/replay/stored-report-source.js';
import { gateways } from '../../src/webhooks/gateways/index.js';
import { PigeonChannel } from '../extending/pigeon.channel.js';
import { ShipOrderOnPaymentSucceededHandler } from '../extending/ship-order-on-payment-succeeded.handler.js';
import { toyGateway, toyRequest } from '../extending/toy.gateway.js';
import { ToyModule } from '../extending/toy.module.js';
import { StandardSender } from '../support/standard-sender.js';
import { createTestDatabase } from '../support/test-database.js';
import { SECRETS, startTestApp, until, type TestApp } from '../support/test-app.js';

const opened: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
});

describe('a gateway of one’s own: one folder, and one line in the list', () => {
  const SECRET = 'toy-secret-0123456789-0123456789-0123456789';
  const at = new Date(Date.now() - 60_000).toISOString();
  const event = (nth: number, happened: string): object => ({
    payment: `toy_${nth}`,
    order: `T-${nth}`,
    happened,
    at,
    cents: '1250',
    buyer: `buyer-${nth}@example.com`,
  });

  async function boot(): Promise<TestApp> {
    const app = await startTestApp({
      gateways: [...gateways, toyGateway],
      environment: { WEBHOOK_SECRETS_TOY: SECRET, WEBHOOK_SECRETS_TOY__EU: `${SECRET}-eu` },
    });
    opened.push(() => app.close());
    return app;
  }

  it('is verified, acknowledged in its own words, and each event of a batch reaches its payment', async () => {
    const app = await boot();
    const batch = { batch: 'b_1', events: [event(1, 'paid'), event(2, 'declined'), event(3, 'paid')] };
    for (const _time of ['first', 'again']) {
      const answer = await fetch(`${app.url}/webhooks/toy`, toyRequest(SECRET, batch));
      expect([answer.status, await answer.text()]).toEqual([200, '[toys received]']);
      expect(answer.headers.get('content-type')).toMatch(/^text\/plain/);
    }
    await app.quiet();
    const { items } = await app.get<{ items: Record<string, unknown>[] }>('/payments?gateway=toy');
    const seen = items.map(({ gatewayPaymentId, state, amount, currency }) => [
      gatewayPaymentId,
      state,
      amount,
      currency,
    ]);
    expect(seen.sort()).toEqual([
      ['toy_1', 'succeeded', '1250', 'EUR'],
      ['toy_2', 'failed', '1250', 'EUR'],
      ['toy_3', 'succeeded', '1250', 'EUR'],
    ]);
    expect(await app.get('/stats')).toMatchObject({
      deliveries: { processed: 1 },
      notifications: { suppressed: 1 },
    });
  });

  it('several events of one payment in one batch all count', async () => {
    const app = await boot();
    const later = new Date(Date.now() - 30_000).toISOString();
    const batch = { batch: 'b_2', events: [event(1, 'declined'), { ...event(1, 'paid'), at: later }] };
    await fetch(`${app.url}/webhooks/toy`, toyRequest(SECRET, batch));
    await app.quiet();
    const { items } = await app.get<{ items: { id: string }[] }>('/payments?gateway=toy');
    expect(await app.get(`/payments/${items[0]?.id}`)).toMatchObject({
      state: 'succeeded',
      timeline: [{ kind: 'failed' }, { kind: 'succeeded' }],
    });
  });

  it('has accounts, refusals and parking like the others, without a line of its own for them', async () => {
    const app = await boot();
    const good = { batch: 'b_3', events: [event(4, 'paid')] };
    const post = (path: string, request: RequestInit): Promise<Response> =>
      fetch(`${app.url}/webhooks/${path}`, request);
    expect((await post('toy', toyRequest('somebody else', good))).status).toBe(401);
    expect((await post('toy/eu', toyRequest(SECRET, good))).status).toBe(401);
    expect((await post('toy/eu', toyRequest(`${SECRET}-eu`, good))).status).toBe(200);
    expect((await post('toy/asia', toyRequest(SECRET, good))).status).toBe(404);

    const bad = { batch: 'b_4', events: [event(5, 'paid'), { ...event(6, 'paid'), cents: '12.50' }] };
    await post('toy', toyRequest(SECRET, bad));
    await app.quiet();
    expect(await app.get('/deliveries?status=parked')).toMatchObject({
      items: [{ gateway: 'toy', partial: true, errors: [{ path: 'events.1.cents' }] }],
    });
    const { items } = await app.get<{ items: object[] }>('/payments?gateway=toy&account=default');
    expect(items).toMatchObject([{ gatewayPaymentId: 'toy_5', state: 'succeeded' }]);
    expect(await app.get('/stats')).toMatchObject({
      refused: { toy: { no_secret_matches: 2, unknown_account: 1 } },
    });
  });
});

describe('a body with several events, some of them faulty', () => {
  const SECRET = 'toy-secret-0123456789-0123456789-0123456789';
  const event = (payment: string, changes: object = {}): object => ({
    payment,
    order: 'T-1',
    happened: 'paid',
    at: new Date(Date.now() - 60_000).toISOString(),
    cents: '1250',
    buyer: 'buyer@example.com',
    ...changes,
  });

  async function boot(): Promise<TestApp> {
    const app = await startTestApp({
      gateways: [...gateways, toyGateway],
      environment: { WEBHOOK_SECRETS_TOY: SECRET },
    });
    opened.push(() => app.close());
    return app;
  }

  it('the good ones count; replayed and rebuilt, they stay what they are', async () => {
    const app = await boot();
    const batch = {
      batch: 'b_1',
      events: [event('x_0', { cents: 'x' }), event('x_1'), event('x_2', { at: 1 }), event('x_3')],
    };
    await fetch(`${app.url}/webhooks/toy`, toyRequest(SECRET, batch));
    const seen = async (): Promise<unknown> => {
      await app.quiet();
      const { items } = await app.get<{ items: { gatewayPaymentId: string }[] }>('/payments?gateway=toy');
      return items.map(({ gatewayPaymentId }) => gatewayPaymentId).sort();
    };
    expect(await seen()).toEqual(['x_1', 'x_3']);
    const parked = (await app.get<{ items: { id: string }[] }>('/deliveries?status=parked')).items[0];
    expect(parked).toMatchObject({
      partial: true,
      moreErrors: 0,
      errors: [{ path: 'events.0.cents' }, { path: 'events.2.at' }],
    });
    expect((await app.post(`/deliveries/${parked?.id}/replay`)).status).toBe(202);
    expect(await seen()).toEqual(['x_1', 'x_3']);
    expect(await app.get(`/deliveries/${parked?.id}`)).toMatchObject({ status: 'parked', partial: true });
    const reports = `SELECT key, count(*)::integer FROM payment_reports GROUP BY key ORDER BY key`;
    expect(await app.app.get(DataSource).query(reports)).toEqual([
      { key: 'b_1#1', count: 1 },
      { key: 'b_1#3', count: 1 },
    ]);
    const rebuild = app.app.get(PaymentsRebuild, { strict: false });
    const sources = app.app.get(StoredReportSource, { strict: false });
    expect(await rebuild.run(sources, true, () => {})).toMatchObject({ payments: 2, differing: 0 });
  });

  it('at most 100 faults are kept and shown, and how many more there are', async () => {
    const app = await boot();
    const events = [event('y'), ...Array.from({ length: 3_000 }, () => ({}))];
    await fetch(`${app.url}/webhooks/toy`, toyRequest(SECRET, { batch: 'b_2', events }));
    await app.quiet();
    const { items } = await app.get<{ items: { errors: object[]; moreErrors: number }[] }>('/deliveries');
    expect(items[0]?.errors).toHaveLength(100);
    expect(items[0]?.moreErrors).toBe(3_000 * 6 - 100);
    expect(items[0]).toMatchObject({ status: 'parked', partial: true });
  });
});

describe('a handler of one’s own: one class, and one line in a module', () => {
  it('hears of what it asked for, once', async () => {
    const app = await startTestApp({ imports: [ToyModule] });
    opened.push(() => app.close());
    const shop = new StandardSender(app.url);
    await shop.tell('completed', { payment: 'good', order: 'H-1' });
    await shop.tell('failed', { payment: 'bad', order: 'H-2' });
    await app.quiet();
    expect([...app.app.get(ShipOrderOnPaymentSucceededHandler, { strict: false }).shipped]).toEqual(['H-1']);
    const owed = `SELECT status, attempts FROM handler_runs WHERE handler = 'ship-order-on-payment-succeeded'`;
    expect(await app.app.get(DataSource).query(owed)).toEqual([]);
  });
});

describe('a channel of one’s own: one class, provided as one of CHANNELS', () => {
  it('is handed every message, under the notification’s id', async () => {
    const pigeon = new PigeonChannel();
    const { url, app } = await bootWithChannel(pigeon);
    await new StandardSender(url).tell('failed', { payment: 'flown', order: 'P-1' });
    const notifications = app.get(DataSource).getRepository(Notification);
    const sent = await until(() => notifications.findOneBy({ status: 'sent' }), 'the pigeon to fly');
    expect(sent).toMatchObject({ channel: 'pigeon', reference: 'ring-1', recipient: 'flown@example.com' });
    expect(pigeon.carried).toMatchObject([
      {
        id: sent?.id,
        to: 'flown@example.com',
        rendered: { subject: 'Your payment for order P-1 did not go through' },
      },
    ]);
  });
});

/** The application that ships, but for the one line that names the channel. */
async function bootWithChannel(
  channel: PigeonChannel,
): Promise<{ url: string; app: NestExpressApplication }> {
  const database = await createTestDatabase();
  const environment = {
    DATABASE_URL: database.url,
    WEBHOOK_SECRETS_STANDARD: SECRETS.standard,
    ALERT_SETTLE_SECONDS: '0',
  };
  const module = await Test.createTestingModule({ imports: [AppModule] })
    .overrideProvider(ENV)
    .useValue(readEnv({ environment }, gateways))
    .overrideProvider(CHANNELS)
    .useValue([channel])
    .compile();
  const app = module.createNestApplication<NestExpressApplication>(createHttpAdapter(), {
    ...APP_OPTIONS,
    logger: false,
  });
  configureApp(app);
  await app.listen(0, '127.0.0.1');
  opened.push(async () => {
    await app.close();
    await database.drop();
  });
  return { url: `http://127.0.0.1:${(app.getHttpServer().address() as AddressInfo).port}`, app };
}
