import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { WorkerSession } from '../../src/platform/jobs/index.js';
import { createLease, sessionOfLease } from '../../src/platform/jobs/lease.js';
import { startBuiltService, type BuiltService } from '../support/built-service.js';
import { cuttableLine, type CuttableLine } from '../support/cuttable-line.js';
import { MailCatcher } from '../support/mail-catcher.js';
import { PGBOUNCER, startPgBouncer } from '../support/pgbouncer.js';
import { deliver, signed } from '../support/requests.js';
import { StandardSender } from '../support/standard-sender.js';
import { SECRETS, startTestApp, until, type TestApp } from '../support/test-app.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

/*
 * The leases that ship, of 60 and 120 s: no test waits so long, so each mail that is sent here in the end was taken over
 * because the session of its process ended.
 */

let database: TestDatabase;
let db: DataSource;
let mail: MailCatcher;
const opened: (() => Promise<unknown>)[] = [];

beforeEach(async () => {
  database = await createTestDatabase();
  db = await new DataSource({ type: 'postgres', url: database.url }).initialize();
  mail = await MailCatcher.start();
});
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
  await mail.stop();
  await db.destroy();
  await database.drop();
});

async function startProcess(): Promise<BuiltService> {
  const service = await startBuiltService({
    DATABASE_URL: database.url,
    WEBHOOK_SECRETS_STANDARD: SECRETS.standard,
    SMTP_URL: mail.url,
    MAIL_FROM: 'Shop <pay@shop.example>',
    ALERT_SETTLE_SECONDS: '0',
  });
  opened.push(() => service.stop());
  return service;
}

async function startApp(databaseUrl = database.url): Promise<TestApp> {
  const app = await startTestApp({ databaseUrl, environment: { SMTP_URL: mail.url } });
  opened.push(() => app.close());
  return app;
}

async function cuttable(): Promise<CuttableLine> {
  const line = await cuttableLine(database.url);
  opened.push(() => line.close());
  return line;
}

/** Has a process send a mail to which the mail server gives no answer. Returns what makes it answer. */
async function mailInHand({ url }: { url: string }): Promise<() => void> {
  const release = mail.hold();
  await new StandardSender(url).tell('failed', { payment: 'held' });
  await until(() => mail.waiting === 1, 'the mail server to have the whole mail');
  return release;
}

interface Told {
  status: string;
  attempts: number;
}
const notifications = (): Promise<Told[]> =>
  db.query('SELECT status, attempts FROM notifications ORDER BY id');

const sessions = async (): Promise<number[]> =>
  (await db.query<{ id: number }[]>('SELECT id FROM worker_sessions ORDER BY started_at')).map(
    ({ id }) => id,
  );

/** The sessions that some connection holds, with its process. */
const held = (): Promise<{ id: number; pid: number }[]> =>
  db.query(`SELECT objid::bigint::integer AS id, pid FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 2
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) ORDER BY id`);

/** Inserts a session that nobody holds, and waits until somebody has found it dead. */
async function untilSomebodyLooked(): Promise<void> {
  await db.query('INSERT INTO worker_sessions (id) VALUES (7)');
  await until(async () => !(await sessions()).includes(7), 'the dead session to be found');
}

describe('a process that is killed with a mail in hand', () => {
  it('has one beside it that sends the mail', async () => {
    const doomed = await startProcess();
    const release = await mailInHand(doomed);
    const living = await startApp();
    await doomed.kill();
    release();
    await living.quiet();
    expect(await notifications()).toEqual([{ status: 'sent', attempts: 2 }]);
    expect(await sessions()).toHaveLength(1);
  });

  it('sends it itself after its restart', async () => {
    const doomed = await startProcess();
    const release = await mailInHand(doomed);
    await doomed.kill();
    release();
    const restarted = await startProcess();
    await restarted.quiet();
    expect(await notifications()).toEqual([{ status: 'sent', attempts: 2 }]);
    expect(await sessions()).toHaveLength(1);
  });
});

