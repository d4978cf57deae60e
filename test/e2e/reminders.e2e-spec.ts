import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DataSource } from 'typeorm';
import { MailCatcher } from '../support/mail-catcher.js';
import { tellRazorpay } from '../support/order-senders.js';
import { freshId } from '../support/requests.js';
import { StandardSender } from '../support/standard-sender.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { API_KEY, startTestApp, until, type TestApp } from '../support/test-app.js';

/*
 * Gateways tell their own times, so a failure of the past brings its reminder near. Two processes share the database all the
 * time. An alert is stale after an hour: it is not sent where a failure is told days later.
 */

const DAY_MS = 86_400_000;
const ENVIRONMENT = {
  ALERT_MAX_AGE_HOURS: '1',
  DUNNING_DAYS: '3,7',
  MESSAGES: 'payment_failed,reminder',
};

let mail: MailCatcher;
let database: TestDatabase;
let db: DataSource;
const sql = <Row>(statement: string, parameters: unknown[] = []): Promise<Row[]> =>
  db.query<Row[]>(statement, parameters);
const processes: TestApp[] = [];

const start = async (changed: Record<string, string> = {}): Promise<void> => {
  const environment = { ...ENVIRONMENT, SMTP_URL: mail.url, ...changed };
  for (let n = 0; n < 2; n++) processes.push(await startTestApp({ databaseUrl: database.url, environment }));
};
const stop = async (): Promise<void> => {
  for (const app of processes.splice(0)) await app.close();
};
const restart = async (changed: Record<string, string> = {}): Promise<void> => {
  await stop();
  await start(changed);
};

beforeAll(async () => {
  mail = await MailCatcher.start();
  database = await createTestDatabase();
  db = await new DataSource({ type: 'postgres', url: database.url }).initialize();
  await start();
});
afterAll(async () => {
  await stop();
  await db.destroy();
  await database.drop();
  await mail.stop();
});

const service = (): TestApp => processes[0]!;
/** Tells with times that begin so long ago; `at` counts in seconds from then. */
const sender = (agoMs: number): StandardSender =>
  new StandardSender(service().url, new Date(Date.now() - agoMs));
const mailsTo = (address: string): number => mail.mails.filter(({ to }) => to.includes(address)).length;

interface Scheduled {
  orderId: string;
  startedAt: string;
  day: number;
  dueAt: string;
}
const scheduled = async (orderId: string): Promise<Scheduled[]> =>
  (await service().get<{ items: Scheduled[] }>(`/reminders?orderId=${orderId}`)).items;
const countScheduled = async (): Promise<number> =>
  (await service().get<{ notifications: { scheduled: number } }>('/stats')).notifications.scheduled;
/** What became of the reminders of a payment, oldest first. */
async function ended(orderId: string): Promise<(string | null)[]> {
  const { items } = await service().get<{
    items: { kind: string; orderId: string; status: string; reason: string | null }[];
  }>('/notifications?limit=200');
  return items
    .filter((one) => one.kind === 'reminder' && one.orderId === orderId)
    .map(({ status, reason }) => reason ?? status)
    .toReversed();
}

/** A failure of a new order, so long ago, and its reminder on the list. */
async function dun(agoMs: number): Promise<{ payment: string; order: string; sender: StandardSender }> {
  const payment = freshId('pay');
  const order = `ord_${payment}`;
  const told = sender(agoMs);
  await told.tell('failed', { payment, order, at: 0 });
  await service().quiet();
  expect(await scheduled(order)).toHaveLength(1);
  return { payment, order, sender: told };
}

