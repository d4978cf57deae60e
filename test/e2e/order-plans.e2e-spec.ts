import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { DataSource } from 'typeorm';
import { tellRazorpay } from '../support/order-senders.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

interface Plan {
  'Node Type': string;
  'Relation Name'?: string;
  Plans?: Plan[];
}

/** Every step of a plan, as "Seq Scan notifications". */
const steps = (plan: Plan): string[] => [
  [plan['Node Type'], plan['Relation Name']].filter(Boolean).join(' '),
  ...(plan.Plans ?? []).flatMap(steps),
];

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.close());

it('the messages and payments of an order are found by an index, however many there are', async () => {
  const db = app.app.get(DataSource);
  await db.query(`INSERT INTO notifications (id, kind, payment_id, attempt_key, gateway, account, merchant, mode, order_key,
      gateway_order_id, channel, status, occurred_at, created_at, due_at, attempts)
    SELECT gen_random_uuid(), 'payment_failed', gen_random_uuid(), 'try', 'razorpay', 'default', 'acc_1', 'live',
      'order_' || n, 'order_' || n, 'log', 'sent', now(), now(), now(), 1 FROM generate_series(1, 20000) AS n`);
  await db.query('ANALYZE notifications');

  const made: [string, unknown[]][] = [];
  const spy = jest.spyOn(db.logger, 'logQuery').mockImplementation((text, values) => {
    if (/^\s*(?:SELECT|WITH)[\s\S]*FROM notifications/.test(text))
      made.push([text, (values ?? []) as unknown[]]);
  });
  // An alert of order 7 was sent: a further attempt looks it up, and so does the payment that succeeds.
  await tellRazorpay(app, 'payment.failed', { payment: 'pay_a', gatewayOrder: 'order_7' });
  await app.quiet();
  await tellRazorpay(app, 'payment.captured', { payment: 'pay_b', gatewayOrder: 'order_7' });
  await app.quiet();
  spy.mockRestore();

  const ofOrder = made.filter(([text]) => text.includes('order_key = wanted.order_key'));
  expect(ofOrder.length).toBeGreaterThanOrEqual(4);
  for (const [text, values] of ofOrder) {
    const [row] = await db.query<{ 'QUERY PLAN': [{ Plan: Plan }] }[]>(
      `EXPLAIN (FORMAT JSON) ${text}`,
      values,
    );
    expect(steps(row?.['QUERY PLAN'][0].Plan as Plan)).not.toContain('Seq Scan notifications');
  }
});
