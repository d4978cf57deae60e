import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SignedRequest } from '../../src/simulator/gateway-simulator.js';
import { startBuiltService, type BuiltService } from '../support/built-service.js';
import { inParallel } from '../support/in-parallel.js';
import { begunPost, loneGet, lonePost } from '../support/lone-request.js';
import { signed, standardBody } from '../support/requests.js';
import { isRunning } from '../support/running.js';
import { SECRETS, until, type Json } from '../support/test-app.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

const WORKERS = { WORKERS: '2', WEBHOOK_SECRETS_STANDARD: SECRETS.standard };

/** The second worker does nothing for a while before it starts. */
const SLOW_SECOND = `--import=data:text/javascript,${encodeURIComponent(
  `import cluster from 'node:cluster';
   if (cluster.worker?.id === 2) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 400);`,
)}`;

/** Of every worker that ever listened, in the order in which they did. */
const everyWorkerOf = ({ said }: BuiltService): number[] =>
  said.flatMap((line) => /"worker (\d+) listens"/.exec(line)?.[1] ?? []).map(Number);
const workersOf = (service: BuiltService): number[] => everyWorkerOf(service).filter(isRunning);
/** A log line may come a moment after what it tells. */
async function bothWorkersOf(service: BuiltService): Promise<number[]> {
  await until(() => workersOf(service).length === 2, 'two workers to listen');
  return workersOf(service);
}

const listeningLines = ({ said }: BuiltService): string[] =>
  said.filter((line) => line.startsWith('Payhook is listening on '));

/** An old Node under the tests is no fault of the service. */
const isComplaint = (line: string): boolean =>
  /"level":"(warn|error|fatal)"/.test(line) && !line.includes('has had no security fixes');

const timeOf = (line: string): number => Date.parse((JSON.parse(line) as { time: string }).time);

interface Payment {
  id: string;
  request: SignedRequest;
}
const payments = (count: number, secret?: string): Payment[] =>
  Array.from({ length: count }, () => {
    const body = standardBody();
    return { id: body.data.paymentId as string, request: signed('standard', body, { secret }) };
  });

const shown = async (service: BuiltService, id: string): Promise<number> =>
  (await service.get<{ items: Json[] }>(`/payments?gatewayPaymentId=${id}`)).items.length;

/** As the service tells it to whoever asks; what has no value yet was never counted. */
async function metric(service: BuiltService, name: string): Promise<number> {
  const lines = (await loneGet(`${service.url}/metrics`)).split('\n');
  return lines
    .filter((line) => line.startsWith(`payhook_${name}`))
    .reduce((sum, line) => sum + valueIn(line), 0);
}
const valueIn = (line: string): number => Number(line.slice(line.lastIndexOf(' ')));

const RECEIVED = 'webhooks_received_total{gateway="standard"}';
const stored = (outcome: string): string => `webhooks_stored_total{gateway="standard",outcome="${outcome}"}`;

/** Kills a worker as the kernel would, looks at what is going on in that moment, and waits for another in its place. */
async function killOne(service: BuiltService, look: () => void = () => undefined): Promise<void> {
  const [victim = 0] = await bothWorkersOf(service);
  const before = everyWorkerOf(service).length;
  process.kill(victim, 'SIGKILL');
  look();
  await until(() => everyWorkerOf(service).length > before, 'another worker to listen');
  expect(service.said.join('\n')).toMatch(`worker ${victim} ended (SIGKILL): starting another in `);
}

/** As gateways do: until it is taken. */
async function insist(service: BuiltService, { request }: Payment): Promise<void> {
  await until(
    () =>
      lonePost(service.url, request).then(
        ({ status }) => status === 200,
        () => false,
      ),
    'a message to be taken',
  );
}

