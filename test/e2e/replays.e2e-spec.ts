import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Injectable, Module } from '@nestjs/common';
import { IsIn } from 'class-validator';
import type { ClassConstructor } from 'class-transformer';
import { once } from 'node:events';
import { Agent, request, type IncomingMessage } from 'node:http';
import { DataSource } from 'typeorm';
import { OnDomainEvent, type TransactionHandler } from '../../src/platform/events/index.js';
import { PaymentReported } from '../../src/payments/index.js';
import { gateways, type Gateway } from '../../src/webhooks/gateways/index.js';
import { StandardGateway } from '../../src/webhooks/gateways/standard/standard.gateway.js';
import { MailCatcher } from '../support/mail-catcher.js';
import { ask, freshId, standardBody, deliver, signed, type Heard } from '../support/requests.js';
import { runProgram } from '../support/run-program.js';
import { StandardSender } from '../support/standard-sender.js';
import { createTestDatabase } from '../support/test-database.js';
import { API_KEY, READ_KEY, startTestApp, until, type Json, type TestApp } from '../support/test-app.js';

let mail: MailCatcher;
const opened: (() => Promise<void>)[] = [];
beforeAll(async () => {
  mail = await MailCatcher.start();
});
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
});
afterAll(() => mail.stop());

class NeverFits {
  @IsIn(['nothing that is ever sent']) event!: string;
}

/** A version whose DTO refuses what the gateway sends by now. */
class StrictGateway extends StandardGateway {
  override readonly invalidBodyResponse = 'parked' as 'unprocessable';
  override dtoFor(): ClassConstructor<object> {
    return NeverFits;
  }
}

/** A version that could not read these messages yet. */
class DeafGateway extends StandardGateway {
  override dtoFor(): null {
    return null;
  }
}

/** What an earlier version of the service made of the messages, and the version that ships, on its database. */
async function afterDeploy(
  earlier: Gateway,
  tell: (shop: StandardSender) => Promise<unknown>,
  imports: object[] = [],
): Promise<TestApp> {
  const database = await createTestDatabase();
  opened.push(() => database.drop());
  const past = gateways.map((gateway) => (gateway.name === earlier.name ? earlier : gateway));
  const before = await startTestApp({ databaseUrl: database.url, gateways: past });
  await tell(new StandardSender(before.url));
  await before.quiet();
  await before.close();
  const environment = { SMTP_URL: mail.url, ALERT_QUIET_SECONDS: '0' };
  const app = await startTestApp({ databaseUrl: database.url, environment, imports: imports as [] });
  opened.push(() => app.close());
  return app;
}

const replay = (app: TestApp, body: unknown, key?: string): Promise<Heard> =>
  ask(app, '/deliveries/replay', { method: 'POST', body: JSON.stringify(body) }, key);

const rowsOf = async (app: TestApp): Promise<Json> => {
  const count = (table: string): string => `(SELECT count(*)::int FROM ${table}) AS ${table}`;
  const tables = ['payments', 'payment_reports', 'domain_events', 'handler_runs', 'notifications'];
  const [row] = await app.app.get(DataSource).query<object[]>(`SELECT ${tables.map(count).join(', ')}`);
  return row;
};

