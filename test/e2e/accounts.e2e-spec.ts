import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { DataSource } from 'typeorm';
import { askAccount, hold, release, statusOf, toldOf } from '../support/customer-accounts.js';
import { ask, freshId } from '../support/requests.js';
import { StandardSender, type Telling } from '../support/standard-sender.js';
import { startTestApp, until, type Json, type TestApp } from '../support/test-app.js';
import { createTestDatabase } from '../support/test-database.js';
import type { StandardStatus } from '../../src/webhooks/gateways/standard/standard.kinds.js';

/** 1.8 seconds: short enough to be waited for. */
const SHORT_GRACE = '0.0005';

const opened: (() => Promise<unknown>)[] = [];
let app: TestApp;
let second: TestApp;
/** Its customers stay past due. */
let patient: TestApp;
beforeAll(async () => {
  const database = await createTestDatabase();
  const start = (environment: Record<string, string>, databaseUrl?: string): Promise<TestApp> =>
    startTestApp({ environment, ...(databaseUrl && { databaseUrl }) });
  app = await start({ GRACE_HOURS: SHORT_GRACE }, database.url);
  second = await start({ GRACE_HOURS: SHORT_GRACE }, database.url);
  patient = await start({ ACCOUNT_ON_REFUND: 'suspended', ACCOUNT_ON_DISPUTE: 'suspended' });
  opened.push(() => database.drop(), ...[patient, second, app].map((one) => () => one.close()));
});
afterAll(async () => {
  for (const close of opened.reverse()) await close();
});

const comes = (where: TestApp, customer: string, status: string): Promise<unknown> =>
  until(async () => (await statusOf(where, customer)) === status, `${customer} to be ${status}`);

describe('a membership', () => {
  it('is paid, fails, has its grace, is suspended, is paid again and is active', async () => {
    const member = freshId('member');
    const shop = new StandardSender(app.url);
    const pays = (status: StandardStatus, month: string): Promise<string> =>
      shop.tell(status, { payment: `${member}_${month}`, customer: { id: member } });

    await pays('completed', 'january');
    await comes(app, member, 'active');
    await pays('failed', 'february');
    await comes(app, member, 'suspended');
    // The account is shown as suspended from the moment at which its grace ends, and told within half a second.
    await app.quiet();
    await pays('completed', 'february');
    await comes(app, member, 'active');
    await app.quiet();
    expect(await toldOf(app, member)).toEqual(['activated', 'past_due', 'suspended', 'activated']);
  });
});