describe('a reminder', () => {
  it('goes out once when its day has come, over a restart and two processes, and the next one is scheduled', async () => {
    const told = sender(3 * DAY_MS - 3_000);
    const payments = Array.from({ length: 12 }, () => freshId('pay'));
    for (const payment of payments) await told.tell('failed', { payment, at: 0 });
    await restart();
    await until(() => payments.every((payment) => mailsTo(`${payment}@example.com`) > 0), 'the reminders');
    await service().quiet();

    for (const payment of payments) {
      expect(mailsTo(`${payment}@example.com`)).toBe(1);
      expect(await ended(`ord_${payment}`)).toEqual(['sent']);
      const dueAt = new Date(told.start.getTime() + 7 * DAY_MS).toISOString();
      expect(await scheduled(`ord_${payment}`)).toMatchObject([
        { startedAt: told.start.toISOString(), day: 7, dueAt },
      ]);
    }
    expect(await countScheduled()).toBe(payments.length);
  });

  it('is not sent within 24 hours of another message of its order', async () => {
    const { payment, order } = await dun(60_000);
    expect(mailsTo(`${payment}@example.com`)).toBe(1);
    // An older failure is told late, and with it the reminder is due. The alert of that failure is stale.
    const told = sender(3 * DAY_MS + 3_600_000);
    await told.tell('failed', { payment: `${payment}_b`, order, at: 0 });
    await until(async () => (await ended(order)).length > 0, 'the reminder to be decided');
    await service().quiet();
    expect(await ended(order)).toEqual(['recent']);
    expect(mail.mails.filter(({ to }) => to.some((one) => one.startsWith(payment)))).toHaveLength(1);
    expect(await scheduled(order)).toMatchObject([{ day: 7, startedAt: told.start.toISOString() }]);
  });

  it('follows what is told late as if it had come in time', async () => {
    const { payment, order, sender: told } = await dun(2 * DAY_MS);
    // Half of it is paid later, so it goes on to be owed.
    await register(order, { amount: '20000' });
    const second = (hours: number): number => hours * 3_600;
    const from = (hours: number) => [
      { startedAt: new Date(told.start.getTime() + second(hours) * 1_000).toISOString(), day: 3 },
    ];
    await told.tell('failed', { payment: `${payment}_b`, order, at: second(-5) });
    await service().quiet();
    expect(await scheduled(order)).toMatchObject(from(-5));
    await told.tell('failed', { payment: `${payment}_c`, order, at: second(10) });
    await told.tell('completed', { payment: `${payment}_d`, order, at: second(5) });
    await service().quiet();
    expect(await scheduled(order)).toMatchObject(from(10));
    await told.tell('completed', { payment: `${payment}_e`, order, at: second(11) });
    await service().quiet();
    expect(await scheduled(order)).toEqual([]);
    await told.tell('failed', { payment: `${payment}_f`, order, at: second(9) });
    await service().quiet();
    expect(await scheduled(order)).toEqual([]);
  });

  it('waits while a payment is under way, and is back when that fails', async () => {
    const { payment, order, sender: told } = await dun(2 * DAY_MS);
    await told.tell('processing', { payment: `${payment}_b`, order });
    await service().quiet();
    expect(await scheduled(order)).toEqual([]);
    await told.tell('failed', { payment: `${payment}_b`, order });
    await service().quiet();
    expect(await scheduled(order)).toMatchObject([{ day: 3, startedAt: told.start.toISOString() }]);
  });

  it('does not go out where another payment paid the order before, unless all of that was refunded before', async () => {
    const [paid, refunded] = [freshId('pay'), freshId('pay')];
    const told = sender(3 * DAY_MS + 60_000);
    for (const payment of [paid, refunded]) {
      const order = `ord_${payment}`;
      await told.tell('completed', { payment: `${payment}_1`, order, at: 0 });
      if (payment === refunded)
        await told.tell('refunded', { payment: `${payment}_1`, order, at: 1, refunded: '100' });
      await told.tell('failed', { payment: `${payment}_2`, order, at: 2 });
    }
    await until(async () => (await ended(`ord_${refunded}`)).length > 0, 'the reminder of what was refunded');
    await service().quiet();
    expect([await ended(`ord_${paid}`), await scheduled(`ord_${paid}`)]).toEqual([[], []]);
    expect(await ended(`ord_${refunded}`)).toEqual(['sent']);
  });

  it('is of no order with more than 100 payments', async () => {
    const { payment, order, sender: told } = await dun(2 * DAY_MS);
    const tell = (from: number, to: number) =>
      Promise.all(
        Array.from({ length: to - from }, (_, n) =>
          told.tell('requires_action', { payment: `${payment}_${from + n}`, order, at: 5 }),
        ),
      );
    await tell(1, 100);
    await told.tell('failed', { payment, order, attempt: 'again', at: 6 });
    await service().quiet();
    expect(await scheduled(order)).toHaveLength(1);
    await tell(100, 101);
    await told.tell('failed', { payment, order, attempt: 'later', at: 7 });
    await service().quiet();
    expect(await scheduled(order)).toEqual([]);
  });

  it('waits longer each time where it cannot be scheduled, and holds up no other', async () => {
    const { payment, order } = await dun(3 * DAY_MS - 2_000);
    const waits = async (): Promise<number> =>
      (await sql<{ attempts: number }>('SELECT attempts FROM dunned_orders WHERE order_id = $1', [order]))[0]
        ?.attempts ?? 0;
    try {
      await sql(`CREATE FUNCTION refuse_it() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF NEW.payment_id = (SELECT id FROM payments WHERE gateway_payment_id = '${payment}')
          AND NEW.kind = 'reminder' THEN RAISE EXCEPTION 'refused'; END IF; RETURN NEW; END $$`);
      await sql(`CREATE TRIGGER refuse_it BEFORE INSERT ON notifications
        FOR EACH ROW EXECUTE FUNCTION refuse_it()`);
      await until(async () => (await waits()) > 0, 'the reminder to fail');
      const { order: other } = await dun(3 * DAY_MS - 1_000);
      await until(async () => (await ended(other)).length > 0, 'the reminder of the other order');
    } finally {
      await sql('DROP FUNCTION refuse_it CASCADE');
    }
    await until(async () => (await ended(order)).length > 0, 'the reminder at last');
    expect(await waits()).toBe(0);
  });

  it('goes on where its payment belongs to another order by a silent change', async () => {
    const { payment, order, sender: told } = await dun(2 * DAY_MS);
    await sql(
      `WITH moved AS (UPDATE payments SET order_id = $1 WHERE gateway_payment_id = $2 RETURNING id)
       INSERT INTO feature_work (feature, id, payment_ids, silent, previous_mode, previous_order_id)
       SELECT 'notifications', gen_random_uuid(), ARRAY[id], true, 'live', $3 FROM moved`,
      [`${order}_new`, payment, order],
    );
    await service().quiet();
    expect(await scheduled(order)).toEqual([]);
    expect(await scheduled(`${order}_new`)).toMatchObject([{ day: 3, startedAt: told.start.toISOString() }]);
  });

  it('is of an order that succeeded under another of its ids', async () => {
    const gatewayOrder = freshId('order');
    const told = { gatewayOrder, at: -2 * 86_400 };
    await tellRazorpay(service(), 'payment.failed', { ...told, payment: freshId('pay') });
    await service().quiet();
    expect(await scheduled(gatewayOrder)).toHaveLength(1);
    const order = freshId('ord');
    await tellRazorpay(service(), 'order.paid', { ...told, payment: freshId('pay'), order, at: -86_400 });
    await service().quiet();
    expect(await scheduled(gatewayOrder)).toEqual([]);
  });
});

