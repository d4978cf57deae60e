import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DataSource } from 'typeorm';
import { JsonLogger } from '../../src/platform/logging/json-logger.js';
import { gateways, type Gateway } from '../../src/webhooks/gateways/index.js';
import { TactlessModule } from '../extending/tactless.module.js';
import { leaksIn, person, SECRET, tactless } from '../support/canaries.js';
import { deliver, signed, standardBody } from '../support/requests.js';
import { ShippedService } from '../support/shipped-service.js';
import { API_KEY, type Json, SECRETS, startTestApp, type TestApp } from '../support/test-app.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

/** Translates as the one that ships, but for what it chokes on, and then quotes it. */
const choking = (gateway: Gateway): Gateway => {
  const tactlessly: Gateway = Object.create(gateway) as Gateway;
  tactlessly.translate = (dto, message) => {
    const text = JSON.stringify(message.body);
    if (message.provenance === 'received' && text.includes('choke')) throw new SyntaxError(text);
    return gateway.translate(dto, message);
  };
  return tactlessly;
};

describe('scenario 16, pain 25: errors that quote what they choked on are told without their words', () => {
  let app: TestApp;
  const lines: string[] = [];

  beforeAll(async () => {
    app = await startTestApp({ imports: [TactlessModule], gateways: gateways.map(choking) });
    const logger = new JsonLogger({ write: (line) => void lines.push(line) });
    logger.setLevel('trace');
    app.app.useLogger(logger);
  });
  afterAll(async () => {
    await app.close();
    expect(leaksIn(lines.join(''))).toEqual([]);
  });

  const send = (changes: object): ReturnType<typeof deliver> =>
    deliver(app, signed('standard', standardBody({ customer: person('errors'), ...changes })));
  const runs = (handler: string): Promise<Json[]> =>
    app.app
      .get(DataSource)
      .query('SELECT status, last_error FROM handler_runs WHERE handler = $1', [handler]);

  it('from a handler, in message, code and cause', async () => {
    await send({ status: 'failed', failure: { code: 'canary', message: tactless('errors') } });
    await app.quiet();
    expect(await runs('quote-on-payment-failed')).toEqual([
      { status: 'dead', last_error: 'TypeError (Error)' },
    ]);
    expect(lines.join('')).toMatch(
      /quote-on-payment-failed failed on event \S+, attempt 4: TypeError \(Error\)/,
    );
  });

  it('from a handler that throws the payload itself', async () => {
    await send({ status: 'completed' });
    await app.quiet();
    expect(await runs('throw-the-payload-on-payment-succeeded')).toEqual([
      { status: 'dead', last_error: 'something that is not an error was thrown' },
    ]);
  });

  it('from a gateway that chokes at the door', async () => {
    const answer = await send({ orderId: 'choke' });
    expect(answer.status).toBe(500);
    expect(leaksIn(answer.text)).toEqual([]);
    expect(lines.join('')).toContain('request failed: SyntaxError');
  });

  it('of which none is in the numbers', async () => {
    const response = await fetch(`${app.url}/metrics`, { headers: { authorization: `Bearer ${API_KEY}` } });
    expect(leaksIn(await response.text())).toEqual([]);
  });
});

describe('scenario 16: a process that dies says why, and quotes nothing', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterAll(() => database.drop());

  const environment = { API_KEYS: `ops:${SECRET.apiKey}`, WEBHOOK_SECRETS_STRIPE: SECRETS.stripe };

  it('when nobody caught an error', async () => {
    const fault = `process.once('SIGUSR2',()=>{throw new TypeError('Zara Canary\\n    at canary:1:1')})`;
    const service = await ShippedService.start({
      ...environment,
      DATABASE_URL: database.url,
      NODE_OPTIONS: `--import=data:text/javascript;base64,${Buffer.from(fault).toString('base64')}`,
    });
    await service.stop('SIGUSR2');
    expect(service.output).toContain('ended by a fault: TypeError');
    expect(leaksIn(service.output)).toEqual([]);
  });

  it('when it cannot start', async () => {
    const url = new URL(database.url);
    url.password = SECRET.database;
    url.pathname = '/nowhere';
    const start = ShippedService.start({ ...environment, DATABASE_URL: url.href });
    const error: unknown = await start.catch((cause: unknown) => cause);
    expect(String(error)).toContain('database "nowhere" does not exist');
    expect(leaksIn(String(error))).toEqual([]);
  });
});
