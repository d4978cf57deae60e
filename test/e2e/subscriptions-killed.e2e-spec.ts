import { afterEach, expect, it } from '@jest/globals';
import { startBuiltService } from '../support/built-service.js';
import { sql } from '../support/every-value.js';
import { Receiver } from '../support/receiver.js';
import { freshId } from '../support/requests.js';
import { StandardSender } from '../support/standard-sender.js';
import { API_KEY, SECRETS, until } from '../support/test-app.js';
import { createTestDatabase } from '../support/test-database.js';

const PAYMENTS = 40;

const opened: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
});

it('of two processes one sends, and when it is killed the other loses no event, and repeats one only under its own id', async () => {
  const database = await createTestDatabase();
  opened.push(() => database.drop());
  const receiver = await Receiver.start();
  opened.push(() => receiver.close());
  const start = async () => {
    const service = await startBuiltService({
      DATABASE_URL: database.url,
      WEBHOOK_SECRETS_STANDARD: SECRETS.standard,
      SUBSCRIPTION_NETWORKS: '127.0.0.0/8',
      SUBSCRIPTION_RETRY_SECONDS: '0.2,0.2,0.2,0.2,0.2',
    });
    opened.push(() => service.kill());
    return service;
  };
  const first = await start();
  const post = async (path: string, body: object = {}) => {
    const headers = { authorization: `Bearer ${API_KEY}` };
    return (
      await fetch(first.url + path, { method: 'POST', headers, body: JSON.stringify(body) })
    ).json() as Promise<{
      id: string;
      secret: string;
    }>;
  };
  for (const [path, ordered] of [
    ['/plain', false],
    ['/ordered', true],
  ] as const) {
    const terms = {
      url: receiver.url(path),
      topics: ['payment.*'],
      ordered,
      maxInFlight: 4,
      ratePerSecond: 1_000,
    };
    const { id, secret } = await post('/subscriptions', terms);
    receiver.secrets.set(path, secret);
    expect(await post(`/subscriptions/${id}/confirm`)).toMatchObject({ status: 'active' });
    // Every third event fails at first, so that there are dispatches that wait.
    let count = 0;
    receiver.behave(path, (nth) => (nth === 0 && ++count % 3 === 0 ? 500 : 'slow'));
  }
  await until(async () => {
    const [runner] = await sql<{ process: string | null }>(
      database.url,
      'SELECT process FROM dispatch_runner',
    );
    return runner?.process !== null;
  }, 'the first process to be the one that sends');
  const second = await start();
  const sender = new StandardSender(first.url);
  for (let nth = 0; nth < PAYMENTS; nth++) await sender.tell('completed', { payment: freshId('pay') });
  await until(
    () => receiver.events('/plain').length > 10 && receiver.events('/ordered').length > 10,
    'some events',
  );
  const taken = receiver.events('/plain').flatMap(({ id, answer }) => (answer === '"slow"' ? [id] : []));
  await first.kill();
  expect(new Set(taken).size).toBe(taken.length);
  expect(taken.length).toBeLessThan(2 * PAYMENTS);

  const stored = (): Promise<{ id: string }[]> =>
    sql(database.url, 'SELECT id FROM domain_events ORDER BY id');
  await until(async () => (await stored()).length === 2 * PAYMENTS, 'every payment');
  const events = await stored();
  for (const path of ['/plain', '/ordered']) {
    const answered = (): Set<string> =>
      new Set(receiver.events(path).flatMap(({ id, answer }) => (answer === '"slow"' ? [id] : [])));
    await until(() => answered().size === events.length, `every event at ${path}`, 60_000);
    expect([...answered()].sort()).toEqual(events.map(({ id }) => id));
    const bodies = new Map<string, string>();
    for (const { id, body } of receiver.events(path)) {
      const text = JSON.stringify(body);
      expect(bodies.get(id) ?? text).toBe(text);
      bodies.set(id, text);
    }
  }
  expect(receiver.forged).toEqual([]);
  expect(inOrder(receiver)).toBe(true);
  await second.quiet();
  const left = await sql(database.url, `SELECT status FROM dispatches WHERE status <> 'delivered'`);
  expect(left).toEqual([]);
});

/** Whether no event of a payment first succeeded after a later one of the same payment. */
function inOrder(receiver: Receiver): boolean {
  const reached = new Map<string, number>();
  const done = new Set<string>();
  for (const { id, body, answer } of receiver.events('/ordered')) {
    if (answer !== '"slow"' || done.has(id)) continue;
    done.add(id);
    const { paymentId } = body.data as { paymentId: string };
    const { sequence } = body as { sequence: number };
    if (sequence !== (reached.get(paymentId) ?? 0) + 1) return false;
    reached.set(paymentId, sequence);
  }
  return true;
}
