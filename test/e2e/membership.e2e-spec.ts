import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { chmod, mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';
import { Client } from 'pg';
import { Webhook } from 'standardwebhooks';
import {
  blocksOf,
  linkClone,
  type Printed,
  startPrinted,
  startProgram,
} from '../support/printed-commands.js';
import { type Json, until } from '../support/test-app.js';
import { createTestDatabase } from '../support/test-database.js';

const PAGE = 'docs/telling-other-systems.md';
const [start = '', membership = '', played = ''] = blocksOf(PAGE, 'sh');
const steps = played.split('\n').filter((line) => line.startsWith('npm run simulate'));
const [, shownAt = ''] = /^curl (\S+)$/m.exec(played) ?? [];
const [shown = ''] = blocksOf(PAGE, 'json');
const [told = ''] = blocksOf(PAGE, '');
const [relay = ''] = blocksOf(PAGE, 'js');

const opened: (() => Promise<unknown>)[] = [];
let folder: string;
let service: Printed;
let members: Printed;
let environment: Record<string, string>;
let ofMembers: Record<string, string>;

/** A port that is free now. The printed ones may be taken on the machine of a test. */
async function freePort(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return String(port);
}

const startMembers = async (): Promise<Printed> => {
  const started = startPrinted(membership, folder, ofMembers);
  opened.push(() => started.stop());
  await started.line(/^Members are shown at/);
  return started;
};

const ask = async <T = Json>(path: string): Promise<T> => {
  const headers = { authorization: `Bearer ${ofMembers.API_KEY}` };
  return (await fetch(ofMembers.PAYHOOK_URL + path, { headers })).json() as Promise<T>;
};
const runSql = async (statement: string): Promise<void> => {
  const client = new Client({ connectionString: environment.DATABASE_URL });
  await client.connect();
  await client.query(statement);
  await client.end();
};
const statuses = (): string[] => members.lines.filter((line) => line.startsWith('member_1: '));
const listed = async (): Promise<Json> =>
  (await fetch(shownAt.replace('3001', ofMembers.PORT ?? ''))).json() as Promise<Json>;

beforeAll(async () => {
  const database = await createTestDatabase();
  opened.push(() => database.drop());
  folder = await mkdtemp(join(tmpdir(), 'payhook-membership-'));
  opened.push(() => rm(folder, { recursive: true }));
  await chmod(folder, 0o755);
  linkClone(folder);
  const [PORT, ownPort] = [await freePort(), await freePort()];
  environment = { DATABASE_URL: database.url, PORT, LOG_LEVEL: 'warn' };
  service = startPrinted(start, folder, environment);
  opened.push(() => service.stop());
  const [, API_KEY = ''] = await service.line(/API key {4}Authorization: Bearer (\S+)/);
  await service.line(/^Payhook is listening/);
  const STATE_FILE = join(folder, 'members.json');
  ofMembers = { API_KEY, PAYHOOK_URL: `http://127.0.0.1:${PORT}`, PORT: ownPort, STATE_FILE };
  members = await startMembers();
  await until(async () => {
    const { items } = await ask('/subscriptions');
    return items[0]?.status === 'active';
  }, 'the subscription to be confirmed');
});
afterAll(async () => {
  for (const close of opened.reverse()) await close();
});

/** Stripe tells whole seconds: what is played within one has no order. */
async function play(step: string): Promise<void> {
  const began = Math.floor(Date.now() / 1000);
  await startPrinted(step, folder, environment).ended;
  await until(() => Math.floor(Date.now() / 1000) > began, 'the next second');
}

describe('the membership of the documentation', () => {
  it('is active, past due, suspended, active and suspended, as it is printed', async () => {
    const expected: string[] = [];
    for (const step of steps) {
      await play(step);
      const [, comment = ''] = step.split(' # ');
      expected.push(...(comment.match(/active|past_due|suspended/g) ?? []).map((it) => `member_1: ${it}`));
      await until(() => statuses().length >= expected.length, `${expected.length} changes`);
    }
    expect(steps.length).toBeGreaterThan(3);
    expect(statuses()).toEqual(expected);
    expect(expected).toEqual(told.split('\n'));
    expect(await listed()).toEqual(JSON.parse(shown));
  });

  it('believes only what is signed, and no event twice or after a later one', async () => {
    const {
      secret,
      members: known,
      handled,
    } = JSON.parse(await readFile(ofMembers.STATE_FILE ?? '', 'utf8'));
    const [[id, { sequence }]] = Object.entries<Json>(known) as [[string, { sequence: number }]];
    const send = async (messageId: string, number: number, signedBy = secret as string): Promise<number> => {
      const body = JSON.stringify({
        ...{ type: 'account.activated', timestamp: new Date().toISOString(), sequence: number },
        data: { id, status: 'active', customer: { id: 'member_1' } },
      });
      const now = new Date();
      const headers = {
        'content-type': 'application/json',
        'webhook-id': messageId,
        'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
        'webhook-signature': new Webhook(signedBy).sign(messageId, now, body),
      };
      const url = `http://127.0.0.1:${ofMembers.PORT}/payhook`;
      return (await fetch(url, { method: 'POST', headers, body })).status;
    };
    const forged = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
    expect(await send('forged', sequence + 1, forged)).toBe(401);
    expect(await send(handled[0] as string, sequence + 1)).toBe(204);
    expect(await send('older', sequence - 1)).toBe(204);
    expect(await listed()).toEqual(JSON.parse(shown));
    expect(handled).toHaveLength(told.split('\n').length);
  });

  it('is subscribed once after a restart, asks to be confirmed, knows its members, and goes on', async () => {
    await members.stop();
    // Its challenge lapsed, so nothing confirms it by itself.
    await runSql(
      `UPDATE subscriptions SET status = 'unconfirmed', challenge_due_at = NULL, challenge_until = now()`,
    );
    members = await startMembers();
    expect(await listed()).toEqual(JSON.parse(shown));
    expect((await stat(ofMembers.STATE_FILE ?? '')).mode & 0o777).toBe(0o600);
    await play(steps[0] ?? '');
    await until(() => statuses().length > 0, 'the member to be active');
    expect(statuses()).toEqual(['member_1: active']);
    expect((await ask('/subscriptions')).items).toMatchObject([{ status: 'active' }]);
  });

  it('can be replaced by a broker: the printed relay publishes every event as a CloudEvent, and goes on', async () => {
    /** Runs the relay until it is at the end of the log. It stores its cursor after it published the page. */
    const run = async (): Promise<Json[]> => {
      await until(async () => (await ask('/stats')).quiet, 'nothing to be pending');
      const program = startProgram(relay, folder, ofMembers);
      opened.push(() => program.stop());
      const stored = () => readFile(join(folder, 'cursor'), 'utf8').catch(() => '');
      const { endCursor } = await ask('/events?limit=200');
      await until(async () => (await stored()) === endCursor, 'the cursor');
      await program.stop();
      return program.lines.map((line) => JSON.parse(line));
    };
    const published = await run();
    const { items } = await ask('/events?limit=200');
    expect(published.map(({ id, type, subject }) => [id, type, subject])).toEqual(
      items.map(({ id, type, subjectId }: Json) => [id, `com.example.payhook.${type}`, subjectId]),
    );
    expect(published[0]).toMatchObject({
      specversion: '1.0',
      source: expect.stringMatching(/^https:/),
      time: items[0].timestamp,
      datacontenttype: 'application/json',
      sequence: '0000000001',
      data: items[0].data,
    });
    const account = published.filter(({ type }) => type.includes('.account.'));
    expect(account.map(({ sequence }) => sequence)).toEqual(account.map(({ sequence }) => sequence).sort());

    await play(steps[1] ?? '');
    await members.line(/suspended/);
    const more = await run();
    expect(more.map(({ id }) => id)).toEqual(
      (await ask('/events?limit=200')).items.slice(items.length).map(({ id }: Json) => id),
    );
    expect(more.length).toBeGreaterThan(2);
  });
});