describe('a deploy with a DTO that fits again', () => {
  it('pains 10, 17: takes up all that was parked by one request, and alerts as a first success does', async () => {
    const app = await afterDeploy(new StrictGateway(), async (shop) => {
      for (const payment of ['one', 'two', 'three'])
        await shop.tell('failed', { payment: `parked-${payment}` });
      await shop.tell('completed', { payment: 'parked-four' });
    });
    expect(await app.get('/stats')).toMatchObject({ deliveries: { parked: 4, processed: 0 } });
    expect((await app.get('/deliveries?status=parked')).items).toHaveLength(4);

    const told = await replay(app, { status: 'parked', gateway: 'standard', dryRun: true });
    expect(told).toMatchObject({
      status: 200,
      json: { deliveries: 4, payments: 4, alerts: 3, summary: 'would change 4 payments, send 3 alerts' },
    });
    expect(await rowsOf(app)).toMatchObject({ payments: 0, payment_reports: 0, domain_events: 0 });

    const taken = await replay(app, { status: 'parked', gateway: 'standard' });
    expect(taken).toMatchObject({ status: 202, json: { deliveries: 4, status: 'pending' } });
    await app.quiet();
    expect(await app.get('/stats')).toMatchObject({
      deliveries: { parked: 0, processed: 4 },
      notifications: { sent: 3 },
    });
    expect((await app.get('/payments?status=failed')).items).toHaveLength(3);
    expect(mail.sentTo('parked-two@example.com')).toHaveLength(1);
  });

  it('pain 17: takes it up by one command, which tells beforehand what that would change', async () => {
    const app = await afterDeploy(new StrictGateway(), async (shop) => {
      for (const payment of ['five', 'six']) await shop.tell('failed', { payment: `parked-${payment}` });
    });
    const takeUp = (...args: string[]) =>
      runProgram('replay', app.databaseUrl, ['--gateway', 'standard', ...args], {
        SMTP_URL: mail.url,
        MAIL_FROM: 'Shop <pay@shop.example>',
      });
    expect(await takeUp('--dry-run')).toEqual({
      code: 0,
      lines: ['would change 2 payments, send 2 alerts'],
      errors: '',
    });
    expect(await app.get('/stats')).toMatchObject({ deliveries: { parked: 2 } });
    const { code, lines } = await takeUp();
    expect({ code, lines }).toEqual({
      code: 0,
      lines: [expect.stringMatching(/^2 deliveries are pending again: /)],
    });
    await app.quiet();
    expect(await app.get('/stats')).toMatchObject({ deliveries: { parked: 0, processed: 2 } });
    expect(mail.sentTo('parked-six@example.com')).toHaveLength(1);
    expect((await takeUp('--status', 'processed')).code).toBe(2);
  });

  it('of two versions side by side, what still does not fit stays parked, and the preview says so', async () => {
    const app = await afterDeploy(new StrictGateway(), (shop) => shop.tell('failed', { payment: 'fits' }));
    const bad = standardBody({ amount: 'much' });
    expect((await deliver(app, signed('standard', bad))).status).toBe(422);
    const told = await replay(app, { status: 'parked', dryRun: true });
    expect(told.json).toMatchObject({
      deliveries: 2,
      payments: 1,
      alerts: 1,
      unreadable: 1,
      summary: 'would change 1 payment, send 1 alert, leave 1 delivery parked or dead',
    });
    await replay(app, { status: 'parked' });
    await app.quiet();
    expect(await app.get('/stats')).toMatchObject({ deliveries: { parked: 1, processed: 1 } });
  });
});