describe('two workers behind one port', () => {
  let database: TestDatabase;
  let service: BuiltService;
  let told: number;
  beforeAll(async () => {
    database = await createTestDatabase();
    service = await startBuiltService({ DATABASE_URL: database.url, ...WORKERS, NODE_OPTIONS: SLOW_SECOND });
    told = Date.now();
  });
  afterAll(async () => {
    await service.stop();
    await database.drop();
  });

  it('are two processes beside the one that says, once both listen, where', async () => {
    expect(await bothWorkersOf(service)).not.toContain(service.pid);
    const times = service.said.filter((line) => line.includes(' listens"')).map(timeOf);
    for (const time of times) expect(time).toBeLessThanOrEqual(told);
    expect(listeningLines(service)).toHaveLength(1);
  });

  it('tell the sum of what they counted, whichever is asked, and what they read from the database once', async () => {
    const before = await metric(service, RECEIVED);
    const sent = payments(30);
    await inParallel(sent, 6, async ({ request }) => {
      expect(JSON.parse((await lonePost(service.url, request)).body)).toMatchObject({ status: 'accepted' });
    });
    const parked = signed('standard', standardBody({ amount: 'much' }));
    await lonePost(service.url, parked);
    await service.quiet();
    for (let asked = 0; asked < 4; asked++) {
      expect((await metric(service, RECEIVED)) - before).toBe(31);
      expect(await metric(service, 'stuck{work="parked_deliveries"}')).toBe(1);
    }
    for (const { id } of sent) expect(await shown(service, id)).toBe(1);
  });

  it('share what is sent: what nobody asked a worker for before it died is missing, and all before is not', async () => {
    const before = await metric(service, RECEIVED);
    await inParallel(payments(40), 8, (payment) => insist(service, payment));
    await killOne(service);
    const counted = (await metric(service, RECEIVED)) - before;
    expect(counted).toBeGreaterThan(5);
    expect(counted).toBeLessThan(35);
  });

  it('count once what is sent to both', async () => {
    const [accepted, duplicates] = [
      await metric(service, stored('accepted')),
      await metric(service, stored('duplicate')),
    ];
    const [payment] = payments(1) as [Payment];
    await inParallel(Array.from({ length: 20 }), 20, () => insist(service, payment));
    expect((await metric(service, stored('accepted'))) - accepted).toBe(1);
    expect((await metric(service, stored('duplicate'))) - duplicates).toBe(19);
    await service.quiet();
    expect(await shown(service, payment.id)).toBe(1);
  });

  it('lose nothing when one is killed under traffic, and are two again', async () => {
    const sent = payments(300);
    let taken = 0;
    const traffic = inParallel(sent, 8, async (payment) => {
      await insist(service, payment);
      taken++;
    });
    await until(() => taken >= 30, 'traffic');
    // Those that are left may all be taken before another worker listens.
    await killOne(service, () => expect(taken).toBeLessThan(sent.length));
    await traffic;
    expect(workersOf(service)).toHaveLength(2);
    await service.quiet();
    for (const { id } of sent) expect(await shown(service, id)).toBe(1);
    expect(listeningLines(service)).toHaveLength(1);
  });

  it('listen on the same port again when both were killed at once, also where the port was left to chance', async () => {
    const before = everyWorkerOf(service).length;
    for (const victim of await bothWorkersOf(service)) process.kill(victim, 'SIGKILL');
    await until(() => everyWorkerOf(service).length === before + 2, 'two other workers to listen');
    expect(JSON.parse(await loneGet(`${service.url}/health/live`))).toMatchObject({ status: 'up' });
    expect(listeningLines(service)).toHaveLength(1);
  });

  it('end with the process that leads them, also when it is killed', async () => {
    const second = await startBuiltService({ DATABASE_URL: database.url, ...WORKERS });
    const workers = await bothWorkersOf(second);
    await second.kill();
    await until(() => !workers.some(isRunning), 'the workers to end');
  });

  it('end on SIGTERM when what they have in hand is answered, and leave no process', async () => {
    const workers = await bothWorkersOf(service);
    const [payment] = payments(1) as [Payment];
    const inHand = await begunPost(service.url, payment.request);
    const ended = service.stop();
    const refused = () =>
      loneGet(`${service.url}/health/live`).then(
        () => false,
        () => true,
      );
    await until(refused, 'no worker to listen any more');
    expect(JSON.parse((await inHand.finish()).body)).toMatchObject({ status: 'accepted' });
    expect(await ended).toBe(0);
    expect([service.pid, ...workers].filter(isRunning)).toEqual([]);
    // The killed worker and the parked message were meant.
    const meant = /SIGKILL|a delivery is parked/;
    expect(service.said.filter(isComplaint).filter((line) => !meant.test(line))).toEqual([]);
  });
});

