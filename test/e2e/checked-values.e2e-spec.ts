import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import pg from 'pg';
import { DataSource } from 'typeorm';
import { dataSourceOptions } from '../../src/platform/database/data-source-options.js';
import { withMigrationTimeouts } from '../../src/platform/database/pg-client-timeouts.js';
import { MIGRATION_LOCK_TIMEOUT_MS, runMigrations } from '../../src/platform/database/run-migrations.js';
import { schema } from '../../src/schema/index.js';
import { CheckedValues1764880000000 } from '../../src/schema/migrations/1764880000000-checked-values.js';
import { SIMULATORS } from '../../src/simulator/simulators.js';
import { supportsStory, STORY_NAMES } from '../../src/simulator/stories.js';
import { deliver, signedStep, SIGNING, story, success } from '../support/requests.js';
import { startTestApp, until, type TestApp } from '../support/test-app.js';

jest.setTimeout(60_000);

const ID = '00000000-0000-4000-8000-000000000001';
const NOW = '2026-01-01T00:00:00Z';

/** One row of each table that every constraint accepts. */
const ROWS = {
  deliveries: {
    ...{ id: ID, gateway: 'g', account: 'a', key: 'k', provenance: 'received', verdict: 'verified' },
    ...{ status: 'pending', attempts: 0, receipts: 1, replay: false, silent: false, headers: [] },
    ...{ received_at: NOW, next_attempt_at: NOW, more_errors: 0, partial: false },
  },
  payments: {
    ...{ id: ID, gateway: 'g', account: 'a', gateway_payment_id: 'p', mode: 'live', status: 'failed' },
    ...{ state: 'failed', amount_refunded: 0, amount_disputed: 0, amount_reversed: 0, captures: [] },
    ...{ refunds: [], disputes: [], fold: {}, published_failures: {}, created_at: NOW, updated_at: NOW },
  },
  payment_reports: {
    ...{ id: ID, payment_id: ID, delivery_id: ID, key: 'k', event_id: 'e', type: 't', kind: 'noted' },
    ...{ occurred_at: NOW, received_at: NOW, late: false, outcome: 'applied', told: {} },
  },
  domain_events: {
    ...{ id: ID, name: 'payment.failed', subject_id: ID, cause_id: ID, silent: false, payload: {} },
    ...{ created_at: NOW },
  },
  handler_runs: { event_id: ID, handler: 'h', status: 'pending', attempts: 0, next_attempt_at: NOW },
  notifications: {
    ...{ id: ID, kind: 'payment_failed', payment_id: ID, attempt_key: 'k', gateway: 'g', account: 'a' },
    ...{ merchant: '', mode: 'live', order_key: 'o', channel: 'log', status: 'pending', attempts: 0 },
    ...{ occurred_at: NOW, created_at: NOW, due_at: NOW },
  },
  reconciliations: {
    ...{ id: ID, gateway: 'g', account: 'a', origin: 'operator', dry_run: false, since: NOW, until: NOW },
    ...{ status: 'pending', position: {}, missing: 0, different: 0, same: 0, problems: 0, requests: 0 },
    ...{ attempts: 0, due_at: NOW, created_at: NOW },
  },
  reconciliation_items: {
    ...{
      reconciliation_id: ID,
      number: 1,
      kind: 'missing',
      what: 'payments',
      object_id: 'p',
      difference: '',
    },
  },
  refusals: { id: ID, gateway: 'g', reason: 'too_old', verdict: {}, received_at: NOW },
  refusal_counts: { gateway: 'g', reason: 'too_old', count: 1 },
  delivery_summary: { id: 1, last_delivery_id: ID },
  event_log_state: { id: 1, head: 1, expired_through: 0, published_at: NOW },
  operator_notices: {
    ...{ id: ID, key: 'k', content: {}, status: 'pending', attempts: 0, due_at: NOW, created_at: NOW },
  },
  orders: {
    ...{ id: ID, order_id: 'o', mode: 'live', merchant: '', registered: true, amount: 1, currency: 'USD' },
    ...{ personal: false, status: 'open', flags: [], amount_paid: 0, amount_refunded: 0, published: {} },
    ...{ created_at: NOW, updated_at: NOW },
  },
  accounts: { id: ID, mode: 'live', merchant: '', customer_id: 'c', status: 'active', updated_at: NOW },
  account_words: {
    ...{ payment_id: ID, report_id: ID, kind: 'success', account_id: ID, at: NOW, rank: 1, told: [] },
  },
  dunned_orders: {
    ...{ id: ID, order_id: 'o', mode: 'live', merchant: '', payment_id: ID, gateway: 'g' },
    ...{ started_at: NOW, due_at: NOW, attempts: 0 },
  },
  subscriptions: {
    ...{
      id: ID,
      url: 'u',
      topics: [],
      filter: {},
      ordered: false,
      include_customer: false,
      max_in_flight: 1,
    },
    ...{ rate_per_second: 1, secret: 's', status: 'active', challenge: 'c', challenge_attempts: 0 },
    ...{ challenge_until: NOW, dead_in_a_row: 0, created_at: NOW, updated_at: NOW },
  },
  dispatches: {
    ...{ id: ID, subscription_id: ID, event_id: ID, event_name: 'n', subject_id: ID, sequence: 1 },
    ...{ status: 'pending', attempts: 0, created_at: NOW, updated_at: NOW },
  },
  dispatch_runner: { single: true, until: NOW },
  ledger_accounts: {
    ...{ id: 1, name: 'revenue', gateway: 'g', account: 'a', mode: 'live', merchant: '', currency: 'USD' },
    balance: 0,
  },
  ledger_entries: {
    ...{ id: ID, transaction_id: ID, ledger_account_id: 1, payment_id: ID, amount: 1, cause: 'correction' },
    ...{ cause_id: ID, occurred_at: NOW },
  },
} as const;
type Table = keyof typeof ROWS;

