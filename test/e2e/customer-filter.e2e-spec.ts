import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DataSource } from 'typeorm';
import { customerCondition } from '../../src/payments/recording/customer-search.store.js';
import { rowsReadOf } from '../support/rows-read.js';
import { deliver, signed, standardBody } from '../support/requests.js';
import { startTestApp, type Json, type TestApp } from '../support/test-app.js';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.close());

async function pay(customer: object): Promise<string> {
  const body = standardBody({ customer });
  expect((await deliver(app, signed('standard', body))).status).toBe(200);
  await app.quiet();
  return body.data.paymentId as string;
}

const found = async (customer: string): Promise<string[]> => {
  const { items } = await app.get(`/payments?customer=${encodeURIComponent(customer)}`);
  return items.map((payment: Json) => payment.gatewayPaymentId as string);
};

describe('?customer= finds whom an erasure would find', () => {
  const asha = { id: 'cus_Asha', email: 'Asha.Rao@Shop.example', phone: '+91 98765-12345' };
  let paid: string;
  let other: string;
  beforeAll(async () => {
    paid = await pay(asha);
    other = await pay({ id: 'cus_asha', email: 'ravi@shop.example', phone: '+1 (987) 651-2300' });
  });

  it.each([
    'cus_Asha',
    'asha.rao@shop.example',
    ' ASHA.RAO@SHOP.EXAMPLE ',
    '+919876512345',
    '919876512345',
    '0091 98765 12345',
    '098765 12345',
    '98765-12345',
    '+91 (0) 98765 12345',
  ])('by %s', async (customer) => expect(await found(customer)).toEqual([paid]));

  it.each(['cus_ASHA', 'asha', 'rao@shop.example', '+44 98765 12345', '98765 1234', '%', "'"])(
    'and nobody by %s',
    async (customer) => expect(await found(customer)).toEqual([]),
  );

  it('and the exact id alone', async () => expect(await found('cus_asha')).toEqual([other]));

  it('in numbers that were stored without a country code', async () => {
    const stored = await pay({ phone: '020 7946 0958' });
    for (const customer of ['+442079460958', '+44 (0)20 7946 0958', '2079460958'])
      expect(await found(customer)).toEqual([stored]);
  });

  it('each by its index, however many payments there are', async () => {
    const db = app.app.get(DataSource);
    for (const given of [asha.email, asha.phone, '098765 12345']) {
      const { sql, parameters } = await customerCondition(db.manager, given);
      const [query, values] = db.driver.escapeQueryWithParameters(
        `SELECT id FROM payments payment WHERE payment.id IN (${sql}) ORDER BY id DESC LIMIT 51`,
        parameters,
      );
      const session = db.createQueryRunner();
      await session.query('SET enable_seqscan = off');
      const plan = (await session.query(`EXPLAIN ${query}`, values)) as Record<string, string>[];
      await session.query('RESET enable_seqscan');
      await session.release();
      const text = plan.flatMap((row) => Object.values(row)).join('\n');
      expect(text).toMatch(/Scan (?:using|on) ix_payments_customer_(?:email|phone)/);
      expect(text).toMatch(/ix_payments_customer_(?:email|phone)[\s\S]*Index Cond: [^\n]*(?:btrim|ltrim)/);
      expect(text).not.toMatch(/Seq Scan/);
    }
  });
});

describe('with many payments', () => {
  beforeAll(async () => {
    const db = app.app.get(DataSource);
    await pay({ id: 'cus_model', email: 'model@shop.example', phone: '+49 30 1234' });
    await db.query(`INSERT INTO payments SELECT new.* FROM generate_series(1, 60000) AS n,
        payments AS old,
        LATERAL jsonb_populate_record(old, jsonb_build_object('id', '01900000-0000-7000-8000-' || lpad(n::text, 12, '0'),
          'gateway_payment_id', 'pi_' || n, 'customer_id', 'cus_' || n,
          'customer_email', 'buyer-' || n || '@shop.example',
          'customer_phone', '+49' || 4000000000 + n)) AS new
      WHERE old.customer_id = 'cus_model'`);
    await db.query('ANALYZE payments');
  });

  it.each(['cus_4711', 'BUYER-4711@shop.example', '+49 4000 004711'])(
    'a page of %s reads the payments of this customer alone',
    async (customer) => {
      const read = await rowsReadOf(app.app.get(DataSource), 'payments', async () => {
        expect(await found(customer)).toHaveLength(1);
      });
      expect(read).toBeLessThan(10);
    },
  );
});
