import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { razorpayEntitiesAfter } from '../../src/webhooks/gateways/razorpay/razorpay-entities.simulator.js';
import { gateways as shipped } from '../../src/webhooks/gateways/index.js';
import { ReconciliationSchedule } from '../../src/webhooks/reconciliation/reconciliation-schedule.js';
import { RazorpayFakeApi } from '../support/confirmations.js';
import { columnsHolding, sql } from '../support/every-value.js';
import { ListedGateway, type ListedThing } from '../support/listed-gateway.js';
import { reconcile } from '../support/reconcile.js';
import { paymentOf, story } from '../support/requests.js';
import { runProgram } from '../support/run-program.js';
import { startTestApp, until, type Json, type TestApp } from '../support/test-app.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

let app: TestApp;
afterEach(() => app.close());

describe('deliveries of a reconciliation, with keys for payloads', () => {
  const KEYS = { keyId: 'rzp_test_sealed', keySecret: 'secret-of-the-lists' };
  const [FIRST, SECOND] = [1, 2].map((fill) => Buffer.alloc(32, fill).toString('base64')) as [string, string];
  let api: RazorpayFakeApi;
  let environment: Record<string, string>;
  beforeEach(async () => {
    api = await RazorpayFakeApi.start(KEYS);
    environment = {
      PAYLOAD_KEYS: FIRST,
      RAZORPAY_KEY_ID: KEYS.keyId,
      RAZORPAY_KEY_SECRET: KEYS.keySecret,
      RAZORPAY_API_URL: api.baseUrl,
      RECONCILE_EVERY: '0',
    };
    app = await startTestApp({ environment });
  });
  afterEach(() => api.close());

  it('are stored encrypted, shown as they came, and read by a rebuild', async () => {
    const steps = story('razorpay', 'partial-refunds');
    const id = steps[0]?.paymentId ?? '';
    const entities = razorpayEntitiesAfter(steps);
    entities.forEach((entity) => api.put({ ...entity, description: 'one violet teapot' }));
    expect(await reconcile(app, 'razorpay')).toMatchObject({ status: 'completed', missing: 3, problems: 0 });

    expect(await columnsHolding(app.databaseUrl, 'violet teapot')).toEqual([]);
    const { items } = await app.get('/deliveries?provenance=reconciled');
    const bodies: Json[] = await Promise.all(
      items.map(async (item: Json) => JSON.parse((await app.get(`/deliveries/${item.id}`)).body)),
    );
    expect(bodies.map((body) => [body.id, body.description]).toSorted()).toEqual(
      entities.map((entity) => [entity.id, 'one violet teapot']).toSorted(),
    );

    const right = await paymentOf(app, id);
    expect(right).toMatchObject({ status: 'partially_refunded', amountRefunded: '4000' });
    await sql(
      app.databaseUrl,
      `UPDATE payments SET state = 'failed', status = 'failed', amount_captured = 1`,
    );
    const withoutKey = await runProgram('rebuild', app.databaseUrl, [], { PAYLOAD_KEYS: SECOND });
    expect(withoutKey.code).not.toBe(0);
    const rebuilt = await runProgram('rebuild', app.databaseUrl, [], environment);
    expect(rebuilt).toMatchObject({ code: 0, errors: '' });
    const { updatedAt: _before, ...facts } = right;
    expect(await paymentOf(app, id)).toMatchObject(facts);
    expect(await runProgram('rebuild', app.databaseUrl, ['--check'], environment)).toMatchObject({ code: 0 });
  });
});

