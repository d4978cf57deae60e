import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DataSource } from 'typeorm';
import type { StoryStep } from '../../src/simulator/gateway-simulator.js';
import { SIMULATORS } from '../../src/simulator/simulators.js';
import { STORY_NAMES, supportsStory } from '../../src/simulator/stories.js';
import { balancesOf, contractBalances, entriesOf, isBalanced } from '../support/ledger.js';
import {
  ask,
  deliver,
  freshId,
  paymentOf,
  signed,
  SIGNING,
  signedStep,
  standardBody,
  story,
} from '../support/requests.js';
import { runProgram } from '../support/run-program.js';
import { startTestApp, until, type Json, type TestApp } from '../support/test-app.js';

let app: TestApp;
let db: DataSource;
beforeAll(async () => {
  app = await startTestApp();
  db = app.app.get(DataSource);
});
afterAll(() => app.close());

const START = Date.now() - 600_000;

/** Tells a payment of 10.00 USD in the order given, a second apart each, and waits until it is booked. */
async function tell(
  paymentId: string,
  ...changes: readonly ({ at?: number } & Record<string, unknown>)[]
): Promise<Json> {
  for (const [index, { at = index, ...change }] of changes.entries()) {
    const timestamp = new Date(START + at * 1000).toISOString();
    const body = standardBody(
      { paymentId, amount: 10, orderId: `ord_${paymentId}`, ...change },
      { timestamp },
    );
    expect(await deliver(app, signed('standard', body))).toMatchObject({ status: 200 });
    await app.quiet();
  }
  return paymentOf(app, paymentId);
}

const stepsOf = (gateway: string): readonly StoryStep[] => SIMULATORS.get(gateway)?.steps ?? [];

const told = (entries: readonly Json[]): string[] =>
  entries.map(
    ({ direction, ledgerAccount, amount, cause, corrects }) =>
      `${direction} ${ledgerAccount} ${amount} ${cause}${corrects === null ? '' : ' corrects'}`,
  );