describe('a customer account', () => {
  const tell = async (
    where: TestApp,
    customer: string,
    words: readonly string[],
    more: Partial<Telling> = {},
  ) => {
    const shop = new StandardSender(where.url);
    for (const word of words) {
      const [status, payment = '1'] = word.split(' ') as [StandardStatus, string?];
      await shop.tell(status, { payment: `${customer}_${payment}`, customer: { id: customer }, ...more });
    }
    await where.quiet();
  };

  it('is unknown until the customer paid once', async () => {
    const customer = freshId('cus');
    await tell(patient, customer, ['failed']);
    expect(await statusOf(patient, customer)).toBe(404);
    expect((await hold(patient, customer)).status).toBe(404);
    expect((await release(patient, customer)).status).toBe(404);
    await tell(patient, customer, ['completed']);
    expect([await statusOf(patient, customer), await toldOf(patient, customer)]).toEqual([
      'active',
      ['activated'],
    ]);
  });

  it('is past due for its grace, which waits and is not pending', async () => {
    const customer = freshId('cus');
    await tell(patient, customer, ['completed 1', 'failed 2']);
    const { json } = await askAccount(patient, customer);
    expect(json).toEqual({
      ...{ customerId: customer, mode: 'live', merchant: null, status: 'past_due' },
      ...{ since: expect.any(String), graceEndsAt: expect.any(String), lastPaymentId: expect.any(String) },
    });
    const hours = (Date.parse(json.graceEndsAt) - Date.now()) / 3_600_000;
    expect([hours <= 72, hours > 71.9]).toEqual([true, true]);
    const { accounts } = await patient.get('/stats');
    expect(accounts).toMatchObject({ pending: 0, dead: 0 });
    expect(accounts.scheduled).toBeGreaterThanOrEqual(1);
  });

  it('follows full refunds as it is set, and no dispute that is open', async () => {
    const [refunded, disputed] = [freshId('ref'), freshId('dis')];
    await tell(patient, refunded, ['completed']);
    await tell(patient, refunded, ['refunded'], { at: 9, refunded: '100' });
    expect(await statusOf(patient, refunded)).toBe('suspended');
    await tell(patient, disputed, ['completed', 'disputed']);
    expect(await statusOf(patient, disputed)).toBe('active');
    const kept = freshId('kept');
    await tell(app, kept, ['completed']);
    await tell(app, kept, ['refunded'], { at: 9, refunded: '100' });
    expect([await statusOf(app, kept), await toldOf(app, kept)]).toEqual(['active', ['activated']]);
  });

  it('is past due no more when somebody else pays the order', async () => {
    const customer = freshId('cus');
    await tell(patient, customer, ['completed 1']);
    await tell(patient, customer, ['failed 2'], { at: 2, order: `${customer}_o` });
    expect(await statusOf(patient, customer)).toBe('past_due');
    await tell(patient, freshId('friend'), ['completed 1'], { at: 3, order: `${customer}_o` });
    expect(await statusOf(patient, customer)).toBe('active');
    await tell(patient, customer, ['failed 3'], { at: 4, order: `${customer}_o` });
    await new StandardSender(patient.url).tell('completed', {
      ...{ payment: `${customer}_guest`, at: 5, order: `${customer}_o`, customer: null },
    });
    await patient.quiet();
    expect(await toldOf(patient, customer)).toEqual([
      'activated',
      'past_due',
      'activated',
      'past_due',
      'activated',
    ]);
  });

  it('is past due when a renewal fails under the order id of what was paid before', async () => {
    const [customer, order] = [freshId('cus'), freshId('renewed')];
    await tell(patient, customer, ['completed 1', 'failed 2'], { order });
    expect(await statusOf(patient, customer)).toBe('past_due');
    expect(await toldOf(patient, customer)).toEqual(['activated', 'past_due']);
  });

  it('is held whatever the customer pays, and tells after its release how it stands', async () => {
    const customer = freshId('cus');
    await tell(patient, customer, ['completed 1']);
    for (const body of [{}, { reason: '' }, { reason: 'x', more: 1 }, { reason: 'x'.repeat(501) }])
      expect((await hold(patient, customer, body)).status).toBe(422);
    const before = Date.now();
    const { status, json } = await hold(patient, customer);
    expect([status, json]).toMatchObject([200, { customerId: customer, status: 'held', graceEndsAt: null }]);
    expect(Date.parse(json.since)).toBeGreaterThanOrEqual(before);
    expect((await hold(patient, customer, { reason: 'again' })).json).toEqual(json);
    await tell(patient, customer, ['failed 2', 'completed 3', 'failed 4']);
    expect(await statusOf(patient, customer)).toBe('held');
    expect(await toldOf(patient, customer)).toEqual(['activated', 'held']);
    const released = await release(patient, customer);
    expect([released.status, released.json.status]).toEqual([200, 'past_due']);
    expect((await release(patient, customer)).json).toEqual(released.json);
    await tell(patient, customer, ['completed 4'], { at: 30 });
    expect(await toldOf(patient, customer)).toEqual([
      'activated',
      'held',
      'released',
      'past_due',
      'activated',
    ]);
  });

  it('is released once more when its payments moved away', async () => {
    const [before, after] = [freshId('before'), freshId('after')];
    await tell(patient, before, ['completed'], { payment: before, order: before, at: 1 });
    const held = (await hold(patient, before)).json;
    const db = patient.app.get(DataSource);
    const [{ id }] = await db.query<[{ id: string }]>('SELECT id FROM accounts WHERE customer_id = $1', [
      before,
    ]);
    await tell(patient, after, ['completed'], { payment: before, order: before, at: 9 });
    expect(await statusOf(patient, before)).toBe('held');
    const released = await release(patient, before);
    expect([released.status, released.json]).toEqual([200, { ...held, lastPaymentId: null }]);
    expect([(await release(patient, before)).status, await statusOf(patient, before)]).toEqual([404, 404]);
    const told = 'SELECT name, payload FROM domain_events WHERE subject_id = $1 ORDER BY id DESC LIMIT 1';
    expect(await db.query(told, [id])).toMatchObject([
      { name: 'account.released', payload: { id, status: null, since: null } },
    ]);
    expect(await statusOf(patient, after)).toBe('active');
  });

  it('is one in each mode and of each merchant', async () => {
    const customer = freshId('cus');
    await tell(patient, customer, ['completed']);
    const elsewhere = [`?mode=test`, `?merchant=acc_1`, `?mode=test&merchant=acc_1`];
    for (const query of elsewhere) expect(await statusOf(patient, customer, query)).toBe(404);
    const db = patient.app.get(DataSource);
    const copies = [
      ['test', ''],
      ['live', 'acc_1'],
      ['test', 'acc_1'],
    ] as const;
    for (const [mode, merchant] of copies)
      await db.query(
        `INSERT INTO accounts (id, mode, merchant, customer_id, status, derived, since, updated_at)
         VALUES (gen_random_uuid(), $2, $3, $1, 'suspended', 'suspended', now(), now())`,
        [customer, mode, merchant],
      );
    for (const query of elsewhere) expect(await statusOf(patient, customer, query)).toBe('suspended');
    expect(await statusOf(patient, customer)).toBe('active');
  });

  it('is found by any id a gateway may tell', async () => {
    const mark = freshId('x');
    const ids = [
      ...[
        `${mark}/../a`,
        `${mark}.`,
        `${mark}%2F`,
        `${mark} ünï☃😀`,
        `${mark}?a=b#c`,
        `${mark}\\"'`,
        `${mark},{}`,
      ],
      mark.padEnd(255, '-'),
    ];
    for (const [nth, id] of ids.entries())
      await tell(patient, id, ['completed'], { payment: `${mark}_${nth}`, order: `${mark}_${nth}` });
    for (const id of ids)
      expect((await askAccount(patient, id)).json).toMatchObject({ customerId: id, status: 'active' });
    expect(await statusOf(patient, 'x'.repeat(256))).toBe(404);
    expect(await statusOf(patient, 'nul\0')).toBe(404);
  });

  it('is listed by its status, page by page, with those whose grace is just over', async () => {
    const customers = Array.from({ length: 5 }, () => freshId('list'));
    for (const one of customers) await tell(patient, one, ['completed 1', 'failed 2']);
    const pages: Json[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const page: Json = await patient.get(
        `/accounts?status=past_due&limit=2${cursor && `&cursor=${cursor}`}`,
      );
      pages.push(...page.items);
      cursor = page.nextCursor;
    }
    const listed = pages.map(({ customerId }) => customerId as string).filter((id) => customers.includes(id));
    expect(listed).toEqual(customers.toReversed());
    expect((await patient.get('/accounts?status=held')).items).toEqual([]);
    expect((await ask(patient, '/accounts?status=unknown')).status).toBe(400);
  });

  it('follows the customer that a payment names later, and leaves the one it named', async () => {
    const [before, after] = [freshId('before'), freshId('after')];
    await tell(patient, before, ['completed'], { payment: before, order: before, customer: null });
    expect(await statusOf(patient, before)).toBe(404);
    await tell(patient, before, ['completed'], { payment: before, order: before, at: 5 });
    expect(await statusOf(patient, before)).toBe('active');
    await tell(patient, after, ['completed'], { payment: before, order: before, at: 9 });
    expect([await statusOf(patient, before), await statusOf(patient, after)]).toEqual([404, 'active']);
  });

  it('is that of the customer for whom the order is registered, before the payment or after it', async () => {
    const [payer, member] = [freshId('payer'), freshId('member')];
    const register = async (order: string, customer: object | null): Promise<void> => {
      const body = JSON.stringify({ amount: '10000', currency: 'USD', customer });
      expect((await ask(patient, `/orders/${order}`, { method: 'PUT', body })).status).toBeLessThan(300);
      await patient.quiet();
    };
    await register(`${payer}_1`, { id: member });
    await tell(patient, payer, ['completed'], { payment: `${payer}_1`, order: `${payer}_1` });
    expect([await statusOf(patient, payer), await statusOf(patient, member)]).toEqual([404, 'active']);
    await tell(patient, payer, ['failed'], { payment: `${payer}_2`, order: `${payer}_2`, at: 5 });
    expect(await statusOf(patient, member)).toBe('active');
    await register(`${payer}_2`, { id: member });
    expect(await statusOf(patient, member)).toBe('past_due');
    await register(`${payer}_2`, null);
    expect(await statusOf(patient, member)).toBe('active');
  });

  it('is told once of a success that another message, which comes later, dates earlier', async () => {
    const customer = freshId('cus');
    await tell(patient, customer, ['completed 1'], { at: 1 });
    await tell(patient, customer, ['failed 2'], { at: 2 });
    await tell(patient, customer, ['completed 2'], { at: 9 });
    await tell(patient, customer, ['completed 2'], { at: 8 });
    expect(await toldOf(patient, customer)).toEqual(['activated', 'past_due', 'activated']);
  });

  it('tells a failure that arrives late, and that it was overcome', async () => {
    const customer = freshId('cus');
    await tell(patient, customer, ['completed 1']);
    await tell(patient, customer, ['completed 2'], { at: 9 });
    await tell(patient, customer, ['failed 2'], { at: 5 });
    expect(await statusOf(patient, customer)).toBe('active');
    expect(await toldOf(patient, customer)).toEqual(['activated', 'past_due', 'activated']);
  });
});

