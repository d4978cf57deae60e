import { connect, type AddressInfo } from 'node:net';
import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { SMTPServer } from 'smtp-server';
import type { SignedRequest } from '../../src/simulator/gateway-simulator.js';
import { CARD, headers, leaksIn, noSignature, person, PHONE, SECRET, tactless } from '../support/canaries.js';
import { freshId, signed, standardBody, story, signedStep, type GatewayName } from '../support/requests.js';
import { ShippedService } from '../support/shipped-service.js';
import { type Json, until } from '../support/test-app.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

/** Refuses every recipient, and repeats the address while doing so. */
function startTactlessMailServer(): SMTPServer {
  return new SMTPServer({
    disabledCommands: ['STARTTLS'],
    allowInsecureAuth: true,
    closeTimeout: 100,
    onAuth: (_auth, _session, answered) => answered(null, { user: 'shop' }),
    onRcptTo: ({ address }, _session, answered) =>
      answered(
        Object.assign(new Error(`<${address}> (Zara Canary) does not live here`), { responseCode: 550 }),
      ),
  });
}

/** A gateway's API that fails by quoting the question. */
const startTactlessApi = (): Server =>
  createServer((request, response) => {
    response.statusCode = request.url?.includes('broken') ? 500 : 200;
    response.end(`{"asked": "${request.url}", "by": "${request.headers.authorization}", "name": Zara Canary`);
  });

const portOf = (server: { address(): unknown }): number => (server.address() as AddressInfo).port;

