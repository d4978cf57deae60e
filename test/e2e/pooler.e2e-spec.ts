import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { PGBOUNCER, startPgBouncer, type Pooler } from '../support/pgbouncer.js';
import { ask, deliver, success } from '../support/requests.js';
import { startTestApp } from '../support/test-app.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

let database: TestDatabase;
let pooler: Pooler | null = null;
beforeEach(async () => {
  database = await createTestDatabase();
});
afterEach(async () => {
  await pooler?.stop();
  pooler = null;
  await database.drop();
});

describe('behind PgBouncer', () => {
  if (PGBOUNCER === null) {
    process.stdout.write('pooler: LEFT OUT, as pgbouncer is not installed (apt-get install pgbouncer)\n');
    it('is left out: pgbouncer is not installed', () => {
      expect(PGBOUNCER).toBeNull();
    });
    return;
  }

  it('serves in session mode, with the defaults of PgBouncer', async () => {
    pooler = await startPgBouncer(database.url, 'session');
    const app = await startTestApp({ databaseUrl: pooler.url });
    try {
      const heard = await Promise.all(Array.from({ length: 200 }, () => deliver(app, success('stripe'))));
      expect(heard.filter(({ status }) => status !== 200)).toEqual([]);
      await app.quiet();
      expect((await ask(app, '/health/ready', {}, null)).status).toBe(200);
    } finally {
      await app.close();
    }
  });

  it('does not start in transaction mode, and says what is needed', async () => {
    pooler = await startPgBouncer(database.url, 'transaction');
    const fault = await startTestApp({ databaseUrl: pooler.url }).then(
      () => 'it started',
      (error: Error) => `${error.name}: ${error.message}`,
    );
    expect(fault).toMatch(/^UnsupportedDatabaseError: .*pool_mode = session/);
  });
});
