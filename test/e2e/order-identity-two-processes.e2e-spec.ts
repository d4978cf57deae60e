import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { MailCatcher } from '../support/mail-catcher.js';
import { tellRazorpay } from '../support/order-senders.js';
import { freshId, hear } from '../support/requests.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { API_KEY, startTestApp, type TestApp } from '../support/test-app.js';

let mail: MailCatcher;
let database: TestDatabase;
let one: TestApp;
let two: TestApp;

beforeAll(async () => {
  mail = await MailCatcher.start();
  database = await createTestDatabase();
  const options = {
    databaseUrl: database.url,
    retry: { baseMs: 5, capMs: 20, maxAttempts: 1_000 },
    environment: { SMTP_URL: mail.url },
  };
  one = await startTestApp(options);
  two = await startTestApp(options);
});
afterAll(async () => {
  await one.close();
  await two.close();
  await database.drop();
  await mail.stop();
});

const ORDERS = 8;

it('an order is told once that its money came, by payments that know different ids of it, at the same moment', async () => {
  const orders = Array.from({ length: ORDERS }, () => ({
    gatewayOrder: freshId('order'),
    order: freshId('SHOP'),
    email: `${freshId('buyer')}@example.com`,
  }));
  for (const told of orders)
    await tellRazorpay(one, 'payment.failed', { payment: freshId('pay_a'), ...told });
  await one.quiet();

  await Promise.all(
    orders.flatMap((told) => [
      tellRazorpay(one, 'payment.captured', { payment: freshId('pay_b'), ...told }),
      tellRazorpay(two, 'order.paid', { payment: freshId('pay_c'), ...told }),
      tellRazorpay(two, 'payment.captured', { payment: freshId('pay_d'), ...told }),
    ]),
  );
  await one.quiet();
  const subjectsOf = (email: string): string[] => mail.sentTo(email).map(({ subject = '' }) => subject);
  for (const { email } of orders) {
    const [alert, received, ...more] = subjectsOf(email);
    expect([alert, received, more]).toEqual([
      expect.stringContaining('did not go through'),
      expect.stringContaining('We have received your payment'),
      [],
    ]);
  }

  // Told again by hand, and erased: nobody hears of it a second time.
  const { items } = await one.get<{ items: { id: string }[] }>('/deliveries?gateway=razorpay&limit=200');
  for (const { id } of items)
    expect((await one.post(`/deliveries/${id}/replay?alerts=true`)).status).toBe(202);
  await one.quiet();
  const erased = orders[0]?.email ?? '';
  const answer = await hear(
    await fetch(`${one.url}/customers/erase`, {
      method: 'POST',
      headers: { authorization: `Bearer ${API_KEY}`, 'content-type': 'application/json' },
      body: JSON.stringify({ customer: erased }),
    }),
  );
  expect(answer.status).toBe(200);
  await tellRazorpay(one, 'order.paid', {
    payment: freshId('pay_e'),
    ...orders[0]!,
    email: 'new@example.com',
  });
  await one.quiet();
  expect(orders.map(({ email }) => subjectsOf(email).length)).toEqual(orders.map(() => 2));
  expect(subjectsOf('new@example.com')).toEqual([]);
});
