import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DataSource } from 'typeorm';
import { dataSourceOptions } from '../../src/platform/database/data-source-options.js';
import { schema } from '../../src/schema/index.js';
import type { EmbeddedPostgres } from '../../src/platform/database/embedded/owned-server.js';
import { startThrowawayPostgres } from '../../src/platform/database/embedded/throwaway-postgres.js';
import { runMigrations } from '../../src/platform/database/run-migrations.js';
import { administer } from '../support/administrator.js';
import { cuttableLine, type CuttableLine } from '../support/cuttable-line.js';
import { ask, deliver, success } from '../support/requests.js';
import { startTestApp, type TestApp, until } from '../support/test-app.js';

/** What is promised once there is a database to write to. */
const RECOVERED_WITHIN_MS = 5_000;

let servers: EmbeddedPostgres[];
let line: CuttableLine;
let app: TestApp;
beforeAll(async () => {
  servers = [await startThrowawayPostgres(() => undefined), await startThrowawayPostgres(() => undefined)];
  for (const { url } of servers) {
    const db = await new DataSource(dataSourceOptions(url, schema)).initialize();
    await runMigrations(db).finally(() => db.destroy());
  }
  line = await cuttableLine(servers[0]?.url ?? '');
  app = await startTestApp({ databaseUrl: line.url });
});
afterAll(async () => {
  await app.close();
  await line.close();
  await Promise.all(servers.map((server) => server.stop()));
});

const setReadOnly = (url: string, on: boolean): Promise<unknown> =>
  administer(url, `ALTER SYSTEM SET default_transaction_read_only = ${on}`, 'SELECT pg_reload_conf()');
const ready = async (): Promise<number> => (await ask(app, '/health/ready', {}, null)).status;
async function processedOn(url: string): Promise<number> {
  const count = `SELECT count(*) AS n FROM deliveries WHERE status = 'processed'`;
  const [row] = await administer<{ n: string }>(url, count);
  return Number(row?.n);
}

describe('a server that turns read-only and keeps its connections', () => {
  it('is found out, and left for the one that takes writes within 5 s of the address leading there', async () => {
    const [first, second] = servers.map(({ url }) => url) as [string, string];
    await until(async () => (await ready()) === 200, 'the service to be ready');
    // Many connections stand, as in a service at work.
    const before = await Promise.all(Array.from({ length: 40 }, () => deliver(app, success('stripe'))));
    expect(before.filter(({ status }) => status !== 200)).toEqual([]);
    await app.quiet();

    await setReadOnly(first, true);
    await until(
      async () => (await deliver(app, success('stripe'))).status === 503,
      'a message to be refused',
    );
    expect(await ready()).toBe(503);
    expect((await ask(app, '/health/live', {}, null)).status).toBe(200);

    line.redirect(second);
    const end = Date.now() + RECOVERED_WITHIN_MS;
    await until(
      async () => (await deliver(app, success('stripe'))).status === 200,
      'a message to be taken',
      end - Date.now(),
    );
    await until(async () => (await ready()) === 200, 'the service to be ready', end - Date.now());
    // Counted on the server itself: a read of ours may still use a connection to the one before.
    await until(async () => (await processedOn(second)) === 1, 'the message to be processed');
  });

  it('is worked with again when it takes writes again', async () => {
    const [, second] = servers.map(({ url }) => url) as [string, string];
    await setReadOnly(second, true);
    await until(async () => (await ready()) === 503, 'the service not to be ready');
    await administer(
      second,
      'SET default_transaction_read_only = off',
      'ALTER SYSTEM RESET default_transaction_read_only',
      'SELECT pg_reload_conf()',
    );
    await until(async () => (await ready()) === 200, 'the service to be ready', RECOVERED_WITHIN_MS);
    expect((await deliver(app, success('stripe'))).json.status).toBe('accepted');
  });
});
