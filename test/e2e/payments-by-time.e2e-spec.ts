import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DataSource } from 'typeorm';
import { BACKDATED } from '../../src/payments/recording/payment-time.store.js';
import { deliver, signed, standardBody } from '../support/requests.js';
import { startTestApp, type Json, type TestApp } from '../support/test-app.js';

const NOW = Date.now();
const HOUR = 3_600_000;
const ago = (hours: number): string => new Date(NOW - hours * HOUR).toISOString();

/** The payments by the hours that lay between their beginning and now, when all of them are stored. */
const AGES = [0.01, 0.5, 2, 30, 50, 50.01];
const nameOf = (age: number): string => `pay_${age}_ago`;

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
  for (const age of AGES) {
    const body = standardBody({ paymentId: nameOf(age) }, { timestamp: ago(age) });
    expect((await deliver(app, signed('standard', body))).json.status).toBe('accepted');
  }
  await app.quiet();
});
afterAll(() => app.close());

const found = async (query: string): Promise<string[]> => {
  const { items } = await app.get(`/payments?${query}`);
  return (items as Json[]).map(({ gatewayPaymentId }) => gatewayPaymentId as string);
};

describe('payments by the time when they began', () => {
  it.each<[string, number | null, number | null]>([
    ['an end within the last hour', null, 0.25],
    ['an end long ago', null, 40],
    ['a beginning', 1, null],
    ['a window of the last hour', 1, 0.005],
    ['a window long ago', 60, 40],
    ['a window over both', 40, 0.25],
    ['a window with nothing in it', 29, 3],
  ])('with %s are exactly those, however late they were stored', async (_, from, to) => {
    const query = [from === null ? '' : `from=${ago(from)}`, to === null ? '' : `to=${ago(to)}`].join('&');
    const expected = AGES.filter((age) => (from === null || age <= from) && (to === null || age > to));
    const names = await found(query);
    expect([...names].sort()).toEqual(expected.map(nameOf).sort());
    expect(await found(`${query}&status=failed`)).toEqual([]);
  });

  it('come in pages that miss and repeat nothing', async () => {
    const window = `from=${ago(60)}&to=${ago(0.25)}`;
    const all = await found(window);
    const paged: string[] = [];
    for (let cursor = ''; ;) {
      const page = await app.get(`/payments?${window}&limit=2${cursor}`);
      paged.push(...(page.items as Json[]).map(({ gatewayPaymentId }) => gatewayPaymentId as string));
      if (page.nextCursor === null) break;
      cursor = `&cursor=${page.nextCursor}`;
    }
    expect(paged).toEqual(all);
    expect(all).toHaveLength(AGES.length - 1);
  });

  it('have an index of those that were stored late, and of no others', async () => {
    const db = app.app.get(DataSource);
    const session = db.createQueryRunner();
    await session.query('SET enable_seqscan = off');
    const late = `SELECT gateway_payment_id AS name FROM payments payment WHERE ${BACKDATED} AND created_at < now()`;
    const plan = (await session.query(`EXPLAIN ${late}`)) as Record<string, string>[];
    const rows = (await session.query(`${late} ORDER BY 1`)) as { name: string }[];
    await session.query('RESET enable_seqscan');
    await session.release();
    expect(plan.flatMap((row) => Object.values(row)).join('\n')).toContain('ix_payments_backdated');
    expect(rows.map(({ name }) => name)).toEqual(
      AGES.filter((age) => age > 1)
        .map(nameOf)
        .sort(),
    );
  });
});
