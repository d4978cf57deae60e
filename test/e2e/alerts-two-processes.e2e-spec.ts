import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { DataSource } from 'typeorm';
import { MailCatcher } from '../support/mail-catcher.js';
import { StandardSender } from '../support/standard-sender.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { startTestApp, until, type TestApp } from '../support/test-app.js';

let mail: MailCatcher;
let database: TestDatabase;
let processes: TestApp[];
let db: DataSource;

beforeAll(async () => {
  mail = await MailCatcher.start();
  database = await createTestDatabase();
  const options = {
    databaseUrl: database.url,
    // What is refused, or not due yet, comes when the test says so.
    retry: { baseMs: 3_600_000, capMs: 3_600_000, maxAttempts: 4 },
    environment: { SMTP_URL: mail.url, ALERT_SETTLE_SECONDS: '3600' },
  };
  processes = [await startTestApp(options), await startTestApp(options)];
  db = processes[0]!.app.get(DataSource);
});
afterAll(async () => {
  for (const app of processes) await app.close();
  await database.drop();
  await mail.stop();
});

interface Row {
  attempt_key: string;
  status: string;
  reason: string | null;
  last_error: string | null;
  overdue: boolean;
}

const alert = async (attempt: string): Promise<Row | undefined> =>
  (
    await db.query<Row[]>(
      `SELECT attempt_key, status, reason, last_error, due_at < now() - interval '59 minutes' AS overdue
       FROM notifications WHERE attempt_key = $1`,
      [attempt],
    )
  )[0];

async function fail(attempt: string): Promise<void> {
  await new StandardSender(processes[0]!.url).tell('failed', {
    payment: 'pair',
    attempt,
    at: Number(attempt.at(-1)),
  });
  await until(() => alert(attempt), `the alert of ${attempt}`);
  await db.query(`UPDATE notifications SET due_at = now() - interval '1 hour' WHERE attempt_key = $1`, [
    attempt,
  ]);
}

it('an alert that comes back while a later one of its order is being sent elsewhere waits, and is kept back', async () => {
  mail.refuse(451, { step: 'DATA', times: 1 });
  await fail('try_1');
  await until(async () => (await alert('try_1'))?.last_error, 'the first to be refused');

  const release = mail.hold();
  await fail('try_2');
  await until(() => mail.waiting === 1, 'the second to reach the mail server');
  await db.query(`UPDATE notifications SET due_at = now() - interval '1 hour' WHERE attempt_key = 'try_1'`);
  await until(async () => mail.waiting === 2 || !(await alert('try_1'))?.overdue, 'the first to be taken up');
  release();
  await processes[0]!.quiet();

  expect(await alert('try_1')).toMatchObject({ status: 'suppressed', reason: 'recent' });
  expect(await alert('try_2')).toMatchObject({ status: 'sent' });
  expect(mail.mails).toHaveLength(1);
});