describe('the ledger', () => {
  it('books a capture as two entries that say what, why, when and of which order', async () => {
    const id = freshId('pay');
    const payment = await tell(id, { status: 'completed' });
    const entries = await entriesOf(app, payment.id);
    expect(entries).toHaveLength(2);
    const [debit, credit] = entries;
    const both = {
      id: expect.any(String),
      transaction: debit.transaction,
      amount: '1000',
      currency: 'USD',
      mode: 'live',
      merchant: null,
      paymentId: payment.id,
      orderId: `ord_${id}`,
      cause: 'payment.succeeded',
      causeId: expect.any(String),
      occurredAt: new Date(START).toISOString(),
      bookedAt: expect.any(String),
      corrects: null,
    };
    expect(debit).toEqual({ ...both, ledgerAccount: 'gateway:standard:default', direction: 'debit' });
    expect(credit).toEqual({ ...both, ledgerAccount: 'revenue', direction: 'credit' });
    expect(Date.now() - Date.parse(debit.bookedAt)).toBeLessThan(60_000);
  });

  it('books what is refunded, and back what of it falls, naming what is undone', async () => {
    const payment = await tell(
      freshId('pay'),
      { status: 'completed', at: 0 },
      { status: 'partially_refunded', refundedAmount: 4, at: 5 },
      // Older, so that it changes nothing; then newer, with a smaller total.
      { status: 'partially_refunded', refundedAmount: 9, at: 3 },
      { status: 'partially_refunded', refundedAmount: 1, at: 9 },
    );
    const entries = await entriesOf(app, payment.id);
    expect(told(entries)).toEqual([
      'debit gateway:standard:default 1000 payment.succeeded',
      'credit revenue 1000 payment.succeeded',
      'debit refunds 400 payment.refunded',
      'credit gateway:standard:default 400 payment.refunded',
      'debit gateway:standard:default 300 correction corrects',
      'credit refunds 300 correction corrects',
    ]);
    expect(entries[4].corrects).toBe(entries[2].transaction);
    expect(balancesOf(entries)).toEqual(contractBalances(payment));
  });

  it('books a reversal after a refund; the account of the gateway may become negative', async () => {
    const payment = await tell(
      freshId('pay'),
      { status: 'completed' },
      { status: 'partially_refunded', refundedAmount: 4 },
      { status: 'reversed' },
    );
    const entries = await entriesOf(app, payment.id);
    expect(balancesOf(entries)).toMatchObject({
      'gateway:standard:default live - USD': '-400',
      'reversals live - USD': '1000',
      'revenue live - USD': '-1000',
    });
    expect(told(entries).slice(4)).toEqual([
      'debit reversals 1000 payment.reversed',
      'credit gateway:standard:default 1000 payment.reversed',
    ]);
    expect(balancesOf(entries)).toEqual(contractBalances(payment));
  });

  it('is right at the end of every story of every gateway that signs, told backwards too', async () => {
    const ids: string[] = [];
    for (const gateway of SIGNING)
      for (const name of STORY_NAMES.filter((each) => supportsStory(each, stepsOf(gateway))))
        for (const isBackwards of [false, true]) {
          const steps = story(gateway, name);
          ids.push(steps[0]?.paymentId ?? '');
          for (const step of isBackwards ? steps.toReversed() : steps)
            expect((await deliver(app, signedStep(gateway, step))).status).toBe(200);
        }
    await app.quiet();
    expect(ids.length).toBeGreaterThan(3);
    for (const id of ids) {
      const payment = await paymentOf(app, id);
      const entries = await entriesOf(app, payment.id);
      expect(balancesOf(entries)).toEqual(contractBalances(payment));
      expect(isBalanced(entries)).toBe(true);
    }
  });

  it('books nothing twice: of duplicates, a replay and a rebuild', async () => {
    const payment = await tell(freshId('pay'), { status: 'completed' });
    const before = await entriesOf(app, payment.id);
    const [{ deliveryId }] = payment.timeline;
    await app.post(`/deliveries/${deliveryId}/replay`);
    await app.quiet();
    expect((await runProgram('rebuild', app.databaseUrl)).code).toBe(0);
    await app.quiet();
    expect(await entriesOf(app, payment.id)).toEqual(before);
  });

  it('follows a rebuild that changes a payment', async () => {
    const payment = await tell(freshId('pay'), { status: 'completed' });
    await db.query(`UPDATE payments SET amount_captured = 700 WHERE id = $1`, [payment.id]);
    await db.query(
      `UPDATE payment_reports SET told = told || '{"amountCaptured": "900"}' WHERE payment_id = $1`,
      [payment.id],
    );
    expect((await runProgram('rebuild', app.databaseUrl)).code).toBe(0);
    await app.quiet();
    const now = await paymentOf(app, payment.gatewayPaymentId);
    expect(balancesOf(await entriesOf(app, payment.id))).toEqual(contractBalances(now));
  });

  it('is as it was after the customer is erased: nothing in it is personal', async () => {
    const email = `${freshId('who')}@example.com`;
    const payment = await tell(freshId('pay'), { status: 'completed', customer: { email } });
    const before = await entriesOf(app, payment.id);
    const answer = await ask(app, '/customers/erase', {
      method: 'POST',
      body: JSON.stringify({ customer: email }),
      headers: { 'content-type': 'application/json' },
    });
    expect(answer.json).toMatchObject({ payments: 1, ledger: 0 });
    expect(await entriesOf(app, payment.id)).toEqual(before);
  });

  it('lets a payment wait that cannot be booked, and holds up no others', async () => {
    const [bad, good] = [freshId('bad'), freshId('good')];
    const waits = async (): Promise<unknown> => (await app.get('/stats')).ledger;
    await tell(good, { status: 'pending' });
    const { id } = await tell(bad, { status: 'pending' });
    await db.query(
      `ALTER TABLE ledger_entries ADD CONSTRAINT ck_bad CHECK (payment_id <> '${id}') NOT VALID`,
    );
    await Promise.all(
      [bad, good].map((paymentId) => {
        const times = { timestamp: new Date(START + 1_000).toISOString() };
        const body = standardBody(
          { paymentId, amount: 10, status: 'completed', orderId: `ord_${paymentId}` },
          times,
        );
        return deliver(app, signed('standard', body));
      }),
    );
    await until(
      async () => (await entriesOf(app, (await paymentOf(app, good)).id)).length === 2,
      'the other one',
    );
    await until(
      async () => JSON.stringify(await waits()).includes('"scheduled":1'),
      'the payment that waits',
    );
    expect(await entriesOf(app, id)).toEqual([]);
    await db.query('ALTER TABLE ledger_entries DROP CONSTRAINT ck_bad');
    await until(async () => (await entriesOf(app, id)).length === 2, 'the payment that waited');
    expect(await waits()).toEqual({ pending: 0, scheduled: 0, dead: 0 });
  });

  it('shows its work in /stats', async () => {
    expect(await app.get('/stats')).toMatchObject({ ledger: { pending: 0, scheduled: 0, dead: 0 } });
  });
});

