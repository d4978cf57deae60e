import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ClassConstructor } from 'class-transformer';
import { IsIn } from 'class-validator';
import { DataSource } from 'typeorm';
import { SIMULATORS } from '../../src/simulator/simulators.js';
import { supportsStory, STORY_NAMES } from '../../src/simulator/stories.js';
import type { StoryEvent } from '../../src/simulator/gateway-simulator.js';
import { PaymentsRebuild, type Difference } from '../../src/payments/index.js';
import { StoredReportSource } from '../../src/webhooks/replay/stored-report-source.js';
import { gateways } from '../../src/webhooks/gateways/index.js';
import { StandardGateway } from '../../src/webhooks/gateways/standard/standard.gateway.js';
import { IppopayFakeApi } from '../support/ippopay-fake-api.js';
import { comparable, deliver, paymentOf, SIGNING, signedStep, story } from '../support/requests.js';
import { runProgram } from '../support/run-program.js';
import { StandardSender } from '../support/standard-sender.js';
import { startTestApp, until, type Json, type TestApp } from '../support/test-app.js';

const keys = { publicKey: 'pk_live_1', secretKey: 'sk_live_1' };

let standIn: IppopayFakeApi;
let app: TestApp;
let db: DataSource;
let shop: StandardSender;
beforeAll(async () => {
  standIn = await IppopayFakeApi.start(keys);
  app = await startTestApp({
    environment: {
      IPPOPAY_PUBLIC_KEY: keys.publicKey,
      IPPOPAY_SECRET_KEY: keys.secretKey,
      IPPOPAY_API_URL: standIn.baseUrl,
    },
  });
  db = app.app.get(DataSource);
  shop = new StandardSender(app.url);
});
afterAll(async () => {
  await app.close();
  await standIn.close();
});

const environment = { IPPOPAY_PUBLIC_KEY: keys.publicKey, IPPOPAY_SECRET_KEY: keys.secretKey };
const check = () => runProgram('rebuild', app.databaseUrl, ['--check'], environment);
const rebuild = () => runProgram('rebuild', app.databaseUrl, [], environment);

/** What a rebuild must never add to. */
const told = async (): Promise<Json> => {
  const tables = ['domain_events', 'handler_runs', 'notifications'];
  const counts = tables.map((table) => `(SELECT count(*)::int FROM ${table}) AS ${table}`);
  const published = `(SELECT json_agg(published_failures ORDER BY id) FROM payments) AS published`;
  const [row] = await db.query<object[]>(`SELECT ${[...counts, published].join(', ')}`);
  return row;
};

const all = async (): Promise<Json[]> => {
  const { items } = await app.get<{ items: { id: string }[] }>('/payments?limit=200');
  const payments: Json[] = await Promise.all(items.map(({ id }) => app.get(`/payments/${id}`)));
  return payments.map(comparable).sort((a, b) => (a.gatewayPaymentId < b.gatewayPaymentId ? -1 : 1));
};

async function tellStories(): Promise<void> {
  for (const gateway of SIGNING)
    for (const name of STORY_NAMES.filter((known) =>
      supportsStory(known, SIMULATORS.get(gateway)?.steps ?? []),
    ))
      for (const step of [...story(gateway, name)].reverse()) await deliver(app, signedStep(gateway, step));
  const asked = story('ippopay', 'success').at(-1) as StoryEvent;
  standIn.applyEvent(asked);
  await deliver(app, signedStep('ippopay', asked));
  await app.quiet();
}

/** Where a payment was tampered with, and what the check must say of it: nothing else. */
const TAMPERED: readonly (readonly [payment: string, sql: string, differences: readonly string[]])[] = [
  ['status', `UPDATE payments SET status = 'succeeded' WHERE id = $1`, ['status: succeeded → failed']],
  [
    'money',
    `UPDATE payments SET amount_captured = 1, amount = NULL WHERE id = $1`,
    ['amount: null → 10000', 'amountCaptured: 1 → 10000'],
  ],
  [
    'person',
    `UPDATE payments SET customer_email = 'somebody.else@example.com' WHERE id = $1`,
    ['customer.email: one value → another'],
  ],
  [
    'outcome',
    `UPDATE payment_reports SET outcome = 'refused' WHERE payment_id = $1 AND kind = 'failed'`,
    ['timeline[msg_outcome].outcome: refused → applied'],
  ],
  [
    'told',
    `UPDATE payment_reports SET told = jsonb_set(told, '{amount}', '"99"') WHERE payment_id = $1`,
    ['timeline[msg_told].amount: 99 → 10000'],
  ],
  [
    'contact',
    `UPDATE payment_reports SET told = jsonb_set(told, '{customer,email}', '"nobody@example.com"') WHERE payment_id = $1`,
    ['timeline[msg_contact].customer: one value → another'],
  ],
  ['report', `DELETE FROM payment_reports WHERE payment_id = $1`, ['timeline[msg_report]: missing → failed']],
  [
    'key',
    `UPDATE payment_reports SET key = 'forged' WHERE payment_id = $1`,
    ['timeline[msg_key]: failed → not told', 'timeline[msg_key]: missing → failed'],
  ],
  [
    'whole',
    `WITH gone AS (DELETE FROM payment_reports WHERE payment_id = $1) DELETE FROM payments WHERE id = $1`,
    ['payment: missing → failed'],
  ],
];

