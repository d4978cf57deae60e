import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { ippopaySimulator } from '../../src/webhooks/gateways/ippopay/ippopay.simulator.js';
import { gateways, type Gateway } from '../../src/webhooks/gateways/index.js';
import { playEvent, createStorySubject, type Player } from '../../src/simulator/player.js';
import { STORIES } from '../../src/simulator/stories.js';
import { type StoryEvent } from '../../src/simulator/gateway-simulator.js';
import { IppopayFakeApi } from '../support/ippopay-fake-api.js';
import { SECRETS, startTestApp, type TestApp } from '../support/test-app.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

const keys = { publicKey: 'pk_test_1', secretKey: 'sk_1' };
const ORDERS = 6;
const HINTS_OF_EACH = 60;

let database: TestDatabase;
let standIn: IppopayFakeApi;
let processes: TestApp[];

/** How many questions about an order were under way at the same time, at most, over all processes. */
const underWay = new Map<string, number>();
let most = 0;

/** Ippopay, with its questions counted. */
const counted = gateways.map((gateway): Gateway => {
  const fetch = gateway.fetch?.bind(gateway);
  if (!fetch) return gateway;
  return Object.create(gateway, {
    fetch: {
      value: async (...[hint, settings, begun]: Parameters<typeof fetch>) => {
        const now = (underWay.get(hint) ?? 0) + 1;
        underWay.set(hint, now);
        most = Math.max(most, now);
        const outcome = await fetch(hint, settings, begun);
        underWay.set(hint, (underWay.get(hint) ?? 0) - 1);
        return outcome;
      },
    },
  }) as Gateway;
});

beforeAll(async () => {
  database = await createTestDatabase();
  standIn = await IppopayFakeApi.start(keys);
  const options = {
    databaseUrl: database.url,
    gateways: counted,
    environment: {
      IPPOPAY_PUBLIC_KEY: keys.publicKey,
      IPPOPAY_SECRET_KEY: keys.secretKey,
      IPPOPAY_API_URL: standIn.baseUrl,
    },
  };
  processes = [await startTestApp(options), await startTestApp(options), await startTestApp(options)];
});
afterAll(async () => {
  for (const app of processes) await app.close();
  await standIn.close();
  await database.drop();
});

it('never asks twice at a time about one order, whichever processes its hints came to', async () => {
  const told = Array.from({ length: ORDERS }, (_, nth) => {
    const subject = createStorySubject('ippopay', `pair${nth}`, new Date(Date.now() - 60_000));
    return STORIES.success(subject).at(-1) as StoryEvent;
  });
  const hints = Array.from({ length: HINTS_OF_EACH * ORDERS }, (_, nth) => {
    const baseUrl = processes[nth % processes.length]!.url;
    const player: Player = {
      simulator: ippopaySimulator,
      baseUrl,
      secret: SECRETS.ippopay,
      api: standIn,
    };
    return playEvent(player, told[Math.floor(nth / 3) % ORDERS] as StoryEvent);
  });
  for (const { status } of await Promise.all(hints)) expect(status).toBe(200);
  await processes[0]!.quiet();

  expect(most).toBe(1);
  const { items } = await processes[0]!.get('/payments?gateway=ippopay');
  expect(items.map(({ status }: { status: string }) => status)).toEqual(Array(ORDERS).fill('succeeded'));
});