describe('scenario 16, pain 25: canaries in headers, bodies and secrets reach no log or artefact', () => {
  let database: TestDatabase;
  let client: pg.Client;
  let mail: SMTPServer;
  let api: Server;
  let service: ShippedService;
  /** What was answered to whoever knocked, headers and all. */
  const answers: string[] = [];

  beforeAll(async () => {
    database = await createTestDatabase();
    client = new pg.Client(database.url);
    await client.connect();
    mail = startTactlessMailServer();
    mail.on('error', () => undefined);
    await new Promise<void>((resolve) => mail.listen(0, '127.0.0.1', resolve));
    api = startTactlessApi().listen(0, '127.0.0.1');
    await once(api, 'listening');
    await refuseRows();
    const databaseUrl = new URL(database.url);
    databaseUrl.password = SECRET.database;
    service = await ShippedService.start({
      DATABASE_URL: databaseUrl.href,
      API_KEYS: `ops:${SECRET.apiKey}`,
      WEBHOOK_SECRETS_STRIPE: SECRET.stripe,
      WEBHOOK_SECRETS_RAZORPAY: SECRET.razorpay,
      WEBHOOK_SECRETS_STANDARD: SECRET.standard,
      WEBHOOK_SECRETS_IPPOPAY: SECRET.ippopay,
      IPPOPAY_PUBLIC_KEY: SECRET.publicKey,
      IPPOPAY_SECRET_KEY: SECRET.secretKey,
      IPPOPAY_API_URL: `http://127.0.0.1:${portOf(api)}`,
      PAYLOAD_KEYS: SECRET.payloadKey,
      MAIL_FROM: 'Shop <pay@shop.example>',
      SMTP_URL: `smtp://shop:${SECRET.smtp}@127.0.0.1:${portOf(mail.server)}`,
      ALERT_SETTLE_SECONDS: '0',
      LOG_LEVEL: 'trace',
    });
  });
  afterAll(async () => {
    await service?.stop();
    await client.end();
    await new Promise<void>((resolve) => mail.close(resolve));
    await new Promise((resolve) => api.close(resolve));
    await database.drop();
  });

  /** PostgreSQL tells the whole row that a constraint refuses: at the door, at the payment, in a handler. */
  async function refuseRows(): Promise<void> {
    await client.query(
      `ALTER TABLE deliveries ADD CONSTRAINT ck_refused CHECK (NOT headers @> '[["X-Refuse", "here"]]');
       ALTER TABLE payments ADD CONSTRAINT ck_refused CHECK (order_id NOT LIKE '%refuse_payment%');
       ALTER TABLE notifications ADD CONSTRAINT ck_refused CHECK (order_key NOT LIKE '%refuse_alert%')`,
    );
  }

  async function knock(path: string, init: RequestInit = {}): Promise<number> {
    const response = await fetch(service.url + path, init);
    const head = [...response.headers].map(([name, value]) => `${name}: ${value}`);
    answers.push([`${response.status}`, ...head, await response.text()].join('\n'));
    return response.status;
  }

  const post = (request: SignedRequest, extra: Record<string, string> = {}): Promise<number> =>
    knock(request.path, {
      method: 'POST',
      headers: { ...headers('door'), ...extra, ...request.headers },
      body: new Uint8Array(request.body),
    });
  const by = (gateway: GatewayName, body: unknown, eventId = freshId('canary')): SignedRequest =>
    signed(gateway, body, { secret: SECRET[gateway], eventId });
  const failure = (orderId: string, customer: object = person('body')): Json =>
    standardBody({
      status: 'failed',
      orderId,
      customer,
      failure: { code: 'card_declined', message: tactless('body') },
    });

  const one = async <Row extends object>(sql: string): Promise<Row | undefined> =>
    (await client.query<Row>(sql)).rows[0];

  it('in what is refused before it is believed', async () => {
    const body = JSON.stringify(failure('ord_canary'));
    const forged: Record<string, string> = { ...headers('forged'), 'Content-Type': 'application/json' };
    for (const [path, name, value] of [
      ['/webhooks/stripe', 'Stripe-Signature', `t=1,v1=${noSignature()}`],
      ['/webhooks/razorpay', 'X-Razorpay-Signature', noSignature()],
      ['/webhooks/standard', 'webhook-signature', `v1,${noSignature()}`],
      [`/webhooks/ippopay/${SECRET.ippopay}x`, 'X-Sig', 'canary'],
      ['/webhooks/stripe/canary_account', 'X-Sig', 'canary'],
      ['/webhooks/canary-gateway', 'X-Sig', 'canary'],
      [`/webhooks/stripe?email=canary@leak.example&card=${CARD}`, 'Content-Type', 'text/canary'],
      ['/webhooks/stripe', 'Content-Encoding', 'canary'],
    ] as const)
      expect(
        await knock(path, { method: 'POST', headers: { ...forged, [name]: value }, body }),
      ).toBeGreaterThan(400);
    expect(await knock('/webhooks/stripe?who=canary', { method: 'DELETE', headers: forged })).toBe(405);
  });

  it('in requests to the API, with a wrong key and with the right one', async () => {
    const key = { Authorization: `Bearer ${SECRET.apiKey}` };
    for (const path of [
      '/nowhere/canary?x=canary',
      '/payments/canary@leak.example',
      '/deliveries/canary',
      '/notifications/canary',
      '/payments?limit=canary',
      '/payments?cursor=canary',
      `/payments?from=${encodeURIComponent(PHONE)}`,
      '/payments?canary@leak.example=1',
      '/deliveries?from=canary&status=canary',
      '/%E0%A4%A',
    ]) {
      expect(await knock(path, { headers: headers('wrong-key') })).toBeGreaterThanOrEqual(400);
      expect(await knock(path, { headers: key })).toBeGreaterThanOrEqual(400);
    }
  });

  it('in what is no HTTP at all', async () => {
    const { hostname, port } = new URL(service.url);
    for (const text of [
      `GET /canary HTTP/1.1\r\nNo Header canary\r\n\r\n`,
      `canary ${CARD}\r\n\r\n`,
      `POST /webhooks/stripe HTTP/1.1\r\nHost: x\r\nContent-Length: canary\r\n\r\n`,
      `GET / HTTP/1.1\r\nHost: x\r\nX-Long: ${'canary'.repeat(5_000)}\r\n\r\n`,
    ]) {
      const socket = connect(Number(port), hostname);
      socket.on('data', (chunk) => answers.push(chunk.toString()));
      socket.on('error', () => undefined);
      socket.end(text);
      await once(socket, 'close');
    }
  });

  it('in bodies that were signed and cannot be read, or do not fit', async () => {
    const broken = `{"name": "Zara Canary", "card": ${CARD}, "email": "canary@leak.example" `;
    const deep = `${'['.repeat(70)}"canary"${']'.repeat(70)}`;
    for (const gateway of ['stripe', 'razorpay', 'standard'] as const) {
      expect(await post(by(gateway, broken))).toBe(400);
      expect(await post(by(gateway, deep))).toBe(400);
      expect(await post(by(gateway, Buffer.from([0xff, 0xfe, ...Buffer.from('canary')])))).toBe(400);
    }
    const misfit = {
      id: 'evt_canary',
      type: 'payment_intent.succeeded',
      entity: 'event',
      event: 'payment.captured',
      created: `canary ${CARD}`,
      created_at: PHONE,
      data: { object: person('misfit'), amount: 'canary' },
      payload: { payment: { entity: { ...person('misfit'), amount: `canary ${CARD}` } } },
    };
    expect(await post(by('stripe', misfit))).toBe(200);
    expect(await post(by('razorpay', misfit))).toBe(200);
    expect(await post(by('standard', { ...misfit, event: 'payment.canary' }))).toBe(422);
    expect(await post(by('standard', standardBody({ amount: CARD, currency: 'canary' })))).toBe(422);
    const { count } = (await one<{ count: string }>(
      `SELECT count(*) FROM deliveries WHERE status = 'parked'`,
    )) ?? { count: '0' };
    expect(Number(count)).toBe(4);
  });

  it('in answers of a gateway that quotes the question', async () => {
    for (const orderId of ['canary-broken', 'canary-garbled'])
      expect(await post(by('ippopay', { order_id: orderId, ...person('hint') }))).toBe(200);
    await until(
      () => one(`SELECT FROM delivery_work WHERE hint_order = 'canary-broken' AND last_error IS NOT NULL`),
      'the question to fail',
    );
    await until(
      () => one(`SELECT FROM deliveries WHERE hint_order = 'canary-garbled' AND status = 'parked'`),
      'the answer to be found unreadable',
    );
  });

  it('in rows that the database refuses, at the door and behind it', async () => {
    const told = story('stripe', 'success').at(-1);
    if (!told) throw new Error('an empty story');
    const request = signedStep('stripe', told, { secret: SECRET.stripe });
    expect(await post(request, { 'X-Refuse': 'here' })).toBe(503);
    expect(await post(by('standard', failure('canary_refuse_payment')))).toBe(200);
    expect(await post(by('standard', failure('canary_refuse_alert')))).toBe(200);
    const refused = `last_error LIKE 'QueryFailedError 23514 ck_refused%'`;
    await until(() => one(`SELECT FROM delivery_work WHERE ${refused}`), 'the payment to be refused');
    await until(() => one(`SELECT FROM handler_runs WHERE ${refused}`), 'the alert to be refused');
  });

  it('in mail that is refused by name', async () => {
    expect(await post(by('standard', failure('ord_canary_mail', person('mail'))))).toBe(200);
    const row = await until(
      () => one<{ last_error: string }>(`SELECT last_error FROM notifications WHERE status = 'dead'`),
      'the mail to be refused',
    );
    expect(row?.last_error).toBe('PermanentDeliveryError: mail was not sent: EENVELOPE 550 at RCPT TO');
  });

  it('… and none came out: not in an answer, not in a number, not in a reason', async () => {
    const key = { headers: { Authorization: `Bearer ${SECRET.apiKey}` } };
    for (const path of ['/metrics', '/stats', '/health/live', '/health/ready', '/docs-json'])
      expect(await knock(path, key)).toBe(200);
    expect(answers.length).toBeGreaterThan(50);
    expect(answers.flatMap(leaksIn)).toEqual([]);
    for (const [table, columns] of [
      ['deliveries', 'last_error, errors'],
      ['delivery_work', 'last_error'],
      ['handler_runs', 'last_error'],
      ['notifications', 'last_error, reason'],
      ['refusal_counts', 'gateway, reason'],
    ]) {
      const { rows } = await client.query(`SELECT ${columns} FROM ${table}`);
      expect(rows.length).toBeGreaterThan(0);
      expect(leaksIn(JSON.stringify(rows))).toEqual([]);
    }
  });

  it('… not in a payload as it lies on disk, nor the card in what an operator is shown', async () => {
    const { rows } = await client.query<{ id: string; raw: Buffer; headers: Json }>(
      'SELECT id, raw, headers FROM deliveries',
    );
    expect(rows.flatMap(({ raw }) => leaksIn(raw.toString('latin1')))).toEqual([]);
    const secrets = /canary-(?:bearer|api-key|ippopay|door)|canary:canary/;
    expect(JSON.stringify(rows.map((row) => row.headers as unknown))).not.toMatch(secrets);
    for (const { id } of rows) {
      const shown = await fetch(`${service.url}/deliveries/${id}`, {
        headers: { Authorization: `Bearer ${SECRET.apiKey}` },
      });
      const text = await shown.text();
      const { bodyBase64 } = JSON.parse(text) as { bodyBase64: string | null };
      expect(text + Buffer.from(bodyBase64 ?? '', 'base64').toString()).not.toContain(CARD);
    }
  });

  it('… and not in a single line of the log, from the first to the last', async () => {
    await service.stop();
    // There was something to tell: a log that says nothing would pass, too.
    for (const line of [
      /delivery \S+ failed, attempt 1: QueryFailedError 23514 ck_refused/,
      /alert-customer-on-payment-failed failed on event \S+, attempt 1: QueryFailedError 23514 ck_refused/,
      /notification \S+ was not sent: PermanentDeliveryError/,
    ])
      expect(service.output).toMatch(line);
    expect(leaksIn(service.output)).toEqual([]);
  });

  it('the look for canaries finds them where they are', () => {
    for (const planted of [
      CARD,
      '4000 0566-5566 5556',
      PHONE,
      SECRET.standard,
      ...Object.values(person('x')),
    ])
      expect(leaksIn(`before ${planted} after`)).toHaveLength(1);
  });
});
