import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DataSource } from 'typeorm';
import { createLease } from '../../src/platform/jobs/lease.js';
import { startBuiltService, type BuiltService } from '../support/built-service.js';
import { cuttableLine, type CuttableLine } from '../support/cuttable-line.js';
import { MailCatcher } from '../support/mail-catcher.js';
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
  line.resume({ forgetting: true });
  await until(async () => (await held()).length === 2, 'a new session of the process');
  expect(await sessions()).not.toContain(session?.id);
  await cut.quiet();
  expect(await notifications()).toEqual([{ status: 'sent', attempts: 2 }]);
});

it('whatever a dead process had leased is due at once: a hint, a run of a handler, a message', async () => {
  const first = await startTestApp({
    databaseUrl: database.url,
    environment: { ALERT_SETTLE_SECONDS: '3600' },
  });
  await new StandardSender(first.url).tell('failed', { payment: 'leased' });
  await first.get('/stats');
  await until(async () => (await notifications()).length === 1, 'the alert to be scheduled');
  await first.close();
  await db.query(`INSERT INTO handler_runs (event_id, handler, status, attempts, next_attempt_at)
    SELECT id, 'a handler of another version', 'pending', 1, now() FROM domain_events LIMIT 1`);
  await db.query('INSERT INTO worker_sessions (id) VALUES (42)');
  const leased = ['handler_runs', 'notifications'];
  for (const table of leased)
    await db.query(`UPDATE ${table} SET lease = $1, leased_until = now() + interval '1 hour'`, [
      createLease(42),
    ]);
  await db.query('UPDATE notifications SET due_at = now()');
  const app = await startApp();
  await app.quiet();
  expect(await db.query('SELECT status FROM handler_runs')).toEqual([{ status: 'dead' }]);
  expect(mail.mails).toHaveLength(1);
});
