import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startBuiltService, type BuiltService } from '../support/built-service.js';
import { MailCatcher } from '../support/mail-catcher.js';
import { ask, deliver, signed, standardBody, success } from '../support/requests.js';
import { API_KEY, type Json, SECRETS, until } from '../support/test-app.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

let mail: MailCatcher;
let database: TestDatabase;
const running: BuiltService[] = [];

beforeAll(async () => {
  mail = await MailCatcher.start();
});
beforeEach(async () => {
  database = await createTestDatabase();
});
afterEach(async () => {
  for (const service of running.splice(0)) await service.kill();
  await database.drop();
});
afterAll(() => mail.stop());

async function start(role: string, more: Record<string, string> = {}): Promise<BuiltService> {
  const service = await startBuiltService({
    ROLE: role,
    DATABASE_URL: database.url,
    WEBHOOK_SECRETS_STANDARD: SECRETS.standard,
    ALERT_SETTLE_SECONDS: '0',
    SMTP_URL: mail.url,
    MAIL_FROM: 'Shop <pay@shop.example>',
    ...more,
  });
  running.push(service);
  return service;
}

const failure = (email: string) =>
  signed('standard', standardBody({ status: 'failed', customer: { id: email, email } }));

const asked = (service: BuiltService, path: string, init: RequestInit = {}) =>
  ask(service as never, path, init);
const stats = (service: BuiltService): Promise<Json> => service.get('/stats');
const untilReady = (service: BuiltService) =>
  until(async () => (await asked(service, '/health/ready')).status === 200, 'the process to be ready');
const startLines = (service: BuiltService): Json[] =>
  service.said.filter((line) => line.includes('Payhook has started')).map((line) => JSON.parse(line));