describe('runs and what they hold', () => {
  let gateway: ListedGateway;
  /** How far the clock of reconciliations is ahead. */
  let aheadMs: number;
  beforeEach(async () => {
    aheadMs = 0;
    gateway = new ListedGateway();
    app = await startTestApp({
      gateways: [...shipped, gateway],
      environment: {
        WEBHOOK_SECRETS_LISTED: 'listed-secret-0123456789-0123456789',
        LISTED_KEY: 'key-1',
        RECONCILE_EVERY: '0',
      },
      reconciliation: {
        requestsPerMinute: 600_000,
        processingWaitMs: 0,
        now: () => new Date(Date.now() + aheadMs),
      },
    });
  });

  const payment = (id: string, state: ListedThing['state'] = 'paid'): ListedThing => ({
    ...{ what: 'payments', id, payment: id, state, cents: '1000' },
    at: new Date(Date.now() - 2 * HOUR_MS).toISOString(),
  });
  const rowsOf = async (table: string): Promise<number> => {
    const [row] = await sql<{ count: number }>(
      app.databaseUrl,
      `SELECT count(*)::int AS count FROM ${table}`,
    );
    return row?.count ?? -1;
  };

  it('10,000 objects come in page by page: the row of the run stays small, and no more than 10,000 items are kept', async () => {
    gateway.pageSize = 500;
    const things = Array.from({ length: 9_900 }, (_, nth) =>
      payment(`p${nth}`, nth % 9 === 0 ? 'pending' : 'paid'),
    );
    const refunds = Array.from({ length: 200 }, (_, nth) => ({
      ...payment(`re_${nth}`, 'refunded'),
      ...({ what: 'refunds', payment: `p${nth * 9 + 1}`, cents: '400' } as const),
    }));
    gateway.hold(...things, ...refunds);
    let largest = 0;
    gateway.answer = async () => {
      const [row] = await sql<{ size: number }>(
        app.databaseUrl,
        `SELECT max(pg_column_size(position::text)) AS size FROM reconciliations`,
      );
      largest = Math.max(largest, row?.size ?? 0);
      return undefined as never;
    };
    const first = await reconcile(app, 'listed', { withinMs: 200_000 });
    expect(first).toMatchObject({
      status: 'completed',
      missing: 10_100,
      different: 0,
      problems: 0,
      requests: 21,
    });
    expect(first.items).toHaveLength(1_000);
    // Ids of the 500 deliveries of one page at most, of 40 characters each.
    expect(largest).toBeGreaterThan(0);
    expect(largest).toBeLessThan(500 * 40 + 1_000);
    expect(await rowsOf('reconciliation_items')).toBe(10_000);
    expect(await rowsOf('reconciliation_sightings')).toBe(0);
    expect(await rowsOf('payments')).toBe(9_900);
    const { items: slow } = await app.get('/payments?status=processing&limit=200');
    expect(slow).toHaveLength(200);

    // What is not final was on the lists, so it is not asked about one by one.
    const second = await reconcile(app, 'listed', { withinMs: 100_000 });
    expect(second).toMatchObject({ missing: 0, different: 0, same: 10_100, requests: 21, items: [] });
    expect(gateway.requests.filter((request) => 'question' in request)).toEqual([]);
    expect(await rowsOf('deliveries')).toBe(10_100);
  }, 360_000);

  it('are deleted after 30 days, but for the last run and the one that says what is covered', async () => {
    const runs = async (): Promise<Json[]> =>
      (await app.get('/reconciliations')).items.map(({ id }: Json) => id);
    const clean = (): void => app.app.get(ReconciliationSchedule).loop.wake();
    gateway.hold(payment('p1'), payment('p2'));
    const first = await reconcile(app, 'listed');
    gateway.hold(payment('p3'));
    const covering = await reconcile(app, 'listed');
    gateway.answer = () => ({ kind: 'final', reason: 'status 401' });
    const failed = await reconcile(app, 'listed');
    const last = await reconcile(app, 'listed');
    expect((await runs()).toSorted()).toEqual([first, covering, failed, last].map(({ id }) => id).toSorted());
    expect(await rowsOf('reconciliation_items')).toBe(3);

    aheadMs = 30 * DAY_MS - HOUR_MS;
    const { loop } = app.app.get(ReconciliationSchedule);
    clean();
    await until(() => loop.msSinceLastStep() < 50, 'a step');
    expect(await runs()).toHaveLength(4);

    aheadMs = 30 * DAY_MS + HOUR_MS;
    await until(async () => {
      clean();
      return (await runs()).length === 2;
    }, 'old runs to be deleted');
    expect((await runs()).toSorted()).toEqual([covering.id, last.id].toSorted());
    // The items of the run that stays: the payment that it found.
    expect(await rowsOf('reconciliation_items')).toBe(1);
    expect((await app.get('/payments')).items).toHaveLength(3);

    // The next run covers the gap to what was covered, so nothing is lost with the rows that are gone.
    gateway.answer = () => undefined;
    expect(await reconcile(app, 'listed', { since: '60d' })).toMatchObject({ status: 'completed', same: 3 });
  });
});
