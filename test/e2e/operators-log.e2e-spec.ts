import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { endOfLifeWarning } from '../../src/platform/config/node-support.js';
import { startBuiltService, type BuiltService } from '../support/built-service.js';
import { deliver, signed, standardBody } from '../support/requests.js';
import { API_KEY, type Json, SECRETS, until } from '../support/test-app.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

let database: TestDatabase;
let service: BuiltService;
beforeAll(async () => {
  database = await createTestDatabase();
  const url = new URL(database.url);
  url.searchParams.set('application_name', 'payhook');
  service = await startBuiltService({
    DATABASE_URL: url.href,
    WEBHOOK_SECRETS_STANDARD: SECRETS.standard,
    WEBHOOK_SECRETS_RAZORPAY__SHOP2: SECRETS.razorpay,
    ALERT_SETTLE_SECONDS: '0',
  });
});
afterAll(async () => {
  await service.stop();
  await database.drop();
});

/** Every line of the log that has these fields, parsed. */
const lines = (fields: Json): Json[] =>
  service.said
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line))
    .filter((line) => Object.entries(fields).every(([name, value]) => line[name] === value));

async function theLine(fields: Json): Promise<Json> {
  await until(() => lines(fields).length > 0, `a line with ${JSON.stringify(fields)}`);
  expect(lines(fields)).toHaveLength(1);
  return lines(fields)[0];
}

const post = async (path: string, body?: object): Promise<Json> => {
  const response = await fetch(service.url + path, {
    method: 'POST',
    headers: { authorization: `Bearer ${API_KEY}` },
    ...(body && { body: JSON.stringify(body) }),
  });
  expect(response.status).toBeLessThan(300);
  return response.json();
};

describe('the log of an operator', () => {
  it('says once what started: versions, gateways and accounts, and the database without its password', async () => {
    const line = await theLine({ msg: 'Payhook has started' });
    expect(line).toMatchObject({
      level: 'info',
      version: expect.stringMatching(/^\d+\.\d+\.\d+/),
      node: process.versions.node,
      role: 'all',
      workers: 1,
      gateways: ['razorpay/shop2', 'standard/default'],
    });
    expect(line.database).toContain(new URL(database.url).pathname);
    expect(line.database).not.toContain(new URL(database.url).password || '\n');
  });

  it('warns once where the running Node line gets no security fixes any more', async () => {
    const warning = endOfLifeWarning(process.versions.node, new Date());
    const warnings = (): string[] => service.said.filter((line) => line.includes('no security fixes'));
    if (warning !== null)
      await until(() => warnings().length > 0, 'the warning, which comes by another pipe');
    expect(warnings().map((line) => JSON.parse(line) as object)).toMatchObject(
      warning === null ? [] : [{ level: 'warn', msg: warning }],
    );
  });

  it('has a line for each parked delivery, with its ids and where it is wrong', async () => {
    const { json } = await deliver(service, signed('standard', standardBody({ amount: 'canary-amount' })));
    expect(await theLine({ deliveryId: json.id })).toMatchObject({
      level: 'warn',
      msg: 'a delivery is parked',
      gateway: 'standard',
      account: 'default',
      type: 'payment.updated',
      path: 'data.amount',
      faults: 1,
    });
  });

  it('has a line for each act, with the name of the key and what was asked', async () => {
    const good = await deliver(service, signed('standard', standardBody({ customer: { id: 'canary-id' } })));
    await service.quiet();
    await post(`/deliveries/${good.json.id}/replay`);
    expect(await theLine({ act: 'replay' })).toMatchObject({
      level: 'info',
      key: 'ops',
      deliveryId: good.json.id,
      alerts: false,
    });
    await post('/deliveries/replay', { status: 'parked', gateway: 'standard' });
    expect(await theLine({ act: 'replay_all' })).toMatchObject({
      ...{ key: 'ops', status: 'parked', gateway: 'standard', deliveries: 1 },
    });
    await post('/handler-runs/replay', { status: 'dead' });
    expect(await theLine({ act: 'handler_replay_all' })).toMatchObject({ key: 'ops', runs: 0 });
    await post('/customers/erase', { customer: 'canary-id', gateway: 'standard' });
    expect(await theLine({ act: 'erase' })).toMatchObject({ key: 'ops', gateway: 'standard', payments: 1 });
  });

  it('has none for what is only looked at', async () => {
    const acts = () => service.said.filter((line) => line.includes('"act"')).length;
    const before = acts();
    await post('/deliveries/replay', { gateway: 'standard', dryRun: true });
    await service.get('/payments');
    expect(acts()).toBe(before);
  });

  it('has a line for its end, and in none of all this a value of a message or a key', async () => {
    await service.stop();
    expect(await theLine({ msg: 'Payhook has stopped' })).toMatchObject({ level: 'info', signal: 'SIGTERM' });
    expect(service.said.join('\n')).not.toMatch(/canary/);
    expect(service.said.join('\n')).not.toContain(API_KEY);
  });
});