describe('an intake beside a worker', () => {
  it('acknowledges a failed payment, whose mail the worker sends', async () => {
    const [intake, worker] = await Promise.all([start('intake'), start('worker')]);
    expect((await deliver(intake, failure('split@example.com'))).json.status).toBe('accepted');
    await intake.quiet();
    expect(mail.sentTo('split@example.com')).toHaveLength(1);
    expect(startLines(intake)).toMatchObject([{ role: 'intake' }]);
    expect(startLines(worker)).toMatchObject([{ role: 'worker' }]);
    for (const service of [intake, worker]) {
      await service.stop();
      expect(service.said.filter((line) => line.includes('Payhook has stopped'))).toHaveLength(1);
      expect(service.said.filter((line) => /^\{"level":"(?:error|fatal)"/.test(line))).toEqual([]);
    }
  });

  it('leaves to the worker what an operator has replayed', async () => {
    const [intake, worker] = await Promise.all([start('intake'), start('worker')]);
    const { id } = (await deliver(intake, success('standard'))).json as { id: string };
    await intake.quiet();
    await worker.kill();
    expect((await asked(intake, `/deliveries/${id}/replay`, { method: 'POST' })).status).toBe(202);
    expect(await intake.get(`/deliveries/${id}`)).toMatchObject({ status: 'pending' });
    await start('worker');
    await intake.quiet();
    expect(await intake.get(`/deliveries/${id}`)).toMatchObject({ status: 'processed' });
  });

  it.each(['', '2'])('goes on where a killed worker stopped (WORKERS=%s)', async (workers) => {
    const intake = await start('intake', { WORKERS: workers });
    const first = await start('worker', { WORKERS: workers });
    expect((await deliver(intake, failure('before@example.com'))).status).toBe(200);
    await intake.quiet();
    await first.kill();
    for (let n = 0; n < 10; n++) expect((await deliver(intake, success('standard'))).status).toBe(200);
    expect((await stats(intake)).deliveries).toMatchObject({ pending: 10 });
    await start('worker', { WORKERS: workers });
    await intake.quiet();
    expect((await stats(intake)).deliveries).toMatchObject({ pending: 0, processed: 11 });
  });

  it('is one service with further processes of both roles', async () => {
    const [one, other] = await Promise.all([
      start('intake'),
      start('intake'),
      start('worker'),
      start('worker'),
    ]);
    const payment = failure('once@example.com');
    const heard = await Promise.all(
      Array.from({ length: 20 }, (_, n) => deliver(n % 2 === 0 ? one : other, payment)),
    );
    const statuses = heard.map(({ json }) => (json as { status: string }).status);
    expect(statuses.filter((status) => status === 'accepted')).toHaveLength(1);
    for (let n = 0; n < 10; n++) await deliver(n % 2 === 0 ? one : other, success('standard'));
    await other.quiet();
    expect(await stats(one)).toEqual(await stats(other));
    expect((await stats(one)).deliveries).toMatchObject({ processed: 11 });
    expect(mail.sentTo('once@example.com')).toHaveLength(1);
  });
});

describe('an intake', () => {
  it('alone is ready and acknowledges, and shows what waits', async () => {
    const intake = await start('intake');
    await untilReady(intake);
    expect((await asked(intake, '/health/ready')).json).toEqual({
      status: 'up',
      database: 'up',
      migrations: 'up',
      storage: 'up',
    });
    expect((await deliver(intake, failure('later@example.com'))).status).toBe(200);
    expect(await stats(intake)).toMatchObject({ deliveries: { pending: 1 }, quiet: false });
    expect(mail.sentTo('later@example.com')).toEqual([]);
    const metrics = (await asked(intake, '/metrics')).text;
    expect(metrics).toMatch(/^payhook_pending\{work="deliveries"\} 1$/m);
    expect(metrics).toMatch(/^payhook_webhooks_received_total\{gateway="standard"\} 1$/m);
  });
});

describe('a worker', () => {
  let worker: BuiltService;
  beforeEach(async () => {
    worker = await start('worker');
  });

  it('is ready when it can work', async () => {
    await untilReady(worker);
    expect((await asked(worker, '/health/ready')).json).toEqual({
      status: 'up',
      database: 'up',
      migrations: 'up',
      worker: 'up',
    });
    expect((await asked(worker, '/health/live')).status).toBe(200);
    expect((await asked(worker, '/metrics')).text).toMatch(/^payhook_database_reachable 1$/m);
    expect((await fetch(`${worker.url}/metrics`)).status).toBe(401);
  });

  it('has no other path', async () => {
    const unknown = (await asked(worker, '/no-such-path')).json;
    const routes = [
      ...[
        'GET /payments',
        'GET /deliveries',
        'POST /deliveries/replay',
        'GET /notifications',
        'GET /refusals',
      ],
      ...['GET /secrets', 'GET /stats', 'GET /docs-json', 'GET /handler-runs', 'POST /customers/erase'],
      ...['POST /webhooks/standard', 'GET /webhooks/standard', 'POST /Webhooks//standard/'],
    ];
    for (const route of routes) {
      const [method = '', path = ''] = route.split(' ');
      const { status, json } = await asked(worker, path, { method });
      expect({ route, status, json }).toEqual({ route, status: 404, json: unknown });
    }
  });
});

describe('a role that cannot be', () => {
  const refusal = (environment: Record<string, string>): Promise<string> =>
    startBuiltService(environment).then(
      async (service) => {
        await service.kill();
        return 'it started';
      },
      (error: Error) => error.message,
    );

  it('is a fault in the configuration', async () => {
    expect(await refusal({ ROLE: 'intakes', DATABASE_URL: database.url })).toMatch(
      /One fault in the configuration:\n {2}- ROLE must be one of all, intake, worker$/m,
    );
  });

  it.each(['intake', 'worker'])('is %s on the embedded PostgreSQL', async (role) => {
    for (const workers of ['1', '2'])
      expect(await refusal({ ROLE: role, WORKERS: workers, API_KEYS: `ops:${API_KEY}` })).toMatch(
        /One fault in the configuration:\n {2}- ROLE must be all where DATABASE_URL is not set: /,
      );
  });
});
