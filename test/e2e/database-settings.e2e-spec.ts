import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { DataSource, type QueryRunner } from 'typeorm';
import { administer } from '../support/administrator.js';
import {
  ask,
  deliver,
  paymentOf,
  signedStep,
  standardBody,
  signed,
  story,
  success,
} from '../support/requests.js';
import { startTestApp, until, type TestApp } from '../support/test-app.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

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

const nameOf = (url: string): string => new URL(url).pathname.slice(1);

/** As an operator or a provider may have set them for the database or the role; none of them is ours. */
const UNUSUAL: Readonly<Record<string, string>> = {
  datestyle: 'SQL, DMY',
  intervalstyle: 'iso_8601',
  timezone: 'Asia/Kolkata',
  bytea_output: 'escape',
  standard_conforming_strings: 'off',
  array_nulls: 'off',
  transform_null_equals: 'on',
  client_encoding: 'LATIN1',
  default_transaction_isolation: 'serializable',
  default_transaction_deferrable: 'on',
  statement_timeout: '2s',
  lock_timeout: '100ms',
  idle_in_transaction_session_timeout: '300ms',
  idle_session_timeout: '400ms',
  transaction_timeout: '3s',
  synchronous_commit: 'off',
  jit: 'on',
};

describe('a database whose settings are another taste', () => {
  beforeEach(async () => {
    const name = nameOf(database.url);
    await administer(
      database.url,
      ...Object.entries(UNUSUAL).map(
        ([setting, value]) => `ALTER DATABASE ${name} SET ${setting} = '${value}'`,
      ),
    );
  });

  it('serves as any other: times, bytes, missing values and every letter come back as they came', async () => {
    app = await startTestApp({ databaseUrl: database.url });
    const told = story('stripe', 'success');
    for (const step of told)
      expect((await deliver(app, signedStep('stripe', step))).json.status).toBe('accepted');
    const name = 'O’Neill \\ "Zoë" 山田 \'x\'';
    const body = standardBody({ customer: { id: 'c', email: 'zoe@example.com', name } });
    const heard = await deliver(app, signed('standard', body));
    expect(heard.json.status).toBe('accepted');
    await app.quiet();

    const paid = await paymentOf(app, told.at(-1)?.paymentId ?? '');
    expect(paid).toMatchObject({ status: 'succeeded', failure: null });
    for (const entry of paid.timeline)
      expect(Math.abs(Date.parse(entry.receivedAt) - Date.now())).toBeLessThan(60_000);
    expect((await paymentOf(app, body.data.paymentId)).customer).toMatchObject({ name, phone: null });
    const delivery = await app.get(`/deliveries/${heard.json.id}`);
    expect(delivery).toMatchObject({ status: 'processed', errors: [] });
    expect(JSON.parse(delivery.body)).toEqual(body);
    expect((await ask(app, '/health/ready', {}, null)).status).toBe(200);
  });

  it('spends no attempt of work that ran beside other work', async () => {
    app = await startTestApp({ databaseUrl: database.url });
    const stories = Array.from({ length: 12 }, () => story('razorpay', 'success'));
    await Promise.all(
      stories.flatMap((steps) => steps.map((step) => deliver(app as TestApp, signedStep('razorpay', step)))),
    );
    await app.quiet();
    const [row] = await administer<{ most: number }>(
      database.url,
      'SET statement_timeout = 0',
      'SELECT max(attempts) AS most FROM deliveries',
    );
    expect(row?.most).toBe(1);
  });

  it('has the same settings on every connection of the service', async () => {
    app = await startTestApp({ databaseUrl: database.url });
    const db = app.app.get(DataSource);
    const names = Object.keys(UNUSUAL).filter((setting) => !/timeout/.test(setting));
    const [row] = await db.query<Record<string, string>[]>(
      `SELECT ${names.map((name) => `current_setting('${name}') AS "${name}"`).join(', ')}`,
    );
    expect(row).toEqual({
      datestyle: 'ISO, MDY',
      intervalstyle: 'postgres',
      timezone: 'UTC',
      bytea_output: 'hex',
      standard_conforming_strings: 'on',
      array_nulls: 'on',
      transform_null_equals: 'off',
      client_encoding: 'UTF8',
      default_transaction_isolation: 'read committed',
      default_transaction_deferrable: 'off',
      synchronous_commit: 'on',
      jit: 'off',
    });
  });
});

