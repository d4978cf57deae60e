import { afterEach, expect, it } from '@jest/globals';
import { DataSource } from 'typeorm';
import type { StoryEvent } from '../../src/simulator/gateway-simulator.js';
import { deliver, freshId, signed, signedStep, standardBody, story } from '../support/requests.js';
import { StandardSender } from '../support/standard-sender.js';
import { startTestApp, until, type Json, type TestApp } from '../support/test-app.js';
import { createTestDatabase } from '../support/test-database.js';

const opened: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
});

async function boot(databaseUrl?: string, environment = {}): Promise<TestApp> {
  const app = await startTestApp({ ...(databaseUrl && { databaseUrl }), environment });
  opened.push(() => app.close());
  return app;
}

const stateOf = async (db: DataSource): Promise<Json[]> =>
  db.query<Json[]>('SELECT attempts, last_error FROM delivery_work');

it('a delivery that fails only at the commit fails alone, and each attempt counts', async () => {
  const database = await createTestDatabase();
  opened.push(() => database.drop());
  const intake = await boot(database.url, { ROLE: 'intake' });
  const db = intake.app.get(DataSource);
  await db.query(
    `CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no'; END $$`,
  );
  await db.query(`CREATE CONSTRAINT TRIGGER poison AFTER INSERT ON payments DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NEW.gateway_payment_id = 'poison') EXECUTE FUNCTION refuse()`);
  const shop = new StandardSender(intake.url);
  for (const payment of ['poison', 'one', 'two', 'three']) await shop.tell('completed', { payment, at: 1 });
  await boot(database.url, { ROLE: 'worker' });
  await until(async () => {
    const rows = await stateOf(db);
    return rows.length === 1 && Number(rows[0]?.attempts) > 0;
  }, 'only the refused delivery to be left, with an attempt');
  expect((await stateOf(db))[0]?.last_error).toMatch(/^QueryFailedError P0001/);
});

it('two copies of a parked message in one flush disturb no other message of it', async () => {
  const app = await boot();
  const eventId = freshId('evt');
  const unfit = {
    id: eventId,
    type: 'payment_intent.succeeded',
    created: 1,
    data: { object: { id: 'pi_1' } },
  };
  const parked = await deliver(app, signed('stripe', unfit));
  const told = { ...(story('stripe', 'success').at(-1) as StoryEvent), eventId };
  const holder = app.app.get(DataSource).createQueryRunner();
  await holder.startTransaction();
  await holder.query('SELECT FROM deliveries WHERE id = $1 FOR UPDATE', [parked.json.id]);
  const waiting = `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;
  // The first flush waits for the row, and the others gather behind it.
  const answers = [deliver(app, signed('stripe', unfit))];
  await until(async () => ((await holder.query(waiting)) as unknown[]).length > 0, 'a flush to wait');
  const fresh = Array.from({ length: 5 }, () =>
    deliver(app, signed('standard', standardBody(), { eventId: freshId('msg') })),
  );
  answers.push(deliver(app, signedStep('stripe', told)), deliver(app, signedStep('stripe', told)));
  // Every request has been read when a later one has been answered by a route without the inbox.
  await app.get('/stats');
  await holder.rollbackTransaction();
  await holder.release();
  expect((await Promise.all(fresh)).map(({ json }) => json.status)).toEqual(Array(5).fill('accepted'));
  for (const { status } of await Promise.all(answers)) expect(status).toBe(200);
  await app.quiet();
  expect(await app.get(`/deliveries/${parked.json.id}`)).toMatchObject({ status: 'processed', receipts: 4 });
});