describe('the tables of the ledger, written past the application', () => {
  const constraintOf = (work: () => Promise<unknown>): Promise<unknown> =>
    work().then(
      () => 'nothing refused it',
      (error: { driverError?: { constraint?: string; code?: string } }) =>
        error.driverError?.constraint ?? error.driverError?.code ?? error,
    );

  it.each([
    ['an update of entries', 'UPDATE ledger_entries SET amount = amount + 1'],
    ['an update of no entry', `UPDATE ledger_entries SET cause = 'x' WHERE false`],
    ['a deletion of entries', 'DELETE FROM ledger_entries'],
    ['a truncation of entries', 'TRUNCATE ledger_entries'],
    ['a truncation of entries with another table', 'TRUNCATE ledger_entries, feature_work CASCADE'],
  ])('refuse %s', async (_case, statement) => {
    expect(await constraintOf(() => db.query(statement))).toBe('tr_ledger_entries_append_only');
  });

  it.each([
    ['a deletion of ledger accounts', 'DELETE FROM ledger_accounts'],
    ['a deletion of no ledger account', 'DELETE FROM ledger_accounts WHERE false'],
    ['a truncation of ledger accounts', 'TRUNCATE ledger_accounts'],
    ['a truncation of both', 'TRUNCATE ledger_accounts, ledger_entries CASCADE'],
  ])('refuse %s', async (_case, statement) => {
    expect(await constraintOf(() => db.query(statement))).toBe('tr_ledger_accounts_kept');
  });

  const insert = (amounts: readonly number[], account = '(SELECT min(id) FROM ledger_accounts)'): string =>
    `INSERT INTO ledger_entries (id, transaction_id, ledger_account_id, payment_id, amount, cause, cause_id, occurred_at)
     SELECT gen_random_uuid(), '00000000-0000-7000-8000-000000000001', ${account},
       '00000000-0000-7000-8000-000000000002', amount, 'x', gen_random_uuid(), now()
     FROM unnest(ARRAY[${amounts.join(',')}]) AS amount`;

  it('refuse a transaction that does not sum to zero, at its end and no earlier', async () => {
    const name = 'ct_ledger_entries_sum_to_zero';
    expect(await constraintOf(() => db.query(insert([5, -4])))).toBe(name);
    expect(await constraintOf(() => db.query(insert([5])))).toBe(name);
    const inTwoSteps = db.transaction(async (manager) => {
      await manager.query(insert([5]));
      await manager.query(insert([-5]));
      throw new Error('both were taken');
    });
    await expect(inTwoSteps).rejects.toThrow('both were taken');
  });

  it('refuse a transaction that sums to zero over two currencies, or names an account that is not there', async () => {
    const eur = await db.query<{ id: number }[]>(
      `INSERT INTO ledger_accounts (name, gateway, account, mode, merchant, currency, balance)
       VALUES ('revenue', 'x', 'x', 'live', '', 'EUR', 0) RETURNING id`,
    );
    const acrossCurrencies = db.transaction(async (manager) => {
      await manager.query(insert([5]));
      await manager.query(insert([-5], String(eur[0]?.id)));
    });
    const name = 'ct_ledger_entries_sum_to_zero';
    expect(await constraintOf(() => acrossCurrencies)).toBe(name);
    expect(await constraintOf(() => db.query(insert([5, -5], '-1')))).toBe(name);
  });

  it('refuse an entry of nothing', async () => {
    expect(await constraintOf(() => db.query(insert([0])))).toBe('ck_ledger_entries_amount');
  });
});

