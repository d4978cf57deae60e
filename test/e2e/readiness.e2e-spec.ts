import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { HandoffQueue } from '../../src/webhooks/inbox/handoff-queue.js';
import { administer, asRole } from '../support/administrator.js';
import { startBuiltService, type BuiltService } from '../support/built-service.js';
import { ask, deliver, freshId, refusedBy, success } from '../support/requests.js';
import { SECRETS, startTestApp, until, type TestApp } from '../support/test-app.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

/** A real server that answers each INSERT with a SQLSTATE, as one with a full disk does. */
const REFUSE = (state: string): string[] => [
  `CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
     $$ BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = '${state}'; END $$`,
  `CREATE TRIGGER refuse BEFORE INSERT ON deliveries FOR EACH ROW EXECUTE FUNCTION refuse()`,
];
const TAKE_AGAIN = 'DROP TRIGGER refuse ON deliveries';

let database: TestDatabase;
let app: TestApp | null = null;
beforeEach(async () => {
  database = await createTestDatabase();
});
afterEach(async () => {
  await app?.close();
  app = null;
  await database.drop();
});

const ready = (of: Pick<TestApp, 'url'>) => ask(of as TestApp, '/health/ready', {}, null);
const untilReady = (of: Pick<TestApp, 'url'>) =>
  until(async () => (await ready(of)).status === 200, 'the service to be ready');
const untilNotReady = (of: Pick<TestApp, 'url'>) =>
  until(async () => {
    const heard = await ready(of);
    return heard.status === 503 ? heard : null;
  }, 'the service not to be ready');

describe('ready means that a webhook can be stored', () => {
  it.each(['53100', '42501', '25006', 'XX000'])(
    'is untrue from a write that failed with %s to the end of the fault, without a webhook in between',
    async (state) => {
      app = await startTestApp({ databaseUrl: database.url });
      await untilReady(app);
      await administer(database.url, ...REFUSE(state));

      const heard = await deliver(app, success('stripe'));
      expect(heard).toMatchObject({ status: 503, json: { type: '/problems/not-stored' } });
      expect(Number(heard.headers.get('retry-after'))).toBeGreaterThan(0);
      const refused = await ready(app);
      expect(refused).toMatchObject({ status: 503, json: { checks: { storage: 'down' } } });
      expect((await ask(app, '/health/live', {}, null)).status).toBe(200);

      await administer(database.url, TAKE_AGAIN);
      await untilReady(app);
      expect((await deliver(app, success('stripe'))).json.status).toBe('accepted');
      await app.quiet();
      expect(await refusedBy(app, 'stripe')).toMatchObject({ not_stored: 1 });
    },
  );

  it('is found out where no webhook comes', async () => {
    app = await startTestApp({ databaseUrl: database.url });
    await untilReady(app);
    await administer(database.url, ...REFUSE('53100'));
    expect((await untilNotReady(app))?.json.checks).toMatchObject({ database: 'up', storage: 'down' });
    await administer(database.url, TAKE_AGAIN);
    await untilReady(app);
  });

  it('is untrue for a role that may no longer insert', async () => {
    const role = freshId('shop');
    await administer(
      database.url,
      `CREATE ROLE ${role} LOGIN`,
      `GRANT ALL ON ALL TABLES IN SCHEMA public TO ${role}`,
      `GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO ${role}`,
    );
    try {
      app = await startTestApp({ databaseUrl: asRole(database.url, role) });
      await untilReady(app);
      await administer(database.url, `REVOKE INSERT ON deliveries FROM ${role}`);
      await untilNotReady(app);
      expect((await deliver(app, success('razorpay'))).status).toBe(503);
      await administer(database.url, `GRANT INSERT ON deliveries TO ${role}`);
      await untilReady(app);
    } finally {
      await app?.close();
      app = null;
      await administer(database.url, `DROP OWNED BY ${role}`, `DROP ROLE ${role}`);
    }
  });

  it('leaves no row of its own', async () => {
    app = await startTestApp({ databaseUrl: database.url });
    await untilReady(app);
    expect(await administer(database.url, 'SELECT id FROM deliveries')).toEqual([]);
  });

  it('is asked of the database once by many who ask at once', async () => {
    app = await startTestApp({ databaseUrl: database.url });
    await untilReady(app);
    // In the statistics of a table stand the rows of transactions that were undone, too.
    const written = async (): Promise<number> => {
      const [row] = await administer<{ n: string }>(
        database.url,
        `SELECT n_tup_ins AS n FROM pg_stat_user_tables WHERE relname = 'deliveries'`,
      );
      return Number(row?.n);
    };
    await Promise.all(Array.from({ length: 300 }, () => ready(app as TestApp)));
    await app.close();
    app = null;
    await until(async () => (await written()) > 0, 'the statistics to be written');
    expect(await written()).toBeLessThan(20);
  });
});

describe('what the database did not take', () => {
  it('is not acknowledged where no statement failed', async () => {
    app = await startTestApp({ databaseUrl: database.url });
    await administer(database.url, 'CREATE RULE away AS ON INSERT TO deliveries DO INSTEAD NOTHING');
    const heard = await deliver(app, success('standard'));
    expect(heard).toMatchObject({ status: 503, json: { type: '/problems/not-stored' } });
    expect((await ready(app)).status).toBe(503);
  });

  it('is worked on although whoever should hear of it failed', async () => {
    app = await startTestApp({ databaseUrl: database.url });
    const queue = app.app.get(HandoffQueue, { strict: false });
    const logged: unknown[] = [];
    app.app.useLogger({ log: () => undefined, warn: () => undefined, error: (line) => logged.push(line) });
    const push = jest.spyOn(queue, 'push').mockImplementation(() => {
      throw new RangeError('of a listener');
    });
    const heard = await deliver(app, success('standard'));
    push.mockRestore();
    app.app.useLogger(false);
    expect(heard.json.status).toBe('accepted');
    expect(logged).toEqual([expect.stringContaining('RangeError')]);
    await app.quiet();
    expect((await app.get(`/deliveries/${heard.json.id}`)).status).toBe('processed');
  });
});

describe('the log of a database that takes nothing', () => {
  let service: BuiltService | null = null;
  afterEach(async () => {
    await service?.stop();
    service = null;
  });

  it("says the database's own code once, and once that it is over", async () => {
    service = await startBuiltService({
      DATABASE_URL: database.url,
      WEBHOOK_SECRETS_STRIPE: SECRETS.stripe,
    });
    await untilReady(service);
    await administer(database.url, ...REFUSE('53100'));
    for (let n = 0; n < 5; n++) expect((await deliver(service, success('stripe'))).status).toBe(503);
    await untilNotReady(service);
    await administer(database.url, TAKE_AGAIN);
    await untilReady(service);
    await service.stop();
    const about = service.said.filter((line) => line.includes('53100')).map((line) => JSON.parse(line));
    expect(about).toMatchObject([
      { level: 'error', msg: expect.stringContaining('not_stored') },
      { level: 'info', msg: expect.stringContaining('stored again') },
    ]);
  });
});
