import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DataSource } from 'typeorm';
import { lockPayments } from '../../src/payments/recording/payment.store.js';
import { playEvent, createStorySubject } from '../../src/simulator/player.js';
import { SIMULATORS } from '../../src/simulator/simulators.js';
import { STORIES, type StoryName } from '../../src/simulator/stories.js';
import type { GatewaySimulator, StoryEvent } from '../../src/simulator/gateway-simulator.js';
import { StandardSender } from '../support/standard-sender.js';
import { SECRETS, startTestApp, until, type TestApp } from '../support/test-app.js';

let app: TestApp;
let db: DataSource;
const start = new Date(Date.now() - 60_000);
const stripe = SIMULATORS.get('stripe') as GatewaySimulator;

beforeAll(async () => {
  app = await startTestApp();
  db = app.app.get(DataSource);
});
afterAll(() => app.close());

interface StoredEvent {
  name: string;
  cause_id: string;
  silent: boolean;
  payload: Record<string, unknown>;
}

/** What was published about a payment, in the order it was. */
async function published(gatewayPaymentId: string): Promise<StoredEvent[]> {
  await app.quiet();
  return db.query(
    `SELECT event.name, event.cause_id, event.silent, event.payload
     FROM domain_events event JOIN payments payment ON payment.id = event.subject_id
     WHERE payment.gateway_payment_id = $1 ORDER BY event.created_at, event.id`,
    [gatewayPaymentId],
  );
}
const names = async (gatewayPaymentId: string): Promise<string[]> =>
  (await published(gatewayPaymentId)).map(({ name }) => name.replace('payment.', ''));

async function somebodyWaits(): Promise<boolean> {
  const waiting = await db.query<unknown[]>(
    `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
  );
  return waiting.length > 0;
}

async function tell(step: StoryEvent): Promise<void> {
  const answer = await playEvent({ simulator: stripe, baseUrl: app.url, secret: SECRETS.stripe }, step);
  expect(answer.status).toBe(200);
}

/** Each story, and what is told by each of its steps. */
const TOLD: readonly [StoryName, readonly string[]][] = [
  ['success', ['created', 'succeeded']],
  ['failure', ['created', 'failed']],
  ['failure-then-recovery', ['created', 'failed', 'succeeded', 'recovered']],
  ['authorize-capture', ['created', 'authorized', 'succeeded']],
  ['canceled', ['created', 'canceled']],
  ['full-refund', ['created', 'succeeded', 'refunded', 'amended']],
  ['partial-refunds', ['created', 'succeeded', 'refunded', 'amended', 'refunded', 'amended']],
  ['dispute-won', ['created', 'succeeded', 'disputed', 'amended']],
  ['dispute-lost', ['created', 'succeeded', 'disputed', 'amended']],
];

describe('what is published of a payment', () => {
  it.each(TOLD)('%s', async (story, expected) => {
    const subject = createStorySubject('stripe', `once_${story.replaceAll('-', '_')}`, start);
    for (const step of STORIES[story](subject)) {
      await tell(step);
      await app.quiet();
    }
    expect(await names(subject.paymentId)).toEqual(expected);
  });

  it.each(TOLD)('%s, every message three times, two of them at once', async (story, expected) => {
    const subject = createStorySubject('stripe', `thrice_${story.replaceAll('-', '_')}`, start);
    const steps = STORIES[story](subject);
    for (const step of steps) await Promise.all([tell(step), tell(step)]);
    for (const step of steps) await tell(step);
    expect(await names(subject.paymentId)).toEqual(expected);
  });

  it('tells who and how much, by its causing report, and nothing personal', async () => {
    const subject = createStorySubject('stripe', 'snapshot', start);
    for (const step of STORIES['failure-then-recovery'](subject)) await tell(step);
    const events = await published(subject.paymentId);
    const failed = events.find(({ name }) => name === 'payment.failed');
    expect(failed).toMatchObject({
      silent: false,
      payload: {
        gateway: 'stripe',
        account: 'default',
        gatewayPaymentId: subject.paymentId,
        orderId: subject.orderId,
        mode: 'live',
        state: 'failed',
        status: 'failed',
        currency: 'USD',
        amount: '10000',
        failure: { code: 'insufficient_funds', message: null, attemptId: `ch_${subject.paymentId}_1` },
        occurredAt: new Date(Math.floor(start.getTime() / 1_000) * 1_000 + 1_000).toISOString(),
      },
    });
    expect(JSON.stringify(events)).not.toMatch(/payer-|Asha/);
    const reports = await db.query<{ id: string; kind: string }[]>(`SELECT id, kind FROM payment_reports`);
    const causes = events.map(({ cause_id }) => reports.find(({ id }) => id === cause_id)?.kind);
    expect(causes).toEqual(['created', 'failed', 'succeeded', 'succeeded']);
  });

  it('is in order, though the capture’s message is just being counted again when its refund is worked on', async () => {
    const sender = new StandardSender(app.url);
    const [busy, counting] = [db.createQueryRunner(), db.createQueryRunner()];
    await busy.startTransaction();
    await lockPayments(busy.manager, [{ gateway: 'standard', account: 'default', gatewayPaymentId: 'busy' }]);
    await sender.tell('created', { payment: 'busy' });
    await until(somebodyWaits, 'the work on the first to wait for its payment');
    // What comes now is worked on together, once the work in hand is done.
    const capture = await sender.tell('completed', { payment: 'counted' });
    await sender.tell('refunded', { payment: 'counted', refunded: '100' });
    await counting.startTransaction();
    await counting.query(`SELECT FROM deliveries WHERE id = $1 FOR UPDATE`, [capture]);
    await busy.commitTransaction();
    const told = (): Promise<unknown[]> =>
      db.query(`SELECT FROM payments WHERE gateway_payment_id = 'counted'`);
    await until(async () => (await somebodyWaits()) || (await told()).length > 0, 'the work on both');
    await counting.commitTransaction();
    await Promise.all([busy.release(), counting.release()]);
    expect(await names('counted')).toEqual(['created', 'succeeded', 'refunded']);
  });

  it('follows what is stored, not what arrives: of a failure behind a success nobody hears', async () => {
    const subject = createStorySubject('stripe', 'backwards', start);
    for (const step of STORIES['failure-then-recovery'](subject).toReversed()) {
      await tell(step);
      await app.quiet();
    }
    expect(await names(subject.paymentId)).toEqual(['created', 'succeeded']);
  });
});

describe('an event and its payment', () => {
  it('are written by one transaction, together with the handlers’ work to do', async () => {
    await new StandardSender(app.url).tell('failed', { payment: 'atomic' });
    await app.quiet();
    // A row's xmin is the transaction that wrote it.
    const writers = await db.query<{ writer: string }[]>(
      `WITH payment AS (SELECT id, xmin FROM payments WHERE gateway_payment_id = 'atomic')
       SELECT DISTINCT xmin::text AS writer FROM (
         SELECT xmin FROM payment
         UNION ALL SELECT report.xmin FROM payment_reports report JOIN payment ON payment.id = report.payment_id
         UNION ALL SELECT event.xmin FROM domain_events event JOIN payment ON payment.id = event.subject_id) AS rows`,
    );
    expect(writers).toHaveLength(1);
  });
});
