import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DataSource } from 'typeorm';
import { createSeededRandom, shuffle } from '../../src/simulator/tampering.js';
import type { StoryEvent } from '../../src/simulator/gateway-simulator.js';
import { lifeCycles, reportsOfLifeCycle, type LifeCycle } from '../convergence/life-cycles.js';
import { naivePayment } from '../convergence/naive-payment.js';
import { permutations } from '../convergence/permutations.js';
import { inParallel } from '../support/in-parallel.js';
import { comparable, SIGNING, signedStep, type SigningGateway } from '../support/requests.js';
import { SECRETS, type Json } from '../support/test-app.js';
import { startTwoProcesses, type TwoProcesses } from '../support/two-processes.js';

/** Each order is told to an account of its own: the very same messages, and another payment. */
const ORDERS = 50;
const accounts = Array.from({ length: ORDERS }, (_, at) => `order_${at}`);
const environment = Object.fromEntries(
  SIGNING.flatMap((gateway) =>
    accounts.map((account) => [
      `WEBHOOK_SECRETS_${gateway.toUpperCase()}__${account.toUpperCase()}`,
      SECRETS[gateway],
    ]),
  ),
);

const cycles = lifeCycles().filter((cycle): cycle is LifeCycle & { gateway: SigningGateway } =>
  SIGNING.some((name) => name === cycle.gateway),
);

/** All orders where there are no more than fifty, else fifty of them; in most, some messages come again. */
function sampledOrders(steps: readonly StoryEvent[], seed: number): StoryEvent[][] {
  const orders = shuffle(permutations(steps), seed).slice(0, ORDERS);
  const random = createSeededRandom(seed);
  return accounts.map((_, at) => {
    const order = orders[at % orders.length] ?? [];
    const again =
      at < orders.length ? [] : shuffle(steps, at).slice(0, 1 + Math.floor(random() * steps.length));
    return again.reduce(
      (told, step) => told.toSpliced(Math.floor(random() * (told.length + 1)), 0, step),
      order,
    );
  });
}

let service: TwoProcesses;
let sent = 0;

beforeAll(async () => {
  service = await startTwoProcesses(environment);
  const streams = cycles.flatMap(({ gateway, steps }, nth) =>
    sampledOrders(steps, nth + 1).map((order, at) => ({ gateway, order, account: accounts[at] ?? '' })),
  );
  await inParallel(shuffle(streams, 3), 48, async ({ gateway, order, account }) => {
    for (const told of order) {
      const heard = await service.send(signedStep(gateway, told, { account }));
      if (heard.status !== 200) throw new Error(`answered ${heard.status}`);
      sent++;
    }
  });
  await service.quiet();
});
afterAll(() => service.close());

describe('in fifty orders, repeated and mixed over two processes (pain 3), a life cycle ends the same', () => {
  it.each(cycles.map((cycle) => [cycle.gateway, cycle.name, cycle] as const))(
    '%s: %s',
    async (gateway, _, cycle) => {
      const end = naivePayment(await reportsOfLifeCycle(cycle));
      const id = cycle.steps[0]?.paymentId ?? '';
      const { items } = await service.first.get(
        `/payments?gateway=${gateway}&gatewayPaymentId=${id}&limit=200`,
      );
      expect(items.map(({ account }: Json) => account).sort()).toEqual([...accounts].sort());
      await inParallel(items as Json[], 8, async (item) => {
        const { account: _account, ...payment } = comparable(await service.first.get(`/payments/${item.id}`));
        expect(payment).toEqual({ ...end, gateway, gatewayPaymentId: id, timelineTruncated: false });
      });
    },
  );

  it('is what thousands of messages came to, none of them left over or in the way of another (pain 8)', async () => {
    const { deliveries } = await service.first.get('/stats');
    expect(deliveries).toMatchObject({ pending: 0, parked: 0, dead: 0 });
    const messages = cycles.reduce((all, { steps }) => all + steps.length, 0) * ORDERS;
    expect(deliveries.processed).toBe(messages);
    expect(sent).toBeGreaterThan(messages);
    const [{ deadlocks }] = await service.first.app
      .get(DataSource)
      .query(`SELECT deadlocks::int FROM pg_stat_database WHERE datname = current_database()`);
    expect(deadlocks).toBe(0);
  });
});