describe('a preview', () => {
  it('pain 17: tells what a replay changes, changes nothing, and the replay changes just that', async () => {
    const app = await afterDeploy(new DeafGateway(), async (shop) => {
      for (const payment of ['a', 'b', 'c']) await shop.tell('failed', { payment: `deaf-${payment}` });
      await shop.tell('completed', { payment: 'deaf-c' });
    });
    const before = await rowsOf(app);
    const quiet = {
      deliveries: 4,
      payments: 3,
      alerts: 0,
      summary: 'would change 3 payments, send 0 alerts',
    };
    expect((await replay(app, { status: 'ignored', dryRun: true })).json).toMatchObject(quiet);
    // The third recovers within the same replay: its alert would find it succeeded.
    const loud = await replay(app, { status: 'ignored', dryRun: true, alerts: true });
    expect(loud.json.summary).toBe('would change 3 payments, send 2 alerts');
    expect(await rowsOf(app)).toEqual(before);
    expect(await app.get('/stats')).toMatchObject({ deliveries: { ignored: 4 }, quiet: true });

    await replay(app, { status: 'ignored', alerts: true });
    await app.quiet();
    expect((await app.get('/payments')).items).toHaveLength(3);
    expect(await app.get('/stats')).toMatchObject({ notifications: { sent: 2 } });

    const again = {
      deliveries: 4,
      payments: 0,
      alerts: 0,
      summary: 'would change 0 payments, send 0 alerts',
    };
    expect((await replay(app, { status: 'processed', dryRun: true, alerts: true })).json).toMatchObject(
      again,
    );
    const changed = await rowsOf(app);
    await replay(app, { status: 'processed', alerts: true });
    await app.quiet();
    expect(await rowsOf(app)).toEqual(changed);
  });

  it('of one delivery is asked for beside it, and knows what would be suppressed', async () => {
    const app = await afterDeploy(new DeafGateway(), async (shop) => {
      await shop.tell('failed', { payment: 'silent', customer: null });
      await shop.tell('failed', { payment: 'heard' });
    });
    const { items } = await app.get('/deliveries');
    const told = async (id: string, query: string): Promise<Json> => {
      const heard = await ask(app, `/deliveries/${id}/replay?dryRun=true${query}`, { method: 'POST' });
      expect(heard.status).toBe(200);
      return heard.json.summary;
    };
    expect(await told(items[1].id, '&alerts=true')).toBe('would change 1 payment, send 0 alerts');
    expect(await told(items[0].id, '&alerts=true')).toBe('would change 1 payment, send 1 alert');
    expect(await told(items[0].id, '')).toBe('would change 1 payment, send 0 alerts');
    expect(await app.get('/stats')).toMatchObject({ deliveries: { ignored: 2, pending: 0 } });
    expect((await ask(app, `/deliveries/${items[0].id}/replay?dryRun=1`, { method: 'POST' })).status).toBe(
      400,
    );
  });

  it('counts a delivery that fails for itself alone', async () => {
    @Injectable()
    @OnDomainEvent(PaymentReported, 'refuse-one-on-payment-reported')
    class RefuseOne implements TransactionHandler<PaymentReported> {
      async handleInTransaction(events: readonly PaymentReported[]): Promise<void> {
        if (events.some(({ payload }) => payload.report.gatewayPaymentId === 'poison')) throw new Error('no');
      }
    }
    @Module({ providers: [RefuseOne] })
    class Refusing {}
    const app = await afterDeploy(
      new StrictGateway(),
      async (shop) => {
        await shop.tell('completed', { payment: 'poison' });
        await shop.tell('completed', { payment: 'sound' });
      },
      [Refusing],
    );
    const told = await replay(app, { status: 'parked', dryRun: true });
    expect(told.json).toMatchObject({ deliveries: 2, payments: 1, unreadable: 1 });
    await replay(app, { status: 'parked' });
    await until(async () => (await app.get('/stats')).deliveries.dead === 1, 'the poisoned one to be dead');
    expect((await app.get('/payments')).items).toHaveLength(1);
  });
});

