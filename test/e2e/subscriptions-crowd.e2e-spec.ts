import { expect, it, jest } from '@jest/globals';
import { AsyncLocalStorage } from 'node:async_hooks';
import { DataSource } from 'typeorm';
import { DispatchEngine } from '../../src/subscriptions/engine/dispatch-engine.js';
import { HttpSender } from '../../src/subscriptions/sending/http-sender.js';
import { inParallel } from '../support/in-parallel.js';
import { Receiver } from '../support/receiver.js';
import { ask, freshId } from '../support/requests.js';
import { StandardSender } from '../support/standard-sender.js';
import { startTestApp, type TestApp, until } from '../support/test-app.js';

const HANGING = 90;
const PAYMENTS = 30;
/** The lease, what changed (twice), what is due, the head, a part of the log, what is known, what waits; five of a transaction. */
const MOST_STATEMENTS = 13;

/** The statements of each step of the engine from now on. */
function watchSteps(app: TestApp): string[][] {
  const steps: string[][] = [];
  const current = new AsyncLocalStorage<string[]>();
  const engine = app.app.get(DispatchEngine);
  const step = engine.step.bind(engine);
  jest.spyOn(engine, 'step').mockImplementation(() => {
    const statements: string[] = [];
    steps.push(statements);
    return current.run(statements, step);
  });
  jest.spyOn(app.app.get(DataSource).logger, 'logQuery').mockImplementation((text) => {
    current.getStore()?.push(text);
  });
  return steps;
}

it('ninety subscribers that hang cost the others nothing: no statement, no read and no row', async () => {
  const receiver = await Receiver.start();
  const app = await startTestApp({ environment: { SUBSCRIPTION_NETWORKS: '127.0.0.0/8' } });
  app.app.get(HttpSender).timeoutMs = 600_000;
  const steps = watchSteps(app);
  const subscribe = async (path: string, topics: string[], ordered: boolean): Promise<void> => {
    const terms = { url: receiver.url(path), topics, ordered, maxInFlight: 4, ratePerSecond: 1_000 };
    const { json } = await ask(app, '/subscriptions', { method: 'POST', body: JSON.stringify(terms) });
    const { status } = await ask(app, `/subscriptions/${json.id}/confirm`, { method: 'POST' });
    expect(status).toBe(200);
  };
  const hanging = Array.from({ length: HANGING }, (_, nth) => `/hang-${nth}`);
  for (const path of hanging) receiver.behave(path, 'hang');
  await inParallel(hanging, 8, (path) => subscribe(path, ['payment.*'], false));
  await subscribe('/created', ['payment.created'], false);
  await subscribe('/succeeded', ['payment.succeeded'], true);

  const sender = new StandardSender(app.url);
  const pay = (): Promise<unknown> => sender.tell('completed', { payment: freshId('pay') });
  await Promise.all([pay(), pay(), pay()]);
  await until(() => hanging.every((path) => receiver.events(path).length === 4), 'a try at all that hang');
  await until(() => receiver.events('/succeeded').length === 3, 'the first events');

  const before = steps.length;
  for (let nth = 0; nth < PAYMENTS; nth++) await pay();
  await until(
    () => ['/created', '/succeeded'].every((path) => receiver.events(path).length === 3 + PAYMENTS),
    'every event at those that answer',
  );
  const counts = steps.slice(before).map((statements) => statements.length);
  expect(Math.max(...counts)).toBeLessThanOrEqual(MOST_STATEMENTS);
  expect(hanging.every((path) => receiver.events(path).length === 4)).toBe(true);
  const rows = (): Promise<{ status: string; n: number }[]> =>
    app.app.get(DataSource).query(`SELECT status, count(*)::integer AS n FROM dispatches GROUP BY status`);
  await until(async () => (await rows())[0]?.n === 2 * (3 + PAYMENTS), 'the rows of what arrived');
  expect(await rows()).toEqual([{ status: 'delivered', n: 2 * (3 + PAYMENTS) }]);
  await receiver.close();
  await app.close();
});
