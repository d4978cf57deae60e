import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DataSource } from 'typeorm';
import { deliver, freshId, paymentOf, signed, standardBody, type Heard } from '../support/requests.js';
import { startTestApp, type Json, type TestApp } from '../support/test-app.js';

let app: TestApp;
beforeAll(async () => (app = await startTestApp()));
afterAll(() => app.close());

const START = Date.now() - 600_000;

/** Tells a payment of 10.00 USD in the order given, a second apart each. */
async function tell(...changes: readonly object[]): Promise<Json> {
  const paymentId = freshId('pay');
  for (const [at, change] of changes.entries()) {
    const heard = await send({ paymentId, amount: 10, ...change }, at);
    expect(heard).toMatchObject({ status: 200 });
  }
  await app.quiet();
  return paymentOf(app, paymentId);
}

const send = (data: object, second = 0): Promise<Heard> =>
  deliver(
    app,
    signed('standard', standardBody(data, { timestamp: new Date(START + second * 1000).toISOString() })),
  );

async function eventsOf({ id }: Json): Promise<string[]> {
  const rows = await app.app
    .get(DataSource)
    .query<{ name: string }[]>(`SELECT name FROM domain_events WHERE subject_id = $1 ORDER BY id`, [id]);
  return rows.map(({ name }) => name.replace('payment.', ''));
}

const capture = (id: string, amount: number, status = 'succeeded') => ({ id, amount, status });

describe('captures by id', () => {
  it('add up, and all of them can be refunded', async () => {
    const payment = await tell(
      { status: 'captured', captures: [capture('cap_1', 4)] },
      { status: 'captured', captures: [capture('cap_2', 6)] },
      { status: 'refunded', refundedAmount: 10 },
    );
    expect(payment).toMatchObject({
      status: 'refunded',
      state: 'succeeded',
      amountCaptured: '1000',
      amountRefunded: '1000',
      captures: [
        { id: 'cap_1', amount: '400', status: 'succeeded' },
        { id: 'cap_2', amount: '600', status: 'succeeded' },
      ],
    });
    expect(payment.timeline.map(({ outcome }: Json) => outcome)).toEqual(['applied', 'applied', 'applied']);
    expect(await eventsOf(payment)).toEqual(['created', 'succeeded', 'amended', 'refunded']);
  });

  it('count once they succeeded, and not while they wait', async () => {
    expect(
      await tell({ status: 'captured', captures: [capture('cap_1', 4), capture('cap_2', 6, 'pending')] }),
    ).toMatchObject({ status: 'succeeded', amountCaptured: '400', amountReversed: '0' });
  });

  it('that fail after they succeeded take their money back, and the last of them the payment', async () => {
    const payment = await tell(
      { status: 'captured', captures: [capture('cap_1', 4), capture('cap_2', 6)] },
      { status: 'failed', captures: [capture('cap_1', 4, 'failed')] },
    );
    expect(payment).toMatchObject({ status: 'succeeded', amountCaptured: '600', amountReversed: '400' });
    const id = payment.gatewayPaymentId;
    await send(
      { paymentId: id, amount: 10, status: 'reversed', captures: [capture('cap_2', 6, 'reversed')] },
      5,
    );
    await app.quiet();
    const gone = await paymentOf(app, id);
    expect(gone).toMatchObject({ status: 'failed', amountCaptured: '0', amountReversed: '1000' });
    expect(gone.timeline.map(({ kind }: Json) => kind)).toEqual(['succeeded', 'capture_failed', 'reversed']);
    expect(await eventsOf(gone)).toEqual(['created', 'succeeded', 'reversed', 'reversed']);
  });

  it('may be wrong, and each fault is told at its exact path', async () => {
    const { status, json } = await send({
      status: 'captured',
      captures: [capture('cap_1', 4), { id: '', amount: 1.234, status: 'done' }, 'cap_3'],
    });
    expect(status).toBe(422);
    expect(json.errors.map(({ path }: Json) => path)).toEqual([
      'data.captures.1.id',
      'data.captures.1.amount',
      'data.captures.1.status',
      'data.captures.2',
    ]);
    const many = Array.from({ length: 101 }, (_, at) => capture(`cap_${at}`, 1));
    for (const captures of [many, {}, 'cap_1'])
      expect((await send({ status: 'captured', captures })).json.errors).toMatchObject([
        { path: 'data.captures' },
      ]);
  });
});

describe('money that came and went again', () => {
  it('fails the payment where nothing of it is left', async () => {
    const payment = await tell({ status: 'captured' }, { status: 'reversed' });
    expect(payment).toMatchObject({
      status: 'failed',
      state: 'failed',
      amountCaptured: '0',
      amountReversed: '1000',
      failure: { code: null, attemptId: null },
    });
    expect(await eventsOf(payment)).toEqual(['created', 'succeeded', 'reversed']);
  });

  it('leaves the payment what it was where some of it is left', async () => {
    expect(await tell({ status: 'captured' }, { status: 'reversed', reversedAmount: 4 })).toMatchObject({
      status: 'succeeded',
      state: 'succeeded',
      amountCaptured: '600',
      amountReversed: '400',
    });
    expect(
      await tell(
        { status: 'captured' },
        { status: 'reversed', reversedAmount: 4 },
        { status: 'partially_refunded', refundedAmount: 6 },
      ),
    ).toMatchObject({ status: 'refunded', amountCaptured: '600', amountRefunded: '600' });
  });

  it('may come again', async () => {
    const payment = await tell({ status: 'captured' }, { status: 'reversed' }, { status: 'captured' });
    expect(payment).toMatchObject({ status: 'succeeded', amountCaptured: '1000', amountReversed: '1000' });
    expect(await eventsOf(payment)).toEqual(['created', 'succeeded', 'reversed', 'succeeded', 'recovered']);
  });
});

it('a payment shows its fields in the order the contract gives', async () => {
  const payment = await tell({ status: 'captured' });
  expect(Object.keys(payment)).toEqual([
    ...[
      'id',
      'gateway',
      'account',
      'gatewayPaymentId',
      'gatewayOrderId',
      'orderId',
      'mode',
      'status',
      'state',
    ],
    ...['currency', 'amount', 'amountCaptured', 'amountRefunded', 'amountDisputed', 'amountReversed', 'fee'],
    ...['merchant', 'captures', 'refunds', 'disputes', 'failure', 'customer', 'createdAt', 'updatedAt'],
    ...['timelineTruncated', 'timeline'],
  ]);
  expect(payment).toMatchObject({ fee: null, merchant: null, captures: [], amountReversed: '0' });
});