describe('two workers on the embedded PostgreSQL, in the sandbox', () => {
  let dataDir: string;
  const running: BuiltService[] = [];
  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'payhook-workers-'));
  });
  afterAll(async () => {
    for (const service of running) await service.kill();
    await rm(dataDir, { recursive: true, force: true });
  });

  const start = async (): Promise<BuiltService> => {
    const service = await startBuiltService({ DATA_DIR: dataDir, WORKERS: '2' });
    running.push(service);
    return service;
  };
  const secretsOf = ({ said }: BuiltService): string[] =>
    said.flatMap((line) => /^ +secret (whsec_.+)/.exec(line)?.[1] ?? []);

  it('have its secrets in common, and the server until the last of them has ended', async () => {
    const first = await start();
    const [, secret = '', ...others] = secretsOf(first);
    expect(others).toEqual([]);
    const sent = payments(10, secret);
    const statuses = sent.map(async ({ request }) => (await lonePost(first.url, request)).status);
    expect(await Promise.all(statuses)).toEqual(sent.map(() => 200));
    await first.quiet();
    expect(await first.stop()).toBe(0);

    const second = await start();
    expect(secretsOf(second)).toEqual(secretsOf(first));
    for (const { id } of sent) expect(await shown(second, id)).toBe(1);
    // As a terminal does it: everybody at once.
    const workers = await bothWorkersOf(second);
    for (const pid of workers) process.kill(pid, 'SIGINT');
    expect(await second.stop('SIGINT')).toBe(0);
    expect([second.pid, ...workers].filter(isRunning)).toEqual([]);
    for (const { said } of [first, second]) expect(said.filter(isComplaint)).toEqual([]);
  });
});

describe('what keeps workers from starting is told once', () => {
  /** What a person reads. The same is told once more, as one line of the log. */
  const failure = async (environment: Record<string, string>): Promise<string> => {
    const told = await startBuiltService({ ...WORKERS, ...environment }).then(
      () => 'it started',
      (error: Error) => error.message,
    );
    const isFatal = (line: string): boolean => line.startsWith('{"level":"fatal"');
    const lines = told.split('\n');
    expect(lines.filter(isFatal)).toHaveLength(1);
    return lines.filter((line) => !isFatal(line)).join('\n');
  };

  it('a fault in the configuration', async () => {
    expect(await failure({ PORT: 'x', DATABASE_URL: 'postgres://127.0.0.1/x' })).toMatch(
      /^the service ended with 1:\nOne fault in the configuration:\n {2}- PORT .*$/,
    );
  });

  it('a port that is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const said = await failure({ PORT: String(port), DATABASE_URL: 'postgres://127.0.0.1/x' });
    other.close();
    expect(said).toBe(
      `the service ended with 1:\nPayhook cannot listen on 127.0.0.1 port ${port} (another program does): set HOST and PORT.`,
    );
  });

  it('what only a worker finds', async () => {
    const database = await createTestDatabase();
    const said = await failure({ DATABASE_URL: database.url.replace(/test_\w+/, 'no_such_database') });
    await database.drop();
    expect(said).toMatch(/^the service ended with 1:\n/);
    expect(said.match(/no_such_database/g)).toHaveLength(1);
  });
});