describe('npm run rebuild', () => {
  it('finds nothing after traffic of every gateway, in whatever order it came', async () => {
    await tellStories();
    const { code, lines, errors } = await check();
    expect({ code, errors }).toEqual({ code: 0, errors: '' });
    expect(lines).toEqual([`${(await all()).length} payments derived again: all as stored.`]);
    expect((await all()).length).toBeGreaterThan(20);
  });

  it('pains 5, 10, 16: --check lists exactly what was tampered with, and changes nothing', async () => {
    for (const [payment] of TAMPERED)
      await shop.tell(payment === 'money' ? 'completed' : 'failed', { payment, id: `msg_${payment}` });
    await app.quiet();
    const right = await all();
    const before = await told();

    const expected: string[] = [];
    for (const [payment, sql, differences] of TAMPERED) {
      const { id } = await paymentOf(app, payment);
      await db.query(sql.replaceAll('$1', `'${id}'`));
      const shown = payment === 'whole' ? '(no id)' : id;
      expected.push(...differences.map((each) => `standard/default/${payment} ${shown}  ${each}`));
    }
    const found = await check();
    expect({ code: found.code, errors: found.errors }).toEqual({ code: 1, errors: '' });
    expect(found.lines.slice(0, -1).sort()).toEqual(expected.sort());
    expect(found.lines.at(-1)).toMatch(/^\d+ payments derived again: 11 differences in 9 of them\.$/);
    expect(found.lines.join('\n')).not.toMatch(/@example\.com|Asha/);

    const { published: _published, ...counts } = before;
    expect(await told()).toMatchObject(counts);
    const repaired = await rebuild();
    expect(repaired).toMatchObject({ code: 0, errors: '' });
    expect(repaired.lines.at(-1)).toMatch(/ 11 differences in 9 of them, repaired\.$/);
    expect((await runInside(app, false)).differences).toEqual([]);
    expect(await all()).toEqual(right);
  });

  it('pain 17: repairs in silence: followers hear what changed, nobody is alerted, and what was told stays told', async () => {
    const before = await told();
    await db.query(
      `UPDATE payments SET status = 'succeeded', state = 'succeeded' WHERE gateway_payment_id = 'status'`,
    );
    await db.query(`DELETE FROM payment_reports WHERE event_id = 'msg_report'`);
    const seen = await db.query<{ id: string }[]>(`SELECT id FROM domain_events`);
    expect((await runInside(app)).summary.remaining).toBe(0);
    await app.quiet();
    // Orders and books follow what changed: the status of one payment. Nothing is owed to anybody who reaches people.
    expect(await told()).toEqual({ ...before, domain_events: before.domain_events + 1 });
    const [amended] = await db.query<Json[]>(`SELECT * FROM domain_events WHERE id <> ALL($1::uuid[])`, [
      seen.map(({ id }) => id),
    ]);
    expect(amended).toMatchObject({ name: 'payment.amended', silent: true });
    expect(amended?.payload).toMatchObject({
      gatewayPaymentId: 'status',
      before: { status: 'succeeded', amount: '10000' },
      after: { status: 'failed', amount: '10000' },
    });
    // A duplicate of the repaired failure, and a further report of it, alert nobody a second time.
    await shop.tell('failed', { payment: 'report', id: 'msg_report' });
    await shop.tell('failed', { payment: 'report' });
    await app.quiet();
    expect((await told()).notifications).toBe(before.notifications);
  });

  it('folds what is stored where the bytes are gone, and says what cannot be derived at all', async () => {
    for (const payment of ['old', 'lost']) await shop.tell('failed', { payment });
    await app.quiet();
    await db.query(
      `UPDATE deliveries SET raw = NULL WHERE id IN (SELECT delivery_id FROM payment_reports report
         JOIN payments payment ON payment.id = report.payment_id WHERE gateway_payment_id IN ('old', 'lost'))`,
    );
    expect((await runInside(app, false)).differences).toEqual([]);
    await db.query(`UPDATE payments SET amount = 1 WHERE gateway_payment_id = 'old'`);
    expect((await runInside(app, false)).differences).toMatchObject([
      { payment: 'standard/default/old', field: 'amount', stored: '1', derived: '10000' },
    ]);
    expect((await runInside(app)).summary.remaining).toBe(0);
    expect(await paymentOf(app, 'old')).toMatchObject({ amount: '10000' });

    const kept = await db.query<object[]>(
      `SELECT * FROM payment_reports WHERE payment_id = (SELECT id FROM payments WHERE gateway_payment_id = 'lost')`,
    );
    expect(kept).toHaveLength(1);
    await db.query(`DELETE FROM payment_reports WHERE id = '${(kept[0] as { id: string }).id}'`);
    const failed = await rebuild();
    expect(failed.code).toBe(1);
    expect(failed.lines[0]).toMatch(/timeline: lost → nothing left to derive it from$/);
    expect(await paymentOf(app, 'lost')).toMatchObject({ status: 'failed' });
    await db.query(`DELETE FROM payments WHERE gateway_payment_id = 'lost'`);
  });

  it('pain 21: a version that cannot read what an earlier one took says so, and keeps what is stored', async () => {
    class NeverFits {
      @IsIn(['nothing that is ever sent']) event!: string;
    }
    class StrictGateway extends StandardGateway {
      override dtoFor(): ClassConstructor<object> {
        return NeverFits;
      }
    }
    await shop.tell('completed', { payment: 'drift', id: 'msg_drift' });
    await app.quiet();
    const strict = gateways.map((gateway) => (gateway.name === 'standard' ? new StrictGateway() : gateway));
    const later = await startTestApp({ databaseUrl: app.databaseUrl, gateways: strict });
    const right = await paymentOf(app, 'drift');
    const { differences, summary } = await runInside(later, true);
    await later.close();
    expect(differences).toContainEqual({
      paymentId: right.id,
      payment: 'standard/default/drift',
      field: 'timeline[msg_drift]',
      stored: 'succeeded',
      derived: 'unreadable',
    });
    expect(summary.remaining).toBeGreaterThan(0);
    expect(comparable(await paymentOf(app, 'drift'))).toEqual(comparable(right));
  });

  it('pain 8: writes under the lock of the payment, beside a service that is at work on it', async () => {
    await shop.tell('failed', { payment: 'busy', at: 1 });
    await app.quiet();
    await db.query(`UPDATE payments SET status = 'succeeded' WHERE gateway_payment_id = 'busy'`);
    const session = db.createQueryRunner();
    await session.startTransaction();
    await session.query(`SELECT pg_advisory_xact_lock(hashtextextended($1, 0))`, [
      JSON.stringify(['standard', 'default', 'busy']),
    ]);
    const repaired = runInside(app);
    await until(async () => {
      const waiting = `SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`;
      return (await db.query<object[]>(waiting)).length > 0;
    }, 'the rebuild to wait for the payment');
    // Somebody else puts it right meanwhile: it is looked at again under the lock, and left alone.
    await session.query(
      `UPDATE payments SET status = 'failed', updated_at = '2001-01-01' WHERE gateway_payment_id = 'busy'`,
    );
    await session.commitTransaction();
    await session.release();
    expect((await repaired).summary).toMatchObject({ differing: 1, remaining: 0 });
    expect((await paymentOf(app, 'busy')).updatedAt).toBe('2001-01-01T00:00:00.000Z');
  });

  it('agrees with a service that takes traffic meanwhile', async () => {
    const traffic = (async () => {
      for (let nth = 0; nth < 40; nth++)
        await shop.tell('failed', { payment: `live-${nth % 5}`, at: 200 - nth });
    })();
    const seen: Difference[] = [];
    let done = false;
    void traffic.finally(() => (done = true));
    do seen.push(...(await runInside(app)).differences);
    while (!done);
    await traffic;
    await app.quiet();
    expect(seen).toEqual([]);
    expect((await runInside(app)).differences).toEqual([]);
  });

  it('that cannot run says why, and ends with 2', async () => {
    expect((await runProgram('rebuild', app.databaseUrl, ['--chekc'])).code).toBe(2);
    const misled = await runProgram('rebuild', app.databaseUrl, ['--check'], { WEBHOOK_SECRETS_NOBODY: 'x' });
    expect(misled).toMatchObject({ code: 2, lines: [] });
    expect(misled.errors).toMatch(/WEBHOOK_SECRETS_NOBODY/);
  });
});

async function runInside(
  { app: inside }: TestApp,
  repairing = true,
): Promise<{ differences: Difference[]; summary: Json }> {
  const differences: Difference[] = [];
  const sources = inside.get(StoredReportSource, { strict: false });
  const rebuilding = inside.get(PaymentsRebuild, { strict: false });
  const summary = await rebuilding.run(sources, repairing, (difference) => differences.push(difference));
  return { differences, summary };
}
