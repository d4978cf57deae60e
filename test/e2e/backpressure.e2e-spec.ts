import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { connect, type Socket } from 'node:net';
import { DataSource } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { type NewDelivery } from '../../src/webhooks/inbox/delivery.store.js';
import type { InterpretedMessage } from '../../src/webhooks/message/interpret-message.js';
import { Inbox } from '../../src/webhooks/inbox/inbox.js';
import { cuttableLine, type CuttableLine } from '../support/cuttable-line.js';
import { deliver, freshId, refusedBy, signed, success, type Heard } from '../support/requests.js';
import { startTestApp, type TestApp, until } from '../support/test-app.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

const MIB = 1024 * 1024;

let database: TestDatabase;
let line: CuttableLine;
let app: TestApp;
beforeAll(async () => {
  database = await createTestDatabase();
  line = await cuttableLine(database.url);
  app = await startTestApp({
    databaseUrl: line.url,
    environment: { MAX_UNVERIFIED_BYTES: String(MIB) },
  });
});
afterEach(() => line.resume());
afterAll(async () => {
  await app.close();
  await line.close();
  await database.drop();
});

function expectOverloaded(heard: Heard): void {
  expect(heard).toMatchObject({ status: 503, json: { type: '/problems/overloaded', status: 503 } });
  expect(Number(heard.headers.get('retry-after'))).toBeGreaterThan(0);
}

const SAYS_NOTHING: InterpretedMessage = {
  key: null,
  eventId: null,
  type: null,
  content: { kind: 'ignored' },
};

const large = (): NewDelivery => ({
  id: uuidv7(),
  gateway: 'stripe',
  account: 'default',
  key: freshId('evt'),
  eventId: null,
  eventType: null,
  provenance: 'received',
  causedBy: null,
  verdict: 'verified',
  status: 'ignored',
  headers: [],
  raw: Buffer.alloc(MIB, ' '),
  errors: null,
  hintOrder: null,
  receivedAt: new Date(),
});

describe('the queue in memory', () => {
  it('is bounded in bytes, what is being written included; over it 503, and all it took is stored', async () => {
    line.pause();
    const inbox = app.app.get(Inbox, { strict: false });
    const taken = Array.from({ length: 64 }, () => inbox.accept(large(), SAYS_NOTHING));
    expectOverloaded(await deliver(app, success('stripe')));
    line.resume();
    expect((await Promise.all(taken)).map(({ kind }) => kind)).toEqual(taken.map(() => 'stored'));
    expect((await deliver(app, success('stripe'))).status).toBe(200);
  });
});

/** Sends all but the end of a body as large as they may be, and leaves it at that. */
function stalledSender(): Socket {
  const { path, headers } = signed('stripe', 'x');
  const { hostname, port } = new URL(app.url);
  const socket = connect({ host: hostname, port: Number(port) });
  const lines = [`POST ${path} HTTP/1.1`, `host: ${hostname}`, `content-length: ${MIB}`];
  for (const [name, value] of Object.entries(headers)) lines.push(`${name}: ${value}`);
  socket.on('error', () => undefined);
  socket.write(`${lines.join('\r\n')}\r\n\r\n`);
  socket.write(Buffer.alloc(MIB - 100, ' '));
  return socket;
}

describe('bytes that nobody has vouched for yet', () => {
  it('are bounded over all requests: over it 503, until those that hold them are gone', async () => {
    const before = (await refusedBy(app, 'stripe')).overloaded ?? 0;
    const stalled = stalledSender();
    const refused = await until(async () => {
      const heard = await deliver(app, success('stripe'));
      return heard.status === 200 ? null : heard;
    }, 'the budget to be spent');
    expectOverloaded(refused as Heard);
    expect((await refusedBy(app, 'stripe')).overloaded).toBe(before + 1);
    stalled.destroy();
    await until(
      async () => (await deliver(app, success('stripe'))).status === 200,
      'the budget to be given back',
    );
  });
});

describe('whoever holds connections to the database', () => {
  it('holds up no acknowledgement, were it all of them', async () => {
    const db = app.app.get(DataSource);
    const most = Number((db.options as { extra?: { max?: number } }).extra?.max);
    const hanging = Array.from({ length: most }, () => db.createQueryRunner());
    await Promise.all(hanging.map((one) => one.startTransaction()));
    try {
      const heard = await Promise.all(Array.from({ length: 20 }, () => deliver(app, success('razorpay'))));
      expect(heard.map(({ status }) => status)).toEqual(heard.map(() => 200));
    } finally {
      for (const one of hanging) {
        await one.rollbackTransaction();
        await one.release();
      }
    }
    await app.quiet();
  });
});
