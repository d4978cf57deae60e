import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createServer, type AddressInfo } from 'node:net';
import { administer } from '../support/administrator.js';
import { startBuiltService, type BuiltService } from '../support/built-service.js';
import { cuttableLine, type CuttableLine } from '../support/cuttable-line.js';
import { ask, deliver, success } from '../support/requests.js';
import { SECRETS, type TestApp, until } from '../support/test-app.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

const PASSWORD = 'hunter2-of-the-database';

let database: TestDatabase;
let service: BuiltService | null = null;
beforeEach(async () => {
  database = await createTestDatabase();
});
afterEach(async () => {
  await service?.stop();
  service = null;
  await database.drop();
});

const environment = (databaseUrl: string): Record<string, string> => ({
  DATABASE_URL: databaseUrl,
  WEBHOOK_SECRETS_STRIPE: SECRETS.stripe,
});
const withPassword = (databaseUrl: string): string => {
  const url = new URL(databaseUrl);
  url.password = PASSWORD;
  return url.href;
};
const get = (path: string) => ask(service as unknown as TestApp, path, {}, null);
const isJson = (line: string): boolean => line.startsWith('{');

/** Of what a failed start wrote: what is for a program, and what is for a person. */
async function failedStart(databaseUrl: string, more: Record<string, string> = {}) {
  const error = await startBuiltService({ ...environment(databaseUrl), ...more }).then(
    async (started) => {
      await started.stop();
      throw new Error('it started');
    },
    (cause: unknown) => cause as Error,
  );
  const lines = error.message.split('\n');
  expect(lines[0]).toMatch(/ended with 1:$/);
  expect(error.message).not.toContain(PASSWORD);
  return {
    logged: lines.filter(isJson).map((line) => JSON.parse(line) as Record<string, string>),
    told: lines.slice(1).filter((line) => !isJson(line)),
  };
}

describe('a start while the database is away', () => {
  let line: CuttableLine;
  beforeEach(async () => {
    line = await cuttableLine(database.url);
    await line.cut();
  });
  afterEach(() => line.close().catch(() => undefined));

  it.each(['1', '2'])(
    'says host, port and cause, is alive, and works when it comes (WORKERS=%s)',
    async (WORKERS) => {
      service = await startBuiltService({ ...environment(withPassword(line.url)), WORKERS });
      const { said } = service;
      const address = new URL(line.url).host;
      await until(() => said.some((text) => !isJson(text) && text.includes(address)), 'a sentence');
      await until(() => said.some((text) => isJson(text) && text.includes(address)), 'a line of the log');
      expect((await get('/health/live')).status).toBe(200);
      const ready = await get('/health/ready');
      expect(ready).toMatchObject({ status: 503, json: { checks: { database: 'down', storage: 'down' } } });
      const refused = await deliver(service, success('stripe'));
      expect(refused).toMatchObject({ status: 503, json: { type: '/problems/not-stored' } });
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);

      await line.mend();
      const accepted = await until(async () => {
        const heard = await deliver(service as BuiltService, success('stripe')).catch(() => null);
        return heard?.status === 200 ? heard : null;
      }, 'a message to be taken');
      expect(accepted?.json.status).toBe('accepted');
      await until(
        async () => (await get('/health/ready').catch(() => null))?.status === 200,
        'it to be ready',
      );
      await service.stop();
      const about = said.filter((text) => text.includes('ECONNREFUSED'));
      expect(about.filter(isJson).map((text) => JSON.parse(text) as object)).toMatchObject([
        { level: 'error' },
      ]);
      expect(about.filter((text) => !isJson(text))).toHaveLength(1);
      expect(said.join('\n')).not.toContain(PASSWORD);
    },
  );

  it('ends in order when it is told to, and says so', async () => {
    service = await startBuiltService(environment(line.url));
    expect((await get('/health/live')).status).toBe(200);
    expect(await service.stop()).toBe(0);
    const stopped = service.said.filter((text) => text.includes('Payhook has stopped'));
    expect(stopped.map((text) => JSON.parse(text) as object)).toMatchObject([{ signal: 'SIGTERM' }]);
  });
});

