import { afterAll, expect, it } from '@jest/globals';
import { toEncryptionKey } from '../../src/platform/encryption/sealed-bytes.js';
import { ask } from '../support/requests.js';
import { SUBSCRIBER_SECRET, Subscribers } from '../support/subscribers.js';
import { until } from '../support/test-app.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

const [OLD, NEW] = [1, 2].map((fill) => Buffer.alloc(32, fill).toString('base64')) as [string, string];

const opened: (() => Promise<unknown>)[] = [];
afterAll(async () => {
  for (const close of opened.reverse()) await close();
});

it('secrets are encrypted under the newest key, and one that cannot be read loses no event', async () => {
  const database = await createTestDatabase();
  opened.push(() => database.drop());
  const first = await startOn(database, '');
  const { id, path } = await first.subscribe();
  expect(await storedAt(first, id)).toEqual([SUBSCRIBER_SECRET, null]);
  const { secret } = await first.act(id, 'rotate');
  const { receiver } = first;
  await first.app.close();

  // Plain secrets are encrypted once there is a key, and sign as before.
  const second = await startOn(database, OLD, first);
  const areUnder = async (subscribers: Subscribers, key: string): Promise<boolean> =>
    (await storedAt(subscribers, id)).every((one) => one?.startsWith(`sealed:${toEncryptionKey(key).name}:`));
  await until(() => areUnder(second, OLD), 'the secrets to be encrypted');
  await second.pay();
  await second.app.quiet();
  expect(receiver.events(path)).toHaveLength(1);
  expect(await second.act(id, 'rotate', { secret })).toMatchObject({ secret });
  expect(await areUnder(second, OLD)).toBe(true);
  await second.app.close();

  // Without the key nothing is sent, and nothing is given up.
  const third = await startOn(database, NEW, first);
  await third.pay();
  const missing = /payhook_payloads_not_under_newest_key\{under="missing_key"\} [1-9]/;
  await until(
    async () => missing.test((await ask(third.app, '/metrics')).text),
    'the missing key to be told',
  );
  expect(await third.dispatches(id)).toHaveLength(1);
  expect(await third.view(id)).toMatchObject({ status: 'active', failingSince: null });
  await third.app.close();

  receiver.secrets.set(path, secret);
  const fourth = await startOn(database, `${NEW},${OLD}`, first);
  await until(() => areUnder(fourth, NEW), 'the secrets to be encrypted anew');
  await until(() => receiver.events(path).length === 2, 'what was kept');
  expect(receiver.forged).toEqual([]);
  await fourth.app.close();
  await receiver.close();
});

const startOn = (database: TestDatabase, keys: string, before?: Subscribers): Promise<Subscribers> =>
  Subscribers.start(keys === '' ? {} : { PAYLOAD_KEYS: keys }, {
    ...{ databaseUrl: database.url, receiver: before?.receiver },
  });

/** The secret and the one before it, as they are stored. */
async function storedAt(subscribers: Subscribers, id: string): Promise<(string | null)[]> {
  const [row] = await subscribers.query<{ secret: string; previous: string | null }>(
    'SELECT secret, previous_secret AS previous FROM subscriptions WHERE id = $1',
    [id],
  );
  return [row?.secret ?? null, row?.previous ?? null];
}