describe('a replay by filter', () => {
  it('takes those that match, and no others', async () => {
    const app = await startTestApp();
    opened.push(() => app.close());
    const shop = new StandardSender(app.url);
    const ids = [
      await shop.tell('completed', { payment: 'x' }),
      await shop.tell('completed', { payment: 'y' }),
    ];
    await app.quiet();
    const { receivedAt } = await app.get(`/deliveries/${ids[1]}`);
    for (const [filter, deliveries] of [
      [{ status: 'processed' }, 2],
      [{ gateway: 'stripe' }, 0],
      [{ gateway: 'standard', account: 'default', type: 'payment.updated' }, 2],
      [{ from: receivedAt }, 1],
      [{ to: receivedAt }, 1],
      [{ type: 'payment.failed' }, 0],
    ] as const) {
      expect((await replay(app, filter)).json).toEqual({ deliveries, status: 'pending' });
      await app.quiet();
    }
  });

  it('that is empty, wrong or not allowed is refused', async () => {
    const app = await startTestApp();
    opened.push(() => app.close());
    for (const body of [{}, { alerts: true, dryRun: true }, { status: 'lost' }, { state: 'dead' }, [], 'x'])
      expect((await replay(app, body)).status).toBe(400);
    expect((await replay(app, { status: 'parked', alerts: 'yes' })).json.detail).toBe(
      'bad parameter: alerts',
    );
    const body = JSON.stringify({ type: 'x'.repeat(20_000) });
    expect((await ask(app, '/deliveries/replay', { method: 'POST', body })).status).toBe(413);
    expect((await ask(app, '/deliveries/replay', { method: 'POST', body: '{' })).status).toBe(400);
    expect((await ask(app, '/deliveries/replay', { method: 'POST' })).status).toBe(400);
    expect((await replay(app, { status: 'parked' }, READ_KEY)).status).toBe(403);
  });

  it('that is too long is refused before it has arrived, whatever it says of its charset', async () => {
    const app = await startTestApp();
    opened.push(() => app.close());
    const path = '/deliveries/replay';
    const headers = { authorization: `Bearer ${API_KEY}`, 'content-length': '1000000' };
    const { hostname, port } = new URL(app.url);
    const unfinished = request({ hostname, port, path, method: 'POST', headers });
    unfinished.write('x'.repeat(20_000));
    const [answer] = (await once(unfinished, 'response')) as [IncomingMessage];
    expect(answer.statusCode).toBe(413);
    unfinished.on('error', () => undefined).destroy();
    await nextOfConnection(new Agent({ keepAlive: true, maxSockets: 1 }));
    await replayAs('application/json; charset=iso-8859-1');
    await replayAs('text/plain');

    /** The rest of a body that was too long is thrown away, and the next request of its connection is answered. */
    async function nextOfConnection(agent: Agent): Promise<void> {
      const long = { ...headers, 'content-length': '200000' };
      const tooLong = request({ agent, hostname, port, path, method: 'POST', headers: long });
      tooLong.end('x'.repeat(200_000));
      const [refused] = (await once(tooLong, 'response')) as [IncomingMessage];
      await once(refused.resume(), 'end');
      const next = request({ agent, hostname, port, path: '/health/live' }).end();
      const [alive] = (await once(next, 'response')) as [IncomingMessage];
      expect([refused.statusCode, alive.statusCode, next.reusedSocket]).toEqual([413, 200, true]);
      agent.destroy();
    }

    async function replayAs(type: string): Promise<void> {
      const init = { method: 'POST', headers: { 'content-type': type }, body: '{"status":"dead"}' };
      expect((await ask(app, path, init)).status).toBe(202);
    }
  });

  it('pain 8: waits for nobody who holds a delivery, and intake goes on', async () => {
    const app = await afterDeploy(new StrictGateway(), async (shop) => {
      for (const payment of ['held', 'free']) await shop.tell('completed', { payment, id: `msg_${payment}` });
    });
    const session = app.app.get(DataSource).createQueryRunner();
    await session.startTransaction();
    await session.query(`SELECT FROM deliveries WHERE key = 'msg_held' FOR UPDATE`);
    expect((await replay(app, { status: 'parked' })).json).toEqual({ deliveries: 1, status: 'pending' });
    const fresh = await deliver(app, signed('standard', standardBody(), { eventId: freshId('msg') }));
    expect(fresh.json.status).toBe('accepted');
    await session.rollbackTransaction();
    await session.release();
    await app.quiet();
    expect(await app.get('/stats')).toMatchObject({ deliveries: { parked: 1, processed: 2 } });
    // The gateway sends it again: taken up all the same.
    await new StandardSender(app.url).tell('completed', { payment: 'held', id: 'msg_held' });
    await app.quiet();
    expect(await app.get('/stats')).toMatchObject({ deliveries: { parked: 0, processed: 3 } });
  });
});