describe('a start on a database that takes no writes', () => {
  it('waits until it does', async () => {
    const name = new URL(database.url).pathname.slice(1);
    await administer(database.url, `ALTER DATABASE ${name} SET default_transaction_read_only = on`);
    service = await startBuiltService(environment(database.url));
    const { said } = service;
    await until(() => said.some((text) => text.includes('25006')), 'the cause to be told');
    expect((await get('/health/ready')).status).toBe(503);
    await administer(
      database.url,
      'SET default_transaction_read_only = off',
      `ALTER DATABASE ${name} RESET default_transaction_read_only`,
    );
    await until(async () => (await get('/health/ready').catch(() => null))?.status === 200, 'it to be ready');
  });
});

describe('a start on what no waiting heals', () => {
  it('says that there is no such database', async () => {
    const url = new URL(withPassword(database.url));
    url.pathname = '/nowhere';
    const { logged, told } = await failedStart(url.href);
    expect(told).toEqual([expect.stringMatching(/^The database at .*"nowhere" does not exist.*3D000/)]);
    expect(logged).toMatchObject([{ level: 'fatal', msg: told[0] }]);
  });

  it('says that the password is refused', async () => {
    const refusal = Buffer.from(
      'SFATAL\0VFATAL\0C28P01\0Mpassword authentication failed for user "shop"\0\0',
    );
    const length = Buffer.alloc(4);
    length.writeInt32BE(refusal.length + 4);
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => socket.end(Buffer.concat([Buffer.from('E'), length, refusal])));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const { logged, told } = await failedStart(`postgres://shop:${PASSWORD}@127.0.0.1:${port}/shop`);
    await new Promise((resolve) => server.close(resolve));
    expect(told).toEqual([expect.stringMatching(new RegExp(`127\\.0\\.0\\.1:${port}.*password.*28P01`))]);
    expect(logged).toMatchObject([{ level: 'fatal', msg: told[0] }]);
  });

  it.each([
    ['LATIN1', /LATIN1.*UTF8/],
    ['SQL_ASCII', /SQL_ASCII.*UTF8/],
  ])('says that text cannot be kept as %s', async (encoding, sentence) => {
    const name = `other_${encoding.toLowerCase()}_${process.pid}`;
    await administer(
      database.url,
      `CREATE DATABASE ${name} ENCODING '${encoding}' LOCALE_PROVIDER libc LOCALE 'C' TEMPLATE template0`,
    );
    const url = new URL(database.url);
    url.pathname = `/${name}`;
    try {
      const { logged, told } = await failedStart(url.href);
      expect(told).toEqual([expect.stringMatching(sentence)]);
      expect(logged).toMatchObject([{ level: 'fatal' }]);
    } finally {
      await administer(database.url, `DROP DATABASE ${name} WITH (FORCE)`);
    }
  });

  it('says that there is no schema to keep tables in', async () => {
    const name = new URL(database.url).pathname.slice(1);
    await administer(database.url, `ALTER DATABASE ${name} SET search_path = nowhere`);
    const { told } = await failedStart(database.url);
    expect(told).toEqual([expect.stringContaining('search_path')]);
  });

  it('says every fault of the configuration, as lines and as one line of the log', async () => {
    const { logged, told } = await failedStart(database.url, { PORT: 'eighty', WORKERS: '-1' });
    expect(told.join('\n')).toMatch(/PORT[\s\S]*WORKERS|WORKERS[\s\S]*PORT/);
    expect(logged).toMatchObject([{ level: 'fatal', msg: told.join('\n') }]);
  });

  it('says it once where workers are to be started', async () => {
    const url = new URL(database.url);
    url.pathname = '/nowhere';
    const { logged, told } = await failedStart(url.href, { WORKERS: '2' });
    expect(told).toEqual([expect.stringContaining('3D000')]);
    expect(logged.filter(({ level }) => level === 'fatal')).toHaveLength(1);
  });
});
