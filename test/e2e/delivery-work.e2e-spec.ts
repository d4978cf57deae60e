import { afterEach, describe, expect, it } from '@jest/globals';
import { DataSource, type QueryRunner } from 'typeorm';
import { lockPayments } from '../../src/payments/recording/payment.store.js';
import { DeliveryWork1764900000000 } from '../../src/schema/migrations/1764900000000-delivery-work.js';
import { takeDue } from '../../src/webhooks/inbox/delivery-work.store.js';
import { administer } from '../support/administrator.js';
import { columnsHolding } from '../support/every-value.js';
import { ask, deliver, freshId, paymentOf, signed, standardBody } from '../support/requests.js';
import { startTestApp, until, type Json, type TestApp } from '../support/test-app.js';
import { createTestDatabase } from '../support/test-database.js';

const opened: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
});

async function start(databaseUrl: string, role = 'all'): Promise<TestApp> {
  const app = await startTestApp({ databaseUrl, environment: { ROLE: role } });
  opened.push(() => app.close());
  return app;
}

async function createDatabase(): Promise<string> {
  const database = await createTestDatabase();
  opened.push(() => database.drop());
  return database.url;
}

/** A connection that is in nobody's pool, as that of another process. */
async function connect({ app }: TestApp): Promise<QueryRunner> {
  const session = app.get(DataSource).createQueryRunner();
  await session.connect();
  opened.push(() => session.release());
  return session;
}

/** Keeps the payment locked, so that work on a message about it goes no further than its transaction. */
async function holdPayment(app: TestApp, gatewayPaymentId: string): Promise<() => Promise<void>> {
  const session = await connect(app);
  await session.startTransaction();
  await lockPayments(session.manager, [{ gateway: 'standard', account: 'default', gatewayPaymentId }]);
  return () => session.rollbackTransaction();
}