/** A value that each constraint refuses. */
const WRONG: readonly (readonly [constraint: string, table: Table, value: Record<string, unknown>])[] = [
  ['ck_deliveries_provenance', 'deliveries', { provenance: 'guessed' }],
  ['ck_deliveries_verdict', 'deliveries', { verdict: 'believed' }],
  ['ck_deliveries_status', 'deliveries', { status: 'done' }],
  ['ck_payments_mode', 'payments', { mode: 'sandbox' }],
  ['ck_payments_status', 'payments', { status: 'paid' }],
  ['ck_payments_state', 'payments', { state: 'refunded' }],
  ['ck_payments_amounts', 'payments', { amount: -1 }],
  ['ck_payments_amounts', 'payments', { amount_captured: -1 }],
  ['ck_payments_amounts', 'payments', { amount_refunded: -1 }],
  ['ck_payments_amounts', 'payments', { amount_disputed: -1 }],
  ['ck_payments_amounts', 'payments', { amount_reversed: -1 }],
  ['ck_payment_reports_kind', 'payment_reports', { kind: 'settled' }],
  ['ck_payment_reports_outcome', 'payment_reports', { outcome: 'ignored' }],
  ['ck_domain_events_name', 'domain_events', { name: '' }],
  ['ck_handler_runs_status', 'handler_runs', { status: 'failed' }],
  ['ck_notifications_kind', 'notifications', { kind: 'payment_refunded' }],
  ['ck_notifications_mode', 'notifications', { mode: 'sandbox' }],
  ['ck_notifications_status', 'notifications', { status: 'processed' }],
  ['ck_reconciliations_origin', 'reconciliations', { origin: 'somebody' }],
  ['ck_reconciliations_status', 'reconciliations', { status: 'running' }],
  ['ck_reconciliations_counts', 'reconciliations', { same: -1 }],
  ['ck_reconciliation_items_kind', 'reconciliation_items', { kind: 'same' }],
  ['ck_refusals_reason', 'refusals', { reason: '' }],
  ['ck_refusals_size', 'refusals', { size: -1 }],
  ['ck_refusal_counts_reason', 'refusal_counts', { reason: '' }],
  ['ck_refusal_counts_count', 'refusal_counts', { count: -1 }],
  ['ck_delivery_summary_one', 'delivery_summary', { id: 2 }],
  ['ck_event_log_state_one', 'event_log_state', { id: 2 }],
  ['ck_event_log_state_order', 'event_log_state', { expired_through: 2 }],
  ['ck_operator_notices_status', 'operator_notices', { status: 'failed' }],
  ['ck_orders_mode', 'orders', { mode: 'sandbox' }],
  ['ck_orders_status', 'orders', { status: 'expired' }],
  ['ck_orders_amounts', 'orders', { amount: 0 }],
  ['ck_orders_amounts', 'orders', { amount_paid: -1 }],
  ['ck_orders_amounts', 'orders', { amount_refunded: -1 }],
  ['ck_orders_registered', 'orders', { registered: false }],
  ['ck_accounts_mode', 'accounts', { mode: 'sandbox' }],
  ['ck_accounts_status', 'accounts', { status: 'closed' }],
  ['ck_accounts_derived', 'accounts', { derived: 'held' }],
  ['ck_account_words_kind', 'account_words', { kind: 'rumour' }],
  ['ck_subscriptions_status', 'subscriptions', { status: 'waiting' }],
  ['ck_subscriptions_limits', 'subscriptions', { max_in_flight: 0 }],
  ['ck_subscriptions_limits', 'subscriptions', { rate_per_second: 0 }],
  ['ck_dispatches_status', 'dispatches', { status: 'sent' }],
  ['ck_dispatch_runner_single', 'dispatch_runner', { single: false }],
  ['ck_dunned_orders_mode', 'dunned_orders', { mode: 'sandbox' }],
  ['ck_ledger_accounts_mode', 'ledger_accounts', { mode: 'sandbox' }],
  ['ck_ledger_accounts_name', 'ledger_accounts', { name: '' }],
  ['ck_ledger_entries_amount', 'ledger_entries', { amount: 0 }],
];

let app: TestApp;
let db: DataSource;
beforeAll(async () => {
  app = await startTestApp();
  db = app.app.get(DataSource);
});
afterAll(() => app.close());