describe('two processes', () => {
  const LIFE: readonly [status: StandardStatus, payment: string][] = [
    ['completed', 'a'],
    ['failed', 'b'],
    ['completed', 'b'],
    ['failed', 'c'],
  ];

  it('come to the same status and the same events, whatever the order of arrival', async () => {
    const start = new Date(Date.now() - 60_000);
    const property = fc.asyncProperty(
      fc.shuffledSubarray(
        LIFE.map((_, at) => at),
        { minLength: LIFE.length },
      ),
      fc.subarray(LIFE.map((_, at) => at)),
      async (arrival, again) => {
        const customer = freshId('two');
        const shops = [app, second].map((one) => new StandardSender(one.url, start));
        await Promise.all(
          [...arrival, ...again].map(async (step, nth) => {
            const [status, payment] = LIFE[step] ?? ['created', 'a'];
            const told = { payment: `${customer}_${payment}`, at: step + 1, id: `${customer}_${step}` };
            await shops[nth % 2]?.tell(status, { ...told, customer: { id: customer } });
          }),
        );
        await comes(app, customer, 'suspended');
        await app.quiet();
        const told = await toldOf(app, customer);
        expect(told.at(-1)).toBe('suspended');
        expect(told.filter((name, nth) => name === told[nth - 1])).toEqual([]);
        // On a slow machine the grace of the first failure may be over before its success arrives.
        const others = told.filter((name) => name !== 'suspended').toSorted();
        expect(others).toEqual(['activated', 'activated', 'past_due', 'past_due']);
      },
    );
    await fc.assert(property, { numRuns: 4 });
  });
});
