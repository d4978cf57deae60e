import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DataSource } from 'typeorm';
import { RetentionWorker } from '../../src/operations/privacy/retention.js';
import { startPayhook, type TestPayhook } from '../../src/testing/index.js';
import { printer, Receipt, receiptsFeature } from '../extending/receipts.feature.js';
import { toyGateway, toyRequest } from '../extending/toy.gateway.js';
import { createTestDatabase } from '../support/test-database.js';
import { until } from '../support/test-app.js';

const SECRET = 'toy-secret-0123456789-0123456789-0123456789';
const DAY_MS = 24 * 3_600_000;

const opened: (() => Promise<unknown>)[] = [];
beforeEach(() => void (printer.isPrinting = true));
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
});

let databaseUrl: string;
beforeEach(async () => {
  const database = await createTestDatabase();
  databaseUrl = database.url;
  opened.push(() => database.drop());
});

async function start(features = [receiptsFeature]): Promise<TestPayhook> {
  const settings = { WEBHOOK_SECRETS_TOY: SECRET };
  const payhook = await startPayhook({ gateways: [toyGateway], features, databaseUrl, settings });
  opened.push(() => payhook.close());
  return payhook;
}

async function pay(payhook: TestPayhook, nth: number): Promise<void> {
  const event = {
    payment: `toy_${nth}`,
    order: `T-${nth}`,
    happened: 'paid',
    at: new Date(Date.now() - 60_000).toISOString(),
    cents: '1250',
    buyer: `buyer-${nth}@example.com`,
  };
  await fetch(`${payhook.url}/webhooks/toy`, toyRequest(SECRET, { batch: `b_${nth}`, events: [event] }));
}

const receiptsOf = (payhook: TestPayhook): Promise<Receipt[]> =>
  payhook.provider(DataSource).getRepository(Receipt).find();

describe('a feature from outside', () => {
  it('has its table, its handler, its job and its numbers in /stats and /metrics', async () => {
    printer.isPrinting = false;
    const payhook = await start();
    await pay(payhook, 1);
    await until(async () => (await receiptsOf(payhook)).length === 1, 'the receipt');
    expect(await payhook.get('/stats')).toMatchObject({
      receipts: { pending: 1, scheduled: 0, dead: 0 },
      quiet: false,
    });
    printer.isPrinting = true;
    await payhook.quiet();
    expect(await receiptsOf(payhook)).toMatchObject([{ printed: true, holder: 'somebody' }]);
    expect(await payhook.get('/stats')).toMatchObject({ receipts: { pending: 0 } });
    expect(await payhook.get('/health/ready')).toMatchObject({ worker: 'up' });
  });

  it('clears a person when one is erased, and in time', async () => {
    const payhook = await start();
    for (const nth of [1, 2]) await pay(payhook, nth);
    await until(async () => (await receiptsOf(payhook)).length === 2, 'the receipts');
    await payhook.quiet();
    const erased = await payhook.post('/customers/erase', {
      body: JSON.stringify({ customer: 'buyer-1@example.com' }),
      headers: { 'content-type': 'application/json' },
    });
    expect(await erased.json()).toMatchObject({ payments: 1, notifications: 0, receipts: 1 });
    const holders = async (): Promise<unknown[]> =>
      (await receiptsOf(payhook)).map(({ holder }) => holder).sort();
    expect(await holders()).toEqual([null, 'somebody']);
    const worker = payhook.provider(RetentionWorker);
    while ((await worker.step(new Date(Date.now() + 91 * DAY_MS))) > 0);
    expect(await holders()).toEqual([null, null]);
  });

  it('takes in what was paid before it was added, once', async () => {
    const before = await start([]);
    for (const nth of [1, 2, 3]) await pay(before, nth);
    await before.quiet();
    await opened.pop()?.();
    for (const _time of ['first', 'again']) {
      const payhook = await start();
      await until(
        async () => !('catchingUp' in (await payhook.get<object>('/stats'))),
        'the feature to catch up',
      );
      await payhook.quiet();
      expect((await receiptsOf(payhook)).map(({ printed }) => printed)).toEqual([true, true, true]);
      await opened.pop()?.();
    }
  });

  it('takes in what was paid while it was switched off', async () => {
    for (const [nth, features] of [[receiptsFeature], [], [receiptsFeature]].entries()) {
      const payhook = await start(features);
      await pay(payhook, nth);
      await payhook.quiet();
      if (nth === 2) {
        await until(async () => (await receiptsOf(payhook)).length === 3, 'the receipts of all three');
        await payhook.quiet();
        expect((await receiptsOf(payhook)).map(({ printed }) => printed)).toEqual([true, true, true]);
      } else if (features.length > 0)
        await until(
          async () => !('catchingUp' in (await payhook.get<object>('/stats'))),
          'the feature to catch up',
        );
      await opened.pop()?.();
    }
  });
});
