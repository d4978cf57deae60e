import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { cuttableLine, type CuttableLine } from '../support/cuttable-line.js';
import { ask, deliver, type Heard, success } from '../support/requests.js';
import { type Json, startTestApp, type TestApp, until } from '../support/test-app.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

const ID = '01890000-0000-7000-8000-000000000000';

let database: TestDatabase;
let line: CuttableLine;
let app: TestApp;
let routes: [method: string, path: string][] = [];
beforeAll(async () => {
  database = await createTestDatabase();
  line = await cuttableLine(database.url);
  app = await startTestApp({ databaseUrl: line.url });
  await deliver(app, success('stripe'));
  await app.quiet();
  const document: Json = await app.get('/docs-json');
  routes = Object.entries<Json>(document.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method): [string, string] => [
      method.toUpperCase(),
      path.replace('{handler}', 'h').replace(/\{\w+\}/g, ID),
    ]),
  );
  await line.cut();
});
afterAll(async () => {
  await app.close();
  await line.close();
  await database.drop();
});

const BODIES: Readonly<Record<string, string>> = {
  [`/orders/${ID}`]: '{"amount":"1","currency":"USD"}',
  [`/orders/${ID}/settle`]: '{"as":"paid","reason":"by hand"}',
  [`/accounts/${ID}/hold`]: '{"reason":"chargebacks"}',
  '/subscriptions': '{"url":"https://192.88.98.1/hook","topics":["*"]}',
  [`/subscriptions/${ID}`]: '{"ordered":true}',
  [`/subscriptions/${ID}/redeliver`]: '{"failed":true}',
  '/deliveries/replay': '{"gateway":"stripe"}',
  '/handler-runs/replay': '{"status":"dead"}',
  '/customers/erase': '{"customer":"nobody@example.com"}',
};
const request = (method: string, path: string): Promise<Heard> =>
  ask(app, path, { method, ...(method !== 'GET' && { body: BODIES[path] ?? '' }) });

/**
 * Health tells that we are alive, metrics what the process knows; the schemas of events are in the code; webhooks are refused
 * in `webhook-outage`. Without an API key no gateway is asked anything, so what would ask it is 404 first.
 */
const asksTheDatabase = ([method, path]: [method: string, path: string]): boolean =>
  !['/health/live', '/metrics'].includes(path) &&
  !/^\/(?:webhooks|confirmations)\/|^\/events\/schemas/.test(path) &&
  `${method} ${path}` !== 'POST /reconciliations';

describe('while the database is away', () => {
  it('every route that asks it answers 503 and when to come again', async () => {
    expect(routes.length).toBeGreaterThan(10);
    for (const [method, path] of routes.filter(asksTheDatabase)) {
      const heard = await request(method, path);
      expect([method, path, heard.status, heard.json?.status]).toEqual([method, path, 503, 503]);
      expect(Number(heard.headers.get('retry-after'))).toBeGreaterThan(0);
      expect(heard.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    }
  });

  it('metrics tell what the process knows, and leave out what it does not', async () => {
    const { status, text } = await ask(app, '/metrics');
    expect(status).toBe(200);
    expect(text).toMatch(/^payhook_webhooks_received_total\{gateway="stripe"\} \d+$/m);
    expect(text).toMatch(/^payhook_database_reachable 0$/m);
    expect(text).not.toMatch(/^payhook_(pending|stuck|oldest)/m);
  });

  it('and once it is back all is answered again', async () => {
    await line.mend();
    await until(async () => (await request('GET', '/stats')).status === 200, 'the stats');
    expect((await ask(app, '/metrics')).text).toMatch(/^payhook_pending\{work="deliveries"\} 0$/m);
  });
});
