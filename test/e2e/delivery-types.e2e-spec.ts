import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { DataSource } from 'typeorm';
import { findNextPage, readSummedUpTo, sumUp } from '../../src/webhooks/inbox/delivery-summary.store.js';
import { sql } from '../support/every-value.js';
import { deliver, freshId, signed, standardBody } from '../support/requests.js';
import { startTestApp, type Json, type TestApp } from '../support/test-app.js';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.close());

const types = async (): Promise<Json[]> => (await app.get('/deliveries/types')).items;
const counts = async (): Promise<string[]> =>
  (await types()).map(({ type, status, count }) => `${type} ${status} ${count}`).toSorted();

/** What the job does once deliveries are two minutes old, as if they were. */
async function sumUpAll(): Promise<void> {
  const db = app.app.get(DataSource);
  await db.transaction(async (manager) => {
    const after = await readSummedUpTo(manager);
    const next = await findNextPage(manager, after, new Date(Date.now() + 3_600_000));
    await sumUp(manager, after, next ?? after);
  });
}

/** The same from the table itself, with work that is left. */
const truth = async (): Promise<string[]> =>
  (
    await sql<{ line: string }>(
      app.databaseUrl,
      `SELECT concat_ws(' ', coalesce(event_type, 'null'), shown, count(*)) AS line
       FROM (SELECT event_type, CASE WHEN EXISTS (SELECT FROM delivery_work WHERE delivery_id = id)
         THEN 'pending' ELSE status END AS shown FROM deliveries) AS d GROUP BY event_type, shown ORDER BY 1`,
    )
  )
    .map(({ line }) => line)
    .toSorted();

const send = (body: Json, eventId = freshId('msg')) => deliver(app, signed('standard', body, { eventId }));
const ignored = { event: 'customer.created', timestamp: '2026-01-01T00:00:00Z', data: {} };

it('counts what was stored, right after the answer, with the newest as an example', async () => {
  const before = Date.now();
  await send(ignored);
  const newest = await send(ignored);
  const [found] = await types();
  expect(found).toEqual({
    gateway: 'standard',
    account: 'default',
    type: 'customer.created',
    status: 'ignored',
    count: 2,
    first: expect.any(String),
    last: expect.any(String),
    exampleId: newest.json.id,
  });
  expect(Date.parse(found.first)).toBeGreaterThanOrEqual(before);
  expect(Date.parse(found.last)).toBeGreaterThanOrEqual(Date.parse(found.first));
});

it('is right before and after it is summed up, and when a status changes behind it', async () => {
  await send(standardBody());
  const id = freshId('msg');
  const faulty = await send(standardBody({ amount: 'none' }), id);
  expect(faulty.status).toBe(422);
  await app.quiet();
  expect(await counts()).toEqual(await truth());
  await sumUpAll();
  expect(await counts()).toEqual(await truth());
  // The same key with a body that fits: the delivery that was parked is processed, behind what is summed up.
  await send(standardBody(), id);
  await app.quiet();
  expect(await counts()).toEqual(await truth());
  expect((await types()).map(({ status }) => status)).not.toContain('parked');
  await sumUpAll();
  expect(await counts()).toEqual(await truth());
  expect(await sql(app.databaseUrl, 'SELECT * FROM delivery_type_changes')).toEqual([]);
});

it('shows what is replayed as pending, and as processed again', async () => {
  await sumUpAll();
  const [example] = (await types()).filter(({ status }) => status === 'processed');
  // A row of work that nobody takes stands for a replay under way.
  const work = `INSERT INTO delivery_work (delivery_id, due_at, attempts, replay, silent, lane)
    VALUES ('${example.exampleId}', now() + interval '1 hour', 0, true, true, 0)`;
  await sql(app.databaseUrl, work);
  expect(await counts()).toEqual(await truth());
  expect((await types()).map(({ status }) => status)).toContain('pending');
  await sql(app.databaseUrl, `DELETE FROM delivery_work WHERE delivery_id = '${example.exampleId}'`);
  expect(await counts()).toEqual(await truth());
});

it('shows a bounded number of types, the most frequent, and how many there are beyond', async () => {
  await sql(
    app.databaseUrl,
    `INSERT INTO deliveries (id, gateway, account, key, event_type, provenance, verdict, status, attempts, receipts,
       headers, received_at)
     SELECT ('f0000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 'standard', 'default', 'many' || n, repeat('x', 250) || n, 'received', 'verified',
       'ignored', 1, 1, '[]', now() FROM generate_series(1, 1500) AS n`,
  );
  const { items, more } = await app.get('/deliveries/types');
  expect(items).toHaveLength(1_000);
  expect(more).toBeGreaterThan(500);
  expect(items[0].count).toBe(2);
});
