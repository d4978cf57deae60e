import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DataSource } from 'typeorm';
import { deliver, signed, standardBody } from '../support/requests.js';
import { rowsReadOf } from '../support/rows-read.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

describe('with many deliveries', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startTestApp();
    const ignored = standardBody({}, { event: 'invoice.printed' });
    expect((await deliver(app, signed('standard', ignored))).json).toMatchObject({ status: 'ignored' });
    expect((await deliver(app, signed('standard', standardBody()))).status).toBe(200);
    await app.quiet();
    const db = app.app.get(DataSource);
    await db.query(`INSERT INTO deliveries SELECT new.* FROM generate_series(1, 60000) AS n, deliveries AS old,
        LATERAL jsonb_populate_record(old, jsonb_build_object('id', gen_random_uuid(), 'key', 'k' || n)) AS new
      WHERE old.status = 'processed'`);
    await db.query('ANALYZE deliveries');
  });
  afterAll(() => app.close());

  it('a page of ignored deliveries reads those alone', async () => {
    const read = await rowsReadOf(app.app.get(DataSource), 'deliveries', async () => {
      const { items } = await app.get('/deliveries?status=ignored');
      expect(items).toHaveLength(1);
    });
    expect(read).toBeLessThan(10);
  });
});