describe('a process that lives', () => {
  it('keeps a mail that takes long, however many others look', async () => {
    const slow = await startApp();
    const release = await mailInHand(slow);
    await startApp();
    await untilSomebodyLooked();
    expect(mail.waiting).toBe(1);
    release();
    await slow.quiet();
    expect(await notifications()).toEqual([{ status: 'sent', attempts: 1 }]);
    expect(mail.mails).toHaveLength(1);
  });

  it('takes its session again when the server ends its connection, and keeps what it has in hand', async () => {
    const app = await startApp();
    const release = await mailInHand(app);
    await untilSomebodyLooked();
    const [before] = await held();
    await db.query('SELECT pg_terminate_backend($1)', [before?.pid]);
    const again = await until(
      async () => (await held()).find(({ pid }) => pid !== before?.pid),
      'the session to be held again',
    );
    expect(again?.id).toBe(before?.id);
    await startApp();
    await untilSomebodyLooked();
    release();
    await app.quiet();
    expect(await notifications()).toEqual([{ status: 'sent', attempts: 1 }]);
    expect(mail.mails).toHaveLength(1);
  });

  it('takes it again where the server still holds it for the line that was cut', async () => {
    const line = await cuttable();
    await startApp(line.url);
    await untilSomebodyLooked();
    const [before] = await held();
    line.strand();
    const again = await until(
      async () => (await held()).find(({ pid }) => pid !== before?.pid),
      'the session to be held again',
    );
    expect(again?.id).toBe(before?.id);
    expect(await sessions()).toEqual([before?.id]);
    // A transaction that the server keeps for the old line may hold what the end of the service waits for, 30 s long.
    line.resume({ forgetting: true });
  });

  it('closes its session when it stops', async () => {
    const app = await startApp();
    await until(async () => (await sessions()).length === 1, 'the session');
    await app.close();
    opened.pop();
    expect(await sessions()).toEqual([]);
  });
});

it('a process whose line was cut writes nothing once another has taken over', async () => {
  const line = await cuttable();
  const cut = await startApp(line.url);
  const release = await mailInHand(cut);
  const [session] = await held();
  const other = await startApp();
  line.pause();
  // What the server does by itself when its probes are not answered.
  await db.query('SELECT pg_terminate_backend($1)', [session?.pid]);
  await until(() => mail.waiting === 2, 'the other process to send it too');
  release();
  await other.quiet();
  const sentAt = async (): Promise<unknown> => db.query('SELECT sent_at FROM notifications');
  const before = await sentAt();
  line.resume({ forgetting: true });
  await until(async () => (await held()).length === 2, 'a new session of the process');
  expect(await sessions()).not.toContain(session?.id);
  await cut.quiet();
  await cut.app.close();
  expect(await notifications()).toEqual([{ status: 'sent', attempts: 2 }]);
  expect(await sentAt()).toEqual(before);
});

describe('a line that goes silent', () => {
  it('ends what a process may start, without a word from the server', async () => {
    const line = await cuttable();
    const far = await new DataSource({ type: 'postgres', url: line.url }).initialize();
    const session = new WorkerSession(far);
    let givenUp = 0;
    const member = {
      table: { releaseSession: () => Promise.resolve(0) },
      wake: () => undefined,
      giveUp: () => void givenUp++,
    };
    session.join(member);
    session.start(member);
    opened.push(() => far.destroy());
    opened.push(() => session.stop(member));
    const lease = (await until(() => session.newLease(), 'a lease'))!;
    expect(session.isHeld(lease)).toBe(true);
    line.pause();
    await until(() => !session.isHeld(lease), 'the process to give its session up');
    expect(session.newLease()).toBeNull();
    await until(() => givenUp === 1, 'what is under way to be given up');
    line.resume({ forgetting: true });
    await until(() => session.newLease(), 'a session again');
  });
});