describe('npm run ledger -- --check', () => {
  const check = (...args: string[]) => runProgram('ledger', app.databaseUrl, args);

  it('ends with 0 where the books are right', async () => {
    const { code, lines } = await check('--check');
    expect(lines).toEqual([expect.stringMatching(/^\d+ payments compared with the books: no difference\.$/)]);
    expect(code).toBe(0);
  });

  it('ends with 1 where they are not, names each difference, and books it without --check', async () => {
    const payment = await tell(freshId('pay'), { status: 'completed' });
    await db.query(`UPDATE payments SET amount_captured = 700 WHERE id = $1`, [payment.id]);
    const { code, lines } = await check('--check');
    expect(lines).toEqual([
      `payment ${payment.id}  gateway:standard:default live USD: 1000 booked, 700 expected`,
      `payment ${payment.id}  revenue live USD: -1000 booked, -700 expected`,
      expect.stringMatching(/: 2 differences, in 1 payments\.$/),
    ]);
    expect(code).toBe(1);
    expect((await check()).code).toBe(0);
    expect((await check('--check')).code).toBe(0);
    await db.query(`UPDATE payments SET amount_captured = 1000 WHERE id = $1`, [payment.id]);
    expect((await check()).code).toBe(0);
  });

  it('finds a balance that is not the sum of its entries', async () => {
    const change = (by: number): Promise<unknown> =>
      db.query(
        `UPDATE ledger_accounts SET balance = balance + $1 WHERE name = 'revenue' AND gateway = 'standard'`,
        [by],
      );
    await change(1);
    const { code, lines } = await check('--check');
    expect(lines[0]).toMatch(/^ledger account \d+ {2}revenue: -\d+ booked, -\d+ expected$/);
    expect(code).toBe(1);
    await change(-1);
  });

  it('finds entries of payments that do not exist, which booking cannot mend', async () => {
    const unknown = ['00000000-0000-7000-8000-000000000003', 'ffffffff-ffff-7fff-bfff-ffffffffffff'];
    await db.query(
      `INSERT INTO ledger_entries (id, transaction_id, ledger_account_id, payment_id, amount, cause, cause_id, occurred_at)
       SELECT gen_random_uuid(), payment, account.id, payment, amount, 'x', payment, now()
       FROM unnest($1::uuid[]) AS payment CROSS JOIN (VALUES (5, 'revenue'), (-5, 'gateway:standard:default')) AS one (amount, name)
       JOIN ledger_accounts account ON account.name = one.name AND account.gateway = 'standard'
         AND account.mode = 'live' AND account.merchant = '' AND account.currency = 'USD'`,
      [unknown],
    );
    const { code, lines } = await check('--check');
    for (const id of unknown) {
      expect(lines).toContain(`payment ${id} (not stored)  revenue live USD: 5 booked, 0 expected`);
      expect(lines).toContain(
        `payment ${id} (not stored)  gateway:standard:default live USD: -5 booked, 0 expected`,
      );
    }
    expect(code).toBe(1);
    expect((await check()).code).toBe(1);
    await db.query(`ALTER TABLE ledger_entries DISABLE TRIGGER tr_ledger_entries_append_only`);
    await db.query(`DELETE FROM ledger_entries WHERE payment_id = ANY ($1)`, [unknown]);
    await db.query(`ALTER TABLE ledger_entries ENABLE TRIGGER tr_ledger_entries_append_only`);
    expect((await check('--check')).code).toBe(0);
  });

  it('ends with 2 where the ledger is not part of the installation', async () => {
    const loader = `export async function load(url, context, next) {
      const loaded = await next(url, context);
      if (!url.endsWith('/app/features.js')) return loaded;
      return { ...loaded, source: String(loaded.source).replace(/^ +ledgerFeature,$/m, '') };
    }`;
    const withoutLedger = `import { register } from 'node:module';
      register('data:text/javascript,${encodeURIComponent(loader).replaceAll("'", '%27')}');`;
    const options = `--import=data:text/javascript,${encodeURIComponent(withoutLedger)}`;
    const { code, lines, errors } = await runProgram('ledger', app.databaseUrl, ['--check'], {
      NODE_OPTIONS: options,
    });
    expect({ code, lines, errors }).toEqual({
      code: 2,
      lines: [],
      errors: 'The ledger is not part of this installation.\n',
    });
  });

  it('ends with 3 while the ledger catches up', async () => {
    const set = (at: string): Promise<unknown> =>
      db.query(`UPDATE feature_progress SET finished_at = ${at} WHERE feature = 'ledger'`);
    await set('NULL');
    expect((await check('--check')).code).toBe(3);
    await set('now()');
  });
});
