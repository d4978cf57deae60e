import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DataSource } from 'typeorm';
import { PaymentsRebuild, type Difference } from '../../src/payments/index.js';
import { SIMULATORS } from '../../src/simulator/simulators.js';
import { supportsStory, STORY_NAMES } from '../../src/simulator/stories.js';
import { StoredReportSource } from '../../src/webhooks/replay/stored-report-source.js';
import {
  comparable,
  deliver,
  freshId,
  paymentOf,
  signed,
  signedStep,
  SIGNING,
  story,
} from '../support/requests.js';
import { startTestApp, type Json, type TestApp } from '../support/test-app.js';

let app: TestApp;
let db: DataSource;
beforeAll(async () => {
  app = await startTestApp();
  db = app.app.get(DataSource);
});
afterAll(() => app.close());

/** Payments and reports with a value for every field, as they were stored before fields were left out. */
async function withAllFields(): Promise<void> {
  const completed = (part: string, empty: object): string =>
    `jsonb_build_object('${part}', CASE WHEN jsonb_typeof(told -> '${part}') = 'object'
       THEN '${JSON.stringify(empty)}'::jsonb || (told -> '${part}') ELSE 'null' END)`;
  await db.query(
    `UPDATE payment_reports SET told = '${JSON.stringify(UNTOLD)}'::jsonb || told
       || ${completed('customer', { id: null, email: null, phone: null, name: null, locale: null })}
       || ${completed('failure', { code: null, message: null, attemptId: null })}`,
  );
  await db.query(
    `UPDATE payments SET published_failures = '{"attemptIds":[],"places":[],"open":false}'::jsonb || published_failures,
       fold = jsonb_build_object('attempt', CASE WHEN jsonb_typeof(fold -> 'attempt') = 'object'
         THEN jsonb_build_object('from', ${WHOLE_LAST}, 'to', ${WHOLE_LAST}) || (fold -> 'attempt') ELSE 'null' END)
         || '{"lastWasFailed":false,"refundTotal":null}' || (fold - 'attempt') || jsonb_build_object('last', ${WHOLE_LAST})`,
  );
}

const UNTOLD = {
  ...{
    merchant: null,
    currency: null,
    amount: null,
    amountCaptured: null,
    captures: [],
    refundedTotal: null,
  },
  ...{ reversedTotal: null, fee: null, gatewayOrderId: null, orderId: null, refunds: [], dispute: null },
};
const WHOLE_LAST = `jsonb_build_object('key', fold #> '{last,eventId}') || (fold -> 'last')`;

/** Payments and reports as version 0.1 wrote them: one refund a report, and none of the fields it did not know. */
async function asVersion01(): Promise<void> {
  await withAllFields();
  await db.query(
    `UPDATE payment_reports SET told = told - '{merchant,captures,reversedTotal,fee,refunds}'::text[]
       || jsonb_build_object('refund', coalesce(told #> '{refunds,0}', 'null'))`,
  );
  await db.query(`UPDATE payment_reports SET told = told #- '{dispute,currency}' #- '{refund,mayBeRelease}'`);
  // Two kinds stand before those of refunds now.
  await db.query(
    `UPDATE payments SET merchant = NULL, fee = NULL, captures = '[]', amount_reversed = 0,
       published_failures = published_failures - 'refunds',
       fold = jsonb_set(fold - '{version,captures,capturedAt,canceledAt,refunds}'::text[], '{last,rank}',
         CASE WHEN (fold #>> '{last,rank}')::int > 8
           THEN to_jsonb((fold #>> '{last,rank}')::int - 2) ELSE fold #> '{last,rank}' END)`,
  );
}

async function differences(): Promise<Difference[]> {
  const found: Difference[] = [];
  const sources = app.app.get(StoredReportSource, { strict: false });
  await app.app.get(PaymentsRebuild, { strict: false }).run(sources, false, (one) => found.push(one));
  return found;
}

const send = async (data: object, second: number): Promise<void> => {
  const timestamp = new Date(Date.now() - 600_000 + second * 1000).toISOString();
  const body = { event: 'payment.updated', timestamp, data };
  expect((await deliver(app, signed('standard', body))).status).toBe(200);
  await app.quiet();
};

const plain = (paymentId: string) => ({
  paymentId,
  amount: 10,
  currency: 'USD',
  orderId: `ord_${paymentId}`,
});

describe('a database that version 0.1 wrote', () => {
  it('differs in nothing from what is derived again but in what is told now and was not', async () => {
    for (const gateway of SIGNING)
      for (const name of STORY_NAMES.filter((known) =>
        supportsStory(known, SIMULATORS.get(gateway)?.steps ?? []),
      ))
        for (const step of story(gateway, name)) await deliver(app, signedStep(gateway, step));
    await app.quiet();
    expect(await differences()).toEqual([]);
    await withAllFields();
    expect(await differences()).toEqual([]);
    await asVersion01();
    const fields = (await differences()).map(({ field }) => field.replace(/^timeline\[.*\]\./, ''));
    expect([...new Set(fields)].filter((field) => !TOLD_SINCE.includes(field))).toEqual([]);
    // Without the bytes there is only what was stored.
    await db.query(`UPDATE deliveries SET raw = NULL`);
    expect(await differences()).toEqual([]);
  });

  it('is gone on from as if all of it had been told today', async () => {
    const tell = async (paymentId: string, meanwhile: () => Promise<void>): Promise<Json> => {
      await send({ ...plain(paymentId), status: 'captured', amountCaptured: 10 }, 1);
      await send({ ...plain(paymentId), status: 'captured', amountCaptured: 6 }, 2);
      await send({ ...plain(paymentId), status: 'partially_refunded', refundedAmount: 3 }, 3);
      await meanwhile();
      await send({ ...plain(paymentId), status: 'partially_refunded', refundedAmount: 9 }, 4);
      const {
        gatewayPaymentId: _id,
        orderId: _order,
        ...shown
      } = comparable(await paymentOf(app, paymentId));
      return {
        ...shown,
        timeline: shown.timeline.map(({ eventId: _event, occurredAt: _at, ...entry }: Json) => entry),
      };
    };
    const today = await tell(freshId('pay'), async () => {});
    const filled = await tell(freshId('pay'), withAllFields);
    expect({ ...filled, createdAt: '' }).toEqual({ ...today, createdAt: '' });
    const upgraded = await tell(freshId('pay'), asVersion01);
    expect({ ...upgraded, createdAt: '' }).toEqual({ ...today, createdAt: '' });
    expect(upgraded).toMatchObject({ amountCaptured: '600', amountRefunded: '900' });
  });

  it('tells each failed attempt once, also where it was told before the upgrade', async () => {
    const paymentId = freshId('pay');
    await send({ ...plain(paymentId), status: 'failed' }, 1);
    await asVersion01();
    await send({ ...plain(paymentId), status: 'failed', attemptId: 'att_1' }, 2);
    await send({ ...plain(paymentId), status: 'failed' }, 3);
    const { id } = await paymentOf(app, paymentId);
    const told = await db.query<object[]>(
      `SELECT id FROM domain_events WHERE subject_id = $1 AND name = 'payment.failed'`,
      [id],
    );
    expect(told).toHaveLength(1);
  });
});

/** What was in the bytes all along: whose payment it is, what it cost, that a refund may be a release. */
const TOLD_SINCE = ['merchant', 'fee', 'dispute', 'refunds'];