describe('two processes that see a dead session at once', () => {
  it('release its work once', async () => {
    const released: number[] = [];
    const processes = Array.from({ length: 2 }, () => new WorkerSession(db));
    const members = processes.map((session) => {
      const member = {
        table: { releaseSession: (_: unknown, id: number) => Promise.resolve(released.push(id)) },
        wake: () => undefined,
      };
      session.join(member);
      return member;
    });
    await db.query('INSERT INTO worker_sessions (id) SELECT generate_series(101, 140)');
    processes.forEach((session, nth) => session.start(members[nth]!));
    opened.push(() => Promise.all(processes.map((session, nth) => session.stop(members[nth]!))));
    await until(
      async () => (await sessions()).every((id) => id < 101 || id > 140),
      'all of them to be released',
    );
    expect(released.filter((id) => id <= 140).toSorted((a, b) => a - b)).toEqual(
      Array.from({ length: 40 }, (_, nth) => 101 + nth),
    );
  });
});

describe('behind a pooler that shares its connections between transactions', () => {
  if (PGBOUNCER === null) {
    it('is left out: pgbouncer is not installed', () => expect(PGBOUNCER).toBeNull());
    return;
  }

  it('leases end by the clock alone, as before, and the log says so once', async () => {
    const pooler = await startPgBouncer(database.url, 'transaction');
    opened.push(() => pooler.stop());
    const pooled = await new DataSource({ type: 'postgres', url: pooler.url }).initialize();
    const lines: unknown[] = [];
    Logger.overrideLogger({ log: () => undefined, error: () => undefined, warn: (line) => lines.push(line) });
    const session = new WorkerSession(pooled);
    const member = { table: { releaseSession: () => Promise.resolve(0) }, wake: () => undefined };
    session.join(member);
    session.start(member);
    opened.push(() => pooled.destroy());
    opened.push(() => session.stop(member));
    const lease = await until(() => session.newLease(), 'a lease');
    Logger.overrideLogger(false);
    expect(sessionOfLease(lease!)).toBeNull();
    expect(session.isHeld(lease!)).toBe(true);
    expect(lines).toEqual([expect.stringMatching(/pooler that shares its connections/)]);
    expect(await sessions()).toEqual([]);
  });
});

it('whatever a dead process had leased is due at once: a hint, a run of a handler, a message', async () => {
  const nobodyListens = {
    IPPOPAY_PUBLIC_KEY: 'pk',
    IPPOPAY_SECRET_KEY: 'sk',
    IPPOPAY_API_URL: 'http://127.0.0.1:9',
  };
  const first = await startTestApp({
    databaseUrl: database.url,
    environment: { ALERT_SETTLE_SECONDS: '3600', ...nobodyListens },
    retry: { baseMs: 3_600_000, capMs: 3_600_000, maxAttempts: 2 },
  });
  await new StandardSender(first.url).tell('failed', { payment: 'leased' });
  await deliver(first, signed('ippopay', { order_id: 'leased' }));
  await until(
    async () =>
      (await db.query<object[]>('SELECT FROM delivery_work WHERE last_error IS NOT NULL')).length === 1,
    'the gateway to be asked in vain',
  );
  await until(async () => (await notifications()).length === 1, 'the alert to be scheduled');
  await first.close();
  await db.query(`INSERT INTO handler_runs (event_id, handler, status, attempts, next_attempt_at)
    SELECT id, 'a handler of another version', 'pending', 1, now() FROM domain_events LIMIT 1`);
  await db.query('INSERT INTO worker_sessions (id) VALUES (42)');
  for (const [table, dueAt] of Object.entries(LEASED))
    await db.query(
      `UPDATE ${table} SET lease = $1, leased_until = now() + interval '1 hour', ${dueAt} = now()`,
      [createLease(42)],
    );
  const app = await startTestApp({
    databaseUrl: database.url,
    environment: { SMTP_URL: mail.url, ...nobodyListens },
  });
  opened.push(() => app.close());
  await app.quiet();
  expect(await db.query(`SELECT status FROM deliveries WHERE gateway = 'ippopay'`)).toEqual([
    { status: 'dead' },
  ]);
  expect(await db.query('SELECT status FROM handler_runs')).toEqual([{ status: 'dead' }]);
  expect(mail.mails).toHaveLength(1);
});

/** Every table of leased work, and its column of the due time. */
const LEASED = { delivery_work: 'due_at', handler_runs: 'next_attempt_at', notifications: 'due_at' };
