import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { RetentionWorker } from '../../src/operations/privacy/retention.js';
import { columnsHolding, sql } from '../support/every-value.js';
import { ask, deliver, paymentOf, signed, standardBody } from '../support/requests.js';
import { type Ended, runProgram } from '../support/run-program.js';
import { startTestApp, type Json, type TestApp } from '../support/test-app.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

const DAY_MS = 24 * 3_600_000;
const [OLD, NEW] = [1, 2].map((fill) => Buffer.alloc(32, fill).toString('base64')) as [string, string];
const asha = { id: 'cus_asha_rao', email: 'asha@shop.example', phone: '+91 98765 12345', name: 'Asha Rao' };
const ravi = { email: 'ravi@shop.example' };

let database: TestDatabase;
let app: TestApp;
beforeEach(async () => {
  database = await createTestDatabase();
  await start(OLD);
});
afterEach(async () => {
  await app.close();
  await database.drop();
});

async function start(keys: string): Promise<void> {
  app = await startTestApp({ databaseUrl: database.url, environment: { PAYLOAD_KEYS: keys } });
  await app.app.get(RetentionWorker).loop.stop();
}
async function restart(keys: string): Promise<void> {
  await app.close();
  await start(keys);
}

async function fail(customer: object): Promise<Json> {
  const body = standardBody({
    status: 'failed',
    failure: { code: 'insufficient_funds', message: 'asha@shop.example has none' },
    customer,
  });
  const { json } = await deliver(app, signed('standard', body));
  await app.quiet();
  return { ...body.data, deliveryId: json.id };
}
const run = (keys: string, ...args: string[]): Promise<Ended> =>
  runProgram('rebuild', database.url, args, { PAYLOAD_KEYS: keys });
const erase = async (customer: string): Promise<Json> => {
  const heard = await ask(app, '/customers/erase', { method: 'POST', body: JSON.stringify({ customer }) });
  expect(heard.status).toBe(200);
  return heard.json;
};
const traces = async (): Promise<string[]> =>
  (await Promise.all(Object.values(asha).map((value) => columnsHolding(database.url, value)))).flat();
/** As bytes may lie on where a replay was under way, or come again with a backup. */
async function bytesOf(id: string): Promise<Json> {
  const [kept] = await sql<Json>(
    database.url,
    'SELECT id, raw, payload_key, headers::text AS headers FROM deliveries WHERE id = $1',
    [id],
  );
  return kept;
}
const bringBack = ({ id, raw, payload_key, headers }: Json): Promise<Json[]> =>
  sql(database.url, 'UPDATE deliveries SET raw = $2, payload_key = $3, headers = $4::jsonb WHERE id = $1', [
    id,
    raw,
    payload_key,
    headers,
  ]);
async function expireAll(): Promise<void> {
  while ((await app.app.get(RetentionWorker).step(new Date(Date.now() + 91 * DAY_MS))) > 0);
}

describe('a rebuild brings nobody back', () => {
  it.each([
    ['erased', () => erase(asha.email)],
    ['expired', expireAll],
  ])('who was %s, also where bytes are still there', async (what, letGo) => {
    const { paymentId, deliveryId } = await fail(asha);
    const kept = await bytesOf(deliveryId);
    await letGo();
    await bringBack(kept);
    const before = await paymentOf(app, paymentId);
    const mark = `SELECT ${what}_at AS at, expired_until FROM payments`;
    const marks = await sql(database.url, mark);

    expect(await run(OLD, '--check')).toMatchObject({ code: 0, errors: '' });
    // Something to repair, so that the whole row is written again.
    await sql(database.url, `UPDATE payments SET status = 'succeeded'`);
    expect(await run(`${NEW},${OLD}`)).toMatchObject({ code: 0, errors: '' });
    expect({ ...(await paymentOf(app, paymentId)), updatedAt: before.updatedAt }).toEqual(before);
    expect(await sql(database.url, mark)).toEqual(marks);

    expect((await app.post(`/deliveries/${deliveryId as string}/replay`)).status).toBe(202);
    await app.quiet();
    expect(await traces()).toEqual([]);
  });

  it('nor after a later report has brought somebody else', async () => {
    const { paymentId, deliveryId, ...data } = await fail(asha);
    const kept = await bytesOf(deliveryId);
    await expireAll();
    const later = standardBody({
      ...data,
      paymentId,
      status: 'completed',
      failure: undefined,
      customer: ravi,
    });
    await deliver(app, signed('standard', later));
    await app.quiet();
    await bringBack(kept);
    expect(await run(OLD)).toMatchObject({ code: 0, errors: '' });
    expect((await paymentOf(app, paymentId)).customer).toEqual({
      id: null,
      email: ravi.email,
      phone: null,
      name: null,
      locale: null,
    });
    expect(await traces()).toEqual([]);
  });
});

describe('a payload whose key is lost', () => {
  it('is told of by a rebuild, which compares and repairs all others', async () => {
    const sealed = await fail(asha);
    await restart(`${NEW}`);
    const { paymentId } = await fail(ravi);
    await sql(database.url, `UPDATE payments SET amount = 1 WHERE gateway_payment_id = $1`, [paymentId]);
    const checked = await run(NEW, '--check');
    expect(checked).toMatchObject({ code: 1, errors: '' });
    expect(checked.lines).toEqual([
      expect.stringMatching(new RegExp(`^standard/default/${paymentId as string} .* amount: 1 → 10000$`)),
      expect.stringMatching(
        /^unreadable payloads: 1 \(the payload is encrypted under \w{8}, which PAYLOAD_KEYS lacks\)$/,
      ),
      '2 payments derived again: 1 differences in 1 of them.',
    ]);
    const repaired = await run(NEW);
    expect(repaired).toMatchObject({ code: 1, errors: '' });
    expect(repaired.lines.at(-1)).toBe('2 payments derived again: 1 differences in 1 of them, repaired.');
    expect(await paymentOf(app, paymentId)).toMatchObject({ amount: '10000' });
    expect(await paymentOf(app, sealed.paymentId)).toMatchObject({ status: 'failed', amount: '10000' });
    expect(await run(`${NEW},${OLD}`, '--check')).toMatchObject({ code: 0, errors: '' });
  });

  it('goes with the payment that it is of, and is counted where nobody knows whose it is', async () => {
    await fail(asha);
    const ignored = signed('standard', { event: 'customer.updated', data: asha });
    await deliver(app, ignored);
    await restart(NEW);
    const other = await fail(asha);
    expect(await erase(asha.email)).toMatchObject({ payments: 2, deliveries: 2, unreadable: 1 });
    expect(await app.get(`/deliveries/${other.deliveryId as string}`)).toMatchObject({ body: null });
    expect(await sql(database.url, 'SELECT status FROM deliveries WHERE raw IS NOT NULL')).toEqual([
      { status: 'ignored' },
    ]);
    await restart(`${NEW},${OLD}`);
    expect(await erase(asha.email)).toMatchObject({ payments: 0, deliveries: 1, unreadable: 0 });
    expect(await sql(database.url, 'SELECT FROM deliveries WHERE raw IS NOT NULL')).toEqual([]);
  });
});
