import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { StripeFakeApi } from '../../src/webhooks/gateways/stripe/stripe-api.simulator.js';
import { ReconciliationSchedule } from '../../src/webhooks/reconciliation/reconciliation-schedule.js';
import { startBuiltService, type BuiltService } from '../support/built-service.js';
import { runProgram } from '../support/run-program.js';
import { API_KEY, SECRETS, startTestApp, until, type Json } from '../support/test-app.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

const KEY = 'rk_test_reconciliation_0123456789';

let database: TestDatabase;
let api: StripeFakeApi;
const services: BuiltService[] = [];
let settings: Record<string, string>;

beforeEach(async () => {
  database = await createTestDatabase();
  api = await StripeFakeApi.start(KEY);
  settings = { STRIPE_SECRET_KEY: KEY, STRIPE_API_URL: api.baseUrl };
});
afterEach(async () => {
  await Promise.all(services.splice(0).map((service) => service.kill()));
  await api.close();
  await database.drop();
});

/** A payment of 10.00 EUR that succeeded an hour ago. */
function putPayment(nth: number): void {
  const created = Math.floor(Date.now() / 1000) - 3_600;
  const shared = { created, livemode: false, amount: 1000, currency: 'eur' };
  api.put({
    ...{ id: `pi_${nth}`, object: 'payment_intent', status: 'succeeded', amount_received: 1000 },
    ...{ ...shared, latest_charge: `ch_${nth}`, metadata: {} },
  });
  api.put({
    ...{ id: `ch_${nth}`, object: 'charge', payment_intent: `pi_${nth}`, status: 'succeeded', paid: true },
    ...{ ...shared, captured: true, amount_captured: 1000, amount_refunded: 0, refunded: false },
  });
}

const boot = async (): Promise<BuiltService> => {
  const service = await startBuiltService({
    DATABASE_URL: database.url,
    WEBHOOK_SECRETS_STRIPE: SECRETS.stripe,
    ...settings,
  });
  services.push(service);
  return service;
};

const start = async ({ url }: Pick<BuiltService, 'url'>): Promise<string> => {
  const response = await fetch(`${url}/reconciliations`, {
    method: 'POST',
    headers: { authorization: `Bearer ${API_KEY}` },
    body: JSON.stringify({ gateway: 'stripe', since: '7d' }),
  });
  expect(response.status).toBe(202);
  return ((await response.json()) as { id: string }).id;
};

describe('a reconciliation', () => {
  it('goes on in another process, behind the last page that was stored, when its process is killed', async () => {
    for (let nth = 0; nth < 150; nth++) putPayment(nth);
    api.fail('hang', { path: 'v1/charges', times: 1 });
    const first = await boot();
    const id = await start(first);
    await until(() => api.countRequests('v1/charges') === 1, 'the list of charges to be asked for');
    await first.kill();
    const second = await boot();
    const run = await until(
      async () => {
        const run = await second.get(`/reconciliations/${id}`);
        return run.status === 'running' ? null : run;
      },
      'the reconciliation to end',
      60_000,
    );
    await second.quiet();
    expect(run).toMatchObject({ status: 'completed', missing: 150, different: 0, problems: 0 });
    expect(api.countRequests('v1/payment_intents')).toBe(2);
    expect((await second.get('/payments?status=succeeded&limit=200')).items).toHaveLength(150);
    expect((await second.get('/deliveries?limit=200')).items).toHaveLength(150);
  });

  it('runs from the command line, with and without the service, and says what it found', async () => {
    putPayment(1);
    const arguments_ = ['--gateway', 'stripe', '--since', '7d'];
    const dry = await runProgram('reconcile', database.url, [...arguments_, '--dry-run'], settings);
    expect([dry.code, dry.lines.join('\n')]).toEqual([
      0,
      expect.stringContaining('missing payment_intents pi_1: '),
    ]);
    expect(dry.errors).toBe('a reconciliation found what was never told\n');
    const real = await runProgram('reconcile', database.url, arguments_, settings);
    expect([real.code, real.lines.join('\n')]).toEqual([0, expect.stringContaining('different, ')]);
    const app = await startTestApp({ databaseUrl: database.url, environment: settings });
    await app.quiet();
    expect((await app.get('/payments')).items).toMatchObject([
      { gatewayPaymentId: 'pi_1', status: 'succeeded' },
    ]);
    await app.close();
    const again = await runProgram('reconcile', database.url, arguments_, settings);
    expect([again.code, again.lines.join('\n')]).toEqual([
      0,
      expect.stringContaining('0 missing, 0 different'),
    ]);
    api.fail('unauthorized');
    const refused = await runProgram('reconcile', database.url, arguments_, settings);
    expect([refused.code, refused.errors]).toEqual([1, expect.stringContaining('failed')]);
    for (const wrong of [
      [],
      ['--gateway', 'stripe', '--since', 'never'],
      ['--gateway', 'standard', '--since', '7d'],
    ])
      expect((await runProgram('reconcile', database.url, wrong, settings)).code).toBe(2);
  });

  it('comes by itself once an interval, and not where it is switched off', async () => {
    putPayment(1);
    const off = await startTestApp({
      databaseUrl: database.url,
      environment: { ...settings, RECONCILE_EVERY: '0' },
    });
    const app = await startTestApp({
      databaseUrl: database.url,
      environment: { ...settings, RECONCILE_EVERY: '1s' },
    });
    // The schedule looks every 30 s; here its looks are made at once.
    const runs = await until(async () => {
      for (const one of [off, app]) one.app.get(ReconciliationSchedule).loop.wake();
      const { items } = await app.get('/reconciliations');
      return items.filter(({ status }: Json) => status === 'completed').length >= 2 ? items : null;
    }, 'two runs');
    await app.quiet();
    const [second, first] = runs.slice(-2);
    expect(first).toMatchObject({ origin: 'schedule', missing: 1, dryRun: false });
    expect(second).toMatchObject({ missing: 0, different: 0 });
    expect(Date.parse(first.until) - Date.parse(first.since)).toBe(72 * 3_600_000);
    expect(Date.parse(second.since)).toBe(Date.parse(first.until) - 72 * 3_600_000);
    await app.close();
    await off.close();
  });
});
