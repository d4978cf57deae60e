import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type StoryEvent } from '../../src/simulator/gateway-simulator.js';
import { cuttableLine, type CuttableLine } from '../support/cuttable-line.js';
import { MailCatcher } from '../support/mail-catcher.js';
import { ask, deliver, paymentOf, signedStep, story, success } from '../support/requests.js';
import { startTestApp, type TestApp, until } from '../support/test-app.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

/** What is promised once the database is back. */
const RECOVERED_WITHIN_MS = 5_000;

let database: TestDatabase;
let line: CuttableLine;
let mail: MailCatcher;
let app: TestApp;
beforeAll(async () => {
  [database, mail] = await Promise.all([createTestDatabase(), MailCatcher.start()]);
  line = await cuttableLine(database.url);
  app = await startTestApp({ databaseUrl: line.url, environment: { SMTP_URL: mail.url } });
});
afterEach(() => line.resume());
afterAll(async () => {
  await app.close();
  await Promise.all([line.close(), mail.stop()]);
  await database.drop();
});

const quiet = (): Promise<boolean> =>
  app.get<{ quiet: boolean }>('/stats').then(
    (stats) => stats.quiet,
    () => false,
  );

/** Intake, workers and health, by one deadline. */
async function expectRecovery(): Promise<void> {
  const end = Date.now() + RECOVERED_WITHIN_MS;
  const told = story('standard', 'success').at(-1) as StoryEvent;
  const ready = async (): Promise<boolean> => (await ask(app, '/health/ready', {}, null)).status === 200;
  const taken = async (): Promise<boolean> =>
    (await deliver(app, signedStep('standard', told))).status === 200;
  await until(taken, 'a message to be taken', end - Date.now());
  await until(quiet, 'the workers to be through', end - Date.now());
  expect((await paymentOf(app, told.paymentId)).status).toBe('succeeded');
  await until(ready, 'the service to be ready', end - Date.now());
}

describe('a database that falls silent', () => {
  it('gives every waiting sender a 503, and takes up again by itself when it speaks', async () => {
    line.pause();
    const waiting = Array.from({ length: 30 }, () => deliver(app, success('stripe')));
    for (const heard of await Promise.all(waiting)) {
      expect(heard.status).toBe(503);
      expect(Number(heard.headers.get('retry-after'))).toBeGreaterThan(0);
    }
    expect((await ask(app, '/health/ready', {}, null)).status).toBe(503);
    line.resume();
    await expectRecovery();
  });

  it('leaves nothing half done: what it may have stored is a duplicate when it is sent again', async () => {
    const request = success('stripe');
    line.pause();
    expect((await deliver(app, request)).status).toBe(503);
    line.resume();
    const again = await until(async () => {
      const heard = await deliver(app, request);
      return heard.status === 200 ? heard : null;
    }, 'the message to be taken');
    expect(['accepted', 'duplicate']).toContain(again?.json.status);
    await until(quiet, 'the workers to be through');
    expect((await app.get(`/deliveries/${again?.json.id}`)).status).toBe('processed');
  });
});

describe('a database that is slow', () => {
  it('slows, and breaks nothing', async () => {
    line.delay(150);
    const heard = await Promise.all(Array.from({ length: 50 }, () => deliver(app, success('razorpay'))));
    line.delay(0);
    expect(heard.map(({ status }) => status)).toEqual(heard.map(() => 200));
    await until(quiet, 'the workers to be through');
  });
});

describe('a database that goes away in the middle of work', () => {
  it('finds what was claimed taken up again at once, not after a lease', async () => {
    const sent = Array.from({ length: 60 }, () => story('razorpay', 'success').at(-1) as StoryEvent);
    line.delay(20);
    const accepted = Promise.all(sent.map((told) => deliver(app, signedStep('razorpay', told))));
    expect((await accepted).every(({ status }) => status === 200)).toBe(true);
    await line.cut();
    line.delay(0);
    await line.mend();
    await expectRecovery();
    for (const told of sent) expect((await paymentOf(app, told.paymentId)).status).toBe('succeeded');
  });

  it('does not have a mail sent again whose mark it could not take', async () => {
    const release = mail.hold();
    const told = story('standard', 'failure').at(-1) as StoryEvent;
    await deliver(app, signedStep('standard', told));
    await until(() => mail.waiting === 1, 'the mail server to be given the mail');
    await line.cut();
    release();
    await until(() => mail.mails.length > 0, 'the mail to be taken');
    await line.mend();
    await expectRecovery();
    const payment = await paymentOf(app, told.paymentId);
    const { items } = await app.get(`/notifications?paymentId=${payment.id}`);
    expect(items).toMatchObject([{ status: 'sent', attempts: 1 }]);
    expect(mail.mails).toHaveLength(1);
  });
});
