import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { DataSource, type MigrationInterface, type QueryRunner } from 'typeorm';
import { findProcessedTimes } from '../../src/payments/index.js';
import { dataSourceOptions } from '../../src/platform/database/data-source-options.js';
import { withMigrationTimeouts } from '../../src/platform/database/pg-client-timeouts.js';
import { MIGRATION_LOCK_TIMEOUT_MS, runMigrations } from '../../src/platform/database/run-migrations.js';
import { schema } from '../../src/schema/index.js';
import { ReportsByDelivery1764930000000 } from '../../src/schema/migrations/1764930000000-reports-by-delivery.js';
import { IndexesOfPayments1764930200000 } from '../../src/schema/migrations/1764930200000-indexes-of-payments.js';
import { MessagesByChannel1765110000000 } from '../../src/schema/migrations/1765110000000-messages-by-channel.js';
import { ask, deliver, paymentOf, signed, standardBody, success } from '../support/requests.js';
import { startTestApp, type Json, type TestApp } from '../support/test-app.js';

jest.setTimeout(60_000);

/** The migrations that change indexes beside a running service, and an index that each builds on its way. */
const MIGRATIONS: readonly [new () => MigrationInterface, string, string][] = [
  [ReportsByDelivery1764930000000, 'pk_payment_reports_2', 'payment_reports (delivery_id, id)'],
  [
    IndexesOfPayments1764930200000,
    'uq_payments_by_gateway_payment_id',
    'payments (gateway_payment_id, gateway, account)',
  ],
  [
    MessagesByChannel1765110000000,
    'uq_notifications_once_by_channel',
    'notifications (payment_id, kind, attempt_key, channel)',
  ],
];

let app: TestApp;
let db: DataSource;
beforeAll(async () => {
  app = await startTestApp();
  db = app.app.get(DataSource);
});
afterAll(() => app.close());

const indexes = async (): Promise<Json[]> =>
  db.query<Json[]>(
    `SELECT pg_get_indexdef(indexrelid) AS definition, indisvalid, indisprimary FROM pg_index
     JOIN pg_class ON oid = indexrelid WHERE relnamespace = 'public'::regnamespace ORDER BY definition`,
  );

async function withRunner<Result>(work: (runner: QueryRunner) => Promise<Result>): Promise<Result> {
  const runner = db.createQueryRunner();
  return work(runner).finally(() => runner.release());
}

/** As the schema was before the migration. */
const undo = (migration: MigrationInterface): Promise<unknown> =>
  withRunner(async (runner) => {
    await migration.down(runner);
    await runner.query('DELETE FROM migrations WHERE name = $1', [migration.name]);
  });

async function migrate(): Promise<string[]> {
  const options = withMigrationTimeouts(dataSourceOptions(app.databaseUrl, schema), {
    lockMs: MIGRATION_LOCK_TIMEOUT_MS,
  });
  const starter = await new DataSource(options).initialize();
  return runMigrations(starter).finally(() => starter.destroy());
}

async function acceptOne(): Promise<void> {
  expect((await deliver(app, success('stripe'))).json.status).toBe('accepted');
  await app.quiet();
}

describe.each(MIGRATIONS)('a migration of indexes (%#)', (Migration, index, on) => {
  it('goes down and up again on a filled database, with what it found and what it made', async () => {
    const after = await indexes();
    await acceptOne();
    await undo(new Migration());
    await acceptOne();
    expect(await indexes()).not.toEqual(after);
    expect(await migrate()).toEqual([new Migration().name]);
    expect(await indexes()).toEqual(after);
    await acceptOne();
  });

  it.each(['finished', 'unfinished'])('goes on where it stopped, with an index %s', async (state) => {
    const after = await indexes();
    await undo(new Migration());
    await db.query(`CREATE UNIQUE INDEX ${index} ON ${on}`);
    if (state === 'unfinished')
      await db.query(`UPDATE pg_index SET indisvalid = false WHERE indexrelid = $1::regclass`, [index]);
    expect(await migrate()).toEqual([new Migration().name]);
    expect(await indexes()).toEqual(after);
    await acceptOne();
  });
});

describe('the reports of a delivery', () => {
  it('say when it was processed, by the id of the first', async () => {
    const before = Date.now();
    const paymentId = `pay_${before}`;
    await deliver(app, signed('standard', standardBody({ paymentId, status: 'succeeded' })));
    await app.quiet();
    const { timeline } = await paymentOf(app, paymentId);
    const { deliveryId } = timeline[0] as { deliveryId: string };
    const times = await findProcessedTimes(db.manager, [deliveryId, '01890000-0000-7000-8000-000000000000']);
    expect([...times.keys()]).toEqual([deliveryId]);
    expect(times.get(deliveryId)?.getTime()).toBeGreaterThanOrEqual(before);
    expect(times.get(deliveryId)?.getTime()).toBeLessThanOrEqual(Date.now());
    expect((await ask(app, `/deliveries/${deliveryId}`)).status).toBe(200);
  });
});