type Told = Awaited<ReturnType<typeof dun>>;
const act = async (path: string, body?: object, method = 'POST'): Promise<void> => {
  const answer = await service().post(path, {
    method,
    ...(body && { body: JSON.stringify(body) }),
    headers: { authorization: `Bearer ${API_KEY}`, 'content-type': 'application/json' },
  });
  if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${await answer.text()}`);
};
const register = (order: string, fields: object = {}): Promise<void> =>
  act(`/orders/${order}`, { amount: '10000', currency: 'USD', ...fields }, 'PUT');

describe('the dunning of an order ends at once', () => {
  it.each<[string, (told: Told) => Promise<unknown>]>([
    [
      'by a refund whose success was never told',
      ({ payment, order, sender: told }) => told.tell('refunded', { payment, order, refunded: '100' }),
    ],
    ['by a success', ({ payment, order, sender: told }) => told.tell('completed', { payment, order })],
    [
      'by an authorization',
      ({ payment, order, sender: told }) => told.tell('authorized', { payment, order }),
    ],
    [
      'by the end of its payment',
      ({ payment, order, sender: told }) => told.tell('canceled', { payment, order }),
    ],
    [
      'when the order is canceled',
      async ({ order }) => {
        await register(order);
        await act(`/orders/${order}/cancel`);
      },
    ],
    [
      'when the order is settled',
      async ({ payment, order, sender: told }) => {
        await register(order, { gateway: 'stripe' });
        await until(
          async () =>
            (await service().get<{ flags: string[] }>(`/orders/${order}`)).flags.includes('gateway'),
          'the flag',
        );
        await act(`/orders/${order}/settle`, { as: 'canceled', reason: 'told on the telephone' });
        await told.tell('failed', { payment: `${payment}_b`, order });
      },
    ],
    [
      'when the customer is erased',
      async ({ payment, order, sender: told }) => {
        await act('/customers/erase', { customer: `${payment}@example.com` });
        await told.tell('failed', { payment, order, attempt: 'later' });
      },
    ],
  ])('%s', async (_how, end) => {
    const told = await dun(2 * DAY_MS);
    await end(told);
    await service().quiet();
    expect(await scheduled(told.order)).toEqual([]);
  });
});

describe('switching reminders on', () => {
  it('tells nothing of the past, and neither do a replay and a switch back', async () => {
    await restart({ MESSAGES: 'payment_failed' });
    await until(async () => (await countScheduled()) === 0, 'the dunning of all orders to end');
    const payment = freshId('pay');
    const order = `ord_${payment}`;
    const delivery = await sender(3 * DAY_MS - 60_000).tell('failed', { payment, at: 0 });
    await service().quiet();
    await restart();
    await act(`/deliveries/${delivery}/replay`);
    // The payment goes on to be failed, and nothing new fails.
    await sender(3 * DAY_MS - 60_000).tell('requires_action', { payment, at: 1 });
    await service().quiet();
    expect(await scheduled(order)).toEqual([]);
    expect(await countScheduled()).toBe(0);

    const { order: noted } = await dun(2 * DAY_MS);
    await restart({ MESSAGES_STANDARD: 'payment_failed' });
    await until(async () => (await scheduled(noted)).length === 0, 'the dunning to end');
    await restart();
    await service().quiet();
    expect(await countScheduled()).toBe(0);
  });
});