describe('a statement that another one got in the way of', () => {
  it('is done again, and spends no attempt of a delivery', async () => {
    app = await startTestApp({ databaseUrl: database.url });
    // A few times only, then as if nothing had been.
    await administer(
      database.url,
      'CREATE SEQUENCE times',
      `CREATE FUNCTION conflict() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
         IF nextval('times') <= 10 THEN RAISE EXCEPTION 'could not serialize' USING ERRCODE = '40001'; END IF;
         RETURN NEW; END $$`,
      `CREATE TRIGGER conflict BEFORE INSERT ON payments FOR EACH ROW EXECUTE FUNCTION conflict()`,
    );
    const heard = await deliver(app, success('stripe'));
    expect(heard.json.status).toBe('accepted');
    await until(
      async () => (await app?.get(`/deliveries/${heard.json.id}`)).status === 'processed',
      'the delivery to be processed',
    );
    expect((await app.get(`/deliveries/${heard.json.id}`)).attempts).toBe(1);
  });
});

describe('how the service finds rows', () => {
  interface Plan {
    'Node Type': string;
    'Relation Name'?: string;
    Plans?: Plan[];
  }
  const steps = (plan: Plan): string[] => [
    `${plan['Node Type']} ${plan['Relation Name'] ?? ''}`.trim(),
    ...(plan.Plans ?? []).flatMap(steps),
  ];

  /** Every statement that is made while `work` goes on, with its parameters. */
  async function statementsOf(db: DataSource, work: () => Promise<unknown>): Promise<[string, unknown[]][]> {
    const made: [string, unknown[]][] = [];
    const spy = jest.spyOn(db.logger, 'logQuery').mockImplementation((text, values) => {
      made.push([text, values as unknown[]]);
    });
    await work();
    spy.mockRestore();
    return made;
  }

  it("finds a customer's payments by indexes", async () => {
    app = await startTestApp({ databaseUrl: database.url });
    const body = standardBody({ customer: { id: 'cus_1', email: 'zoe@example.com', phone: '+49301234567' } });
    await deliver(app, signed('standard', body));
    await app.quiet();
    await administer(
      database.url,
      `INSERT INTO payments SELECT (jsonb_populate_record(payment, jsonb_build_object(
           'id', gen_random_uuid(), 'gateway_payment_id', 'pay_' || n, 'order_id', 'ord_' || n, 'customer_id', 'cus_x' || n,
           'customer_email', n || '@example.com', 'customer_phone', '+4930' || n))).*
         FROM payments payment, generate_series(1, 5000) AS n`,
      'ANALYZE payments',
    );
    const db = app.app.get(DataSource);
    const made = await statementsOf(db, async () => {
      expect((await app?.get('/payments?customer=zoe@example.com'))?.items).toHaveLength(1);
    });
    const asked = made.filter(([text]) => /^\s*SELECT[\s\S]*customer_email/i.test(text));
    expect(asked.length).toBeGreaterThan(0);
    for (const [text, values] of asked) {
      const [row] = await db.query<{ 'QUERY PLAN': [{ Plan: Plan }] }[]>(
        `EXPLAIN (FORMAT JSON) ${text}`,
        values,
      );
      expect(steps(row?.['QUERY PLAN'][0].Plan as Plan)).not.toContain('Seq Scan payments');
    }
  });

  /** A lease is written, or due rows are locked. */
  const CLAIM =
    /^\s*UPDATE (\w+)(?: run)? SET lease = [\s\S]*SKIP LOCKED|FROM (delivery_work|notifications)\s+WHERE [\s\S]*ORDER BY due_at LIMIT \$\d FOR UPDATE SKIP LOCKED/;

  const CLAIMED = ['delivery_work', 'handler_runs', 'notifications'];

  it('claims in the order of an index, and lets go of that for everything else', async () => {
    app = await startTestApp({ databaseUrl: database.url });
    const db = app.app.get(DataSource);
    /** The statements of each connection's last transaction. One that began before the spy did is left out. */
    const transactions = new Map<QueryRunner | undefined, string[]>();
    const claims = new Map<string, boolean>();
    const settings: string[] = [];
    const spy = jest.spyOn(db.logger, 'logQuery').mockImplementation((text, _values, connection) => {
      if (/^(START TRANSACTION|BEGIN)/.test(text)) transactions.set(connection, []);
      const earlier = transactions.get(connection);
      earlier?.push(text);
      if (text.includes('enable_bitmapscan')) settings.push(text);
      const claimed = CLAIM.exec(text)?.slice(1).find(Boolean);
      if (claimed === undefined || earlier === undefined) return;
      const isOrdered = earlier.some((one) => one.includes('SET LOCAL enable_bitmapscan = off'));
      claims.set(claimed, (claims.get(claimed) ?? true) && isOrdered);
    });
    // Other tables are claimed from, too, and sooner or later than these.
    await until(
      () => CLAIMED.every((table) => claims.has(table)),
      'a claim of deliveries, handlers and mails',
    );
    spy.mockRestore();
    for (const table of CLAIMED) expect([table, claims.get(table)]).toEqual([table, true]);
    for (const text of settings) expect(text).not.toMatch(/SET (?!LOCAL)/);
    const [setting] = await db.query<{ on: string }[]>(`SELECT current_setting('enable_bitmapscan') AS on`);
    expect(setting?.on).toBe('on');
  });
});