const untilItsWorkWaits = ({ databaseUrl }: TestApp): Promise<unknown> =>
  until(
    async () =>
      (
        await administer(
          databaseUrl,
          `SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
             AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
        )
      ).length > 0,
    'work to wait for its payment',
  );

async function send(app: TestApp, body: Json, eventId = freshId('msg')): Promise<Json> {
  return (await deliver(app, signed('standard', body, { eventId }))).json;
}

const statusesOf = async (app: TestApp, filter = ''): Promise<string[]> =>
  (await app.get<{ items: Json[] }>(`/deliveries?${filter}`)).items.map(({ status }) => status);

describe('a delivery that is being worked on', () => {
  it('is counted again without waiting, and its replay is refused', async () => {
    const app = await start(await createDatabase());
    const body = standardBody();
    const letGo = await holdPayment(app, body.data.paymentId);
    const { id } = await send(app, body, 'msg_again');
    await untilItsWorkWaits(app);
    expect(await send(app, body, 'msg_again')).toEqual({ status: 'duplicate', id });
    expect((await ask(app, `/deliveries/${id}/replay`, { method: 'POST' })).status).toBe(404);
    const [pending] = (await app.get<{ items: Json[] }>('/deliveries?status=pending')).items;
    expect(pending).toMatchObject({ id, status: 'pending', attempts: 0, receipts: 2, processedAt: null });
    expect(await statusesOf(app, 'status=processed')).toEqual([]);
    await letGo();
    await app.quiet();
    const done = await app.get(`/deliveries/${id}`);
    expect(done).toMatchObject({ status: 'processed', attempts: 1, receipts: 2, nextAttemptAt: null });
    expect(Date.parse(done.processedAt)).toBeGreaterThanOrEqual(Date.parse(done.receivedAt));
  });

  it('is not erased, and the erasure says so', async () => {
    const app = await start(await createDatabase());
    const email = `${freshId('asha')}@example.com`;
    const body = standardBody({ customer: { id: freshId('cus'), email } });
    const letGo = await holdPayment(app, body.data.paymentId);
    await send(app, body);
    await untilItsWorkWaits(app);
    const erase = async (): Promise<Json> =>
      (await ask(app, '/customers/erase', { method: 'POST', body: JSON.stringify({ customer: email }) }))
        .json;
    expect(await erase()).toMatchObject({ payments: 0, deliveries: 0, pending: 1 });
    await letGo();
    await app.quiet();
    expect(await erase()).toMatchObject({ payments: 1, deliveries: 1, pending: 0 });
    expect(await columnsHolding(app.databaseUrl, email)).toEqual([]);
  });

  it('by a process that dies is worked on by another at once, as for the first time', async () => {
    const url = await createDatabase();
    const intake = await start(url, 'intake');
    const body = standardBody();
    const { id } = await send(intake, body);
    const dying = await connect(intake);
    const [{ pid }] = await dying.query('SELECT pg_backend_pid() AS pid');
    await dying.startTransaction();
    expect((await takeDue(dying.manager, { limit: 10 })).map((due) => due.id)).toEqual([id]);

    const worker = await start(url, 'worker');
    const { data } = standardBody();
    const other = await send(intake, { ...body, data: { ...body.data, paymentId: data.paymentId } });
    await until(async () => (await statusesOf(intake)).includes('processed'), 'the worker to find the other');
    expect((await intake.get(`/deliveries/${other.id}`)).status).toBe('processed');
    expect((await intake.get(`/deliveries/${id}`)).status).toBe('pending');

    await administer(url, `SELECT pg_terminate_backend(${pid})`);
    await intake.quiet();
    expect(await intake.get(`/deliveries/${id}`)).toMatchObject({ status: 'processed', attempts: 1 });
    expect(await paymentOf(intake, body.data.paymentId)).toMatchObject({ state: 'succeeded' });
    await dying.rollbackTransaction().catch(() => undefined);
    expect(worker.url).not.toBe(intake.url);
  });
});

describe('what version 0.1 left pending', () => {
  /** An intake alone stored the messages, and its database is brought back to the version before and up again. */
  async function storedBefore(bodies: readonly Json[]): Promise<TestApp> {
    const intake = await start(await createDatabase(), 'intake');
    for (const body of bodies) await send(intake, body);
    const migration = new DeliveryWork1764900000000();
    const session = await connect(intake);
    await migration.down(session);
    await migration.up(session);
    return intake;
  }

  it('is shown as pending, and processed as for the first time', async () => {
    const bodies = Array.from({ length: 5 }, () => standardBody());
    const intake = await storedBefore(bodies);
    expect(await statusesOf(intake, 'status=pending')).toEqual(Array(5).fill('pending'));
    expect(await intake.get('/stats')).toMatchObject({
      deliveries: { pending: 5, processed: 0 },
      quiet: false,
    });
    await start(intake.databaseUrl, 'worker');
    await intake.quiet();
    for (const { data } of bodies)
      expect(await paymentOf(intake, data.paymentId)).toMatchObject({ state: 'succeeded' });
    const { items } = await intake.get<{ items: Json[] }>('/deliveries');
    for (const item of items) expect(item).toMatchObject({ status: 'processed', attempts: 1 });
  });

  it('stays with the process that claimed it until its lease is over', async () => {
    const intake = await storedBefore([standardBody(), standardBody()]);
    const session = await connect(intake);
    const { items } = await intake.get<{ items: Json[] }>('/deliveries');
    const claim = `UPDATE deliveries SET lease = gen_random_uuid(), attempts = 1, leased_until = $2 WHERE id = $1`;
    await session.query(claim, [items[0].id, new Date(Date.now() + 3_600_000)]);
    await start(intake.databaseUrl, 'worker');
    await until(async () => (await statusesOf(intake)).includes('processed'), 'the other to be processed');
    expect(await statusesOf(intake)).toEqual(['pending', 'processed']);
    expect((await ask(intake, `/deliveries/${items[0].id}/replay`, { method: 'POST' })).status).toBe(404);
    await session.query(claim, [items[0].id, new Date(Date.now() - 1_000)]);
    await intake.quiet();
    expect(await intake.get(`/deliveries/${items[0].id}`)).toMatchObject({
      status: 'processed',
      attempts: 2,
    });
  });

  it('waits for a retry until it is due, or until an operator replays it', async () => {
    const intake = await storedBefore([standardBody()]);
    const session = await connect(intake);
    await session.query(
      `UPDATE deliveries SET attempts = 2, last_error = 'Error', next_attempt_at = now() + interval '1 hour'`,
    );
    await start(intake.databaseUrl, 'worker');
    const [waiting] = (await intake.get<{ items: Json[] }>('/deliveries?status=pending')).items;
    expect(waiting).toMatchObject({ status: 'pending', attempts: 2, reason: 'Error' });
    const { status } = await ask(intake, `/deliveries/${waiting.id}/replay`, { method: 'POST' });
    expect(status).toBe(202);
    await intake.quiet();
    expect(await intake.get(`/deliveries/${waiting.id}`)).toMatchObject({ status: 'processed', attempts: 3 });
  });
});

describe('the deliveries of a time', () => {
  it('are found by their receipt, also where the id is of another moment', async () => {
    const app = await start(await createDatabase());
    const [again, clockSetBack, usual] = [
      await send(app, standardBody()),
      await send(app, standardBody()),
      await send(app, standardBody()),
    ];
    await app.quiet();
    const session = await connect(app);
    const move = 'UPDATE deliveries SET received_at = received_at + $2::interval WHERE id = $1';
    await session.query(move, [again.id, '1 day']);
    await session.query(move, [clockSetBack.id, '-1 day']);
    const at = (hours: number): string => new Date(Date.now() + hours * 3_600_000).toISOString();
    const idsOf = async (filter: string): Promise<string[]> =>
      (await app.get<{ items: Json[] }>(`/deliveries?${filter}`)).items.map(({ id }) => id);
    expect(await idsOf(`from=${at(12)}`)).toEqual([again.id]);
    expect(await idsOf(`to=${at(-12)}`)).toEqual([clockSetBack.id]);
    expect(await idsOf(`from=${at(-1)}&to=${at(1)}`)).toEqual([usual.id]);
    expect(await idsOf(`from=${at(-36)}&to=${at(36)}&type=payment.updated`)).toEqual([
      usual.id,
      clockSetBack.id,
      again.id,
    ]);
  });
});