/** Inserts the row in a transaction that is rolled back. A handler run also needs its event. */
/** Tables that have their one row from the start. */
const HAS_ITS_ROW: ReadonlySet<Table> = new Set(['event_log_state', 'dispatch_runner']);

async function tryInsert(table: Table, row: object): Promise<void> {
  const session = db.createQueryRunner();
  await session.startTransaction();
  const insert = (into: Table, values: object): Promise<unknown> =>
    session.query(`INSERT INTO ${into} SELECT (jsonb_populate_record(NULL::${into}, $1)).*`, [values]);
  try {
    if (HAS_ITS_ROW.has(table)) await session.query(`DELETE FROM ${table}`);
    if (table === 'handler_runs') await insert('domain_events', ROWS.domain_events);
    await insert(table, row);
  } finally {
    await session.rollbackTransaction();
    await session.release();
  }
}

interface Check {
  name: string;
  validated: boolean;
  definition: string;
}

const findChecks = (): Promise<Check[]> =>
  db.query<Check[]>(
    `SELECT conname AS name, convalidated AS validated, pg_get_constraintdef(oid) AS definition FROM pg_constraint
     WHERE connamespace = 'public'::regnamespace AND contype = 'c' ORDER BY conname`,
  );

/** As the schema was before this migration. */
async function undo(): Promise<void> {
  const runner = db.createQueryRunner();
  const migration = new CheckedValues1764880000000();
  await migration.down(runner);
  await runner.query('DELETE FROM migrations WHERE name = $1', [migration.name]);
  await runner.release();
}

async function migrate(): Promise<string[]> {
  const options = withMigrationTimeouts(dataSourceOptions(app.databaseUrl, schema), {
    lockMs: MIGRATION_LOCK_TIMEOUT_MS,
  });
  const starter = await new DataSource(options).initialize();
  return runMigrations(starter).finally(() => starter.destroy());
}

describe('the constraints on values', () => {
  it.each(Object.keys(ROWS) as Table[])('accept a right row of %s', async (table) => {
    await expect(tryInsert(table, ROWS[table])).resolves.toBeUndefined();
  });

  it.each(WRONG)('%s refuses a row of %s with %j', async (constraint, table, value) => {
    await expect(tryInsert(table, { ...ROWS[table], ...value })).rejects.toMatchObject({
      code: '23514',
      constraint,
    });
  });

  it('are all tried here', async () => {
    const tried = new Set(['ck_installation_one', ...WRONG.map(([name]) => name)]);
    expect((await findChecks()).map(({ name }) => name)).toEqual([...tried].toSorted());
  });

  it('say in the entities what they say in the migration', async () => {
    const before = await findChecks();
    for (const { tableName, checks } of db.entityMetadatas)
      for (const { name, expression } of checks) {
        await db.query(`ALTER TABLE ${tableName} DROP CONSTRAINT ${name}`);
        await db.query(`ALTER TABLE ${tableName} ADD CONSTRAINT ${name} CHECK (${expression})`);
      }
    expect(await findChecks()).toEqual(before);
  });
});

describe('an upgrade', () => {
  it('of a filled database of 0.1 passes, and the service goes on', async () => {
    for (const gateway of SIGNING)
      for (const name of STORY_NAMES.filter((known) =>
        supportsStory(known, SIMULATORS.get(gateway)?.steps ?? []),
      ))
        for (const step of story(gateway, name)) await deliver(app, signedStep(gateway, step));
    await app.quiet();
    await undo();
    // What only earlier versions wrote: a message of any mode, and a handler run that is done.
    await db.query(`UPDATE notifications SET mode = DEFAULT, merchant = DEFAULT`);
    await db.query(
      `INSERT INTO handler_runs (event_id, handler, status, attempts, next_attempt_at)
       SELECT id, 'of-an-earlier-version', 'done', 1, now() FROM domain_events LIMIT 1`,
    );
    expect(await migrate()).toEqual([new CheckedValues1764880000000().name]);
    expect((await findChecks()).filter(({ validated }) => !validated)).toEqual([]);
    expect((await deliver(app, success('stripe'))).json.status).toBe('accepted');
    await app.quiet();
  });

  it('that waits for a table leaves no other locked, and goes on where it stopped', async () => {
    await undo();
    const report = new pg.Client(app.databaseUrl);
    await report.connect();
    await report.query('BEGIN');
    await report.query('SELECT count(*) FROM notifications');
    const migrating = migrate();
    try {
      // The tables before it have their constraints already, for everybody to see.
      await until(
        async () => (await findChecks()).some(({ name }) => name === 'ck_payments_amounts'),
        'the first constraints',
      );
      expect((await findChecks()).map(({ name }) => name)).not.toContain('ck_notifications_kind');
      expect((await deliver(app, success('stripe'))).json.status).toBe('accepted');
    } finally {
      await report.query('COMMIT');
      await report.end();
    }
    expect(await migrating).toEqual([new CheckedValues1764880000000().name]);
    const checks = await findChecks();
    expect(checks).toHaveLength(new Set(WRONG.map(([name]) => name)).size + 1);
    expect(checks.filter(({ validated }) => !validated)).toEqual([]);
    await app.quiet();
  });
});
