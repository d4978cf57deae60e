import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DataSource } from 'typeorm';
import { notificationsFeature } from '../../src/notifications/index.js';
import { countWorkStatement } from '../../src/operations/monitoring/work-counts.js';
import { ask, deliver, signed, standardBody, success } from '../support/requests.js';
import { type Json, startTestApp, type TestApp } from '../support/test-app.js';

/** 100 MB in 13,000 pages, and a tenth of it ignored. */
const ROWS = 80_000;
const FILL = `
  INSERT INTO deliveries (id, gateway, account, key, provenance, verdict, status, attempts, receipts, replay, silent,
    headers, raw, received_at, next_attempt_at)
  SELECT gen_random_uuid(), 'stripe', 'default', 'evt_' || n, 'received', 'verified',
    CASE WHEN n % 10 = 0 THEN 'ignored' ELSE 'processed' END, 1, 1, false, false,
    '[]', convert_to(repeat(md5(n::text), 30), 'UTF8'), now(), now()
  FROM generate_series(1, ${ROWS}) AS n`;

let app: TestApp;
let db: DataSource;
beforeAll(async () => {
  app = await startTestApp();
  db = app.app.get(DataSource);
  await db.query(FILL);
});
afterAll(() => app.close());

/** Pages of 8 KiB that a statement looked at. */
async function pagesReadBy(statement: string): Promise<number> {
  const [row] = await db.query<Json[]>(`EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ${statement}`);
  const { Plan: plan } = row['QUERY PLAN'][0];
  return plan['Shared Hit Blocks'] + plan['Shared Read Blocks'];
}

describe('a table that nobody wants to read as a whole', () => {
  it('is not read for what waits and what is stuck', async () => {
    const [size] = await db.query<{ pages: number }[]>(
      `SELECT (pg_relation_size('deliveries') / 8192)::integer AS pages`,
    );
    expect(size?.pages).toBeGreaterThan(8_000);
    expect(await pagesReadBy(countWorkStatement([notificationsFeature]))).toBeLessThan(500);
  });

  it('what waits and what is stuck is counted to the last one, what is done is about right', async () => {
    await deliver(app, signed('standard', standardBody({ amount: 'a hundred' })));
    await deliver(app, success('stripe'));
    await app.quiet();
    const { deliveries, quiet } = await app.get('/stats');
    expect(deliveries).toMatchObject({ pending: 0, parked: 1, dead: 0 });
    expect(quiet).toBe(true);
    expect(Math.abs(deliveries.processed - 0.9 * ROWS)).toBeLessThan(0.05 * ROWS);
    expect(Math.abs(deliveries.ignored - 0.1 * ROWS)).toBeLessThan(0.03 * ROWS);
  });
});

describe('a snapshot', () => {
  it('that many ask for at once knows what was acknowledged before each of them asked', async () => {
    for (let nth = 1; nth <= 20; nth++) {
      const others = Array.from({ length: 5 }, () => app.get('/stats'));
      const { json } = await deliver(app, signed('standard', standardBody({ amount: 'a hundred' })));
      expect(json.status).toBe(422);
      expect((await app.get('/stats')).deliveries.parked).toBe(1 + nth);
      await Promise.all(others);
    }
  });

  it('is in the metrics as in the stats', async () => {
    const { text } = await ask(app, '/metrics');
    expect(text).toMatch(/^payhook_stuck\{work="parked_deliveries"\} \d+$/m);
    expect(text).toMatch(/^payhook_database_reachable 1$/m);
  });
});
