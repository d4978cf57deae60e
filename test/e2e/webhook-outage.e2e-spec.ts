import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type StoryEvent } from '../../src/simulator/gateway-simulator.js';
import { cuttableLine, type CuttableLine } from '../support/cuttable-line.js';
import { ask, deliver, paymentOf, refusedBy, signedStep, story, success } from '../support/requests.js';
import { startTestApp, type TestApp, until } from '../support/test-app.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

let database: TestDatabase;
let line: CuttableLine;
let app: TestApp;
beforeAll(async () => {
  database = await createTestDatabase();
  line = await cuttableLine(database.url);
  app = await startTestApp({ databaseUrl: line.url });
});
afterAll(async () => {
  await app.close();
  await line.close();
  await database.drop();
});

describe('pain 9: while the database is away', () => {
  it('answers 503 with Retry-After and stores all of it once the line is mended, without a restart', async () => {
    const before = await deliver(app, success('stripe'));
    expect(before.json.status).toBe('accepted');

    await line.cut();
    const told = story('stripe', 'success').at(-1) as StoryEvent;
    const request = signedStep('stripe', told);
    const away = await Promise.all(Array.from({ length: 5 }, () => deliver(app, request)));
    for (const heard of away) {
      expect(heard.status).toBe(503);
      expect(heard.headers.get('content-type')).toMatch(/^application\/problem\+json/);
      expect(Number(heard.headers.get('retry-after'))).toBeGreaterThan(0);
    }
    // Who they are is told without the database.
    expect((await deliver(app, success('stripe', { secret: 'whsec_another' }))).status).toBe(401);
    expect((await ask(app, '/health/live', {}, null)).status).toBe(200);
    expect((await ask(app, '/health/ready', {}, null)).status).toBe(503);
    expect((await ask(app, '/payments')).status).toBeGreaterThanOrEqual(500);

    await line.mend();
    const accepted = await until(async () => {
      const heard = await deliver(app, request);
      return heard.status === 200 ? heard : null;
    }, 'the message to be taken');
    expect(accepted?.json.status).toBe('accepted');
    await until(
      () =>
        app.quiet().then(
          () => true,
          () => false,
        ),
      'the workers to go on',
    );
    expect(await paymentOf(app, told.paymentId)).toMatchObject({ status: 'succeeded' });
    expect((await ask(app, '/health/ready', {}, null)).status).toBe(200);
    expect((await app.get(`/deliveries/${before.json.id}`)).status).toBe('processed');
    // Counts made while the database was away were kept for it.
    expect(await refusedBy(app, 'stripe')).toMatchObject({
      not_stored: expect.any(Number),
      no_secret_matches: 1,
    });
  });
});
