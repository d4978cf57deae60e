import { describe, expect, it } from '@jest/globals';
import { type InterpretedMessage, interpretMessage } from '../../message/interpret-message.js';
import { razorpayGateway } from './razorpay.gateway.js';

const ASKED = '2026-01-05T00:00:00.700Z';
const OBSERVED = '2026-01-05T00:00:00.000Z';
const T = Date.UTC(2026, 0, 1) / 1000;
const BEGUN = new Date(T * 1000).toISOString();

function read(body: object, provenance: 'fetched' | 'received' = 'fetched'): InterpretedMessage {
  return interpretMessage(razorpayGateway, {
    raw: Buffer.from(JSON.stringify(body)),
    body,
    headers: {},
    settings: {},
    provenance,
    mode: 'live',
    receivedAt: new Date(ASKED),
    observedAt: new Date(ASKED),
  });
}

function reportsOf(body: object) {
  const { content } = read(body);
  if (content.kind !== 'reports') throw new Error(JSON.stringify(content));
  return content.reports;
}
const told = (body: object) =>
  reportsOf(body).map(({ kind, occurredAt }) => [kind, occurredAt.toISOString()]);

const payment = (fields: object = {}) => ({
  id: 'pay_1',
  entity: 'payment',
  amount: 10000,
  amount_refunded: 0,
  captured: true,
  created_at: T,
  currency: 'INR',
  fee: 236,
  notes: { orderId: 'ord_1' },
  order_id: 'order_1',
  status: 'captured',
  ...fields,
});
const refund = (fields: object = {}) => ({
  id: 'rfnd_1',
  entity: 'refund',
  amount: 2500,
  created_at: T,
  currency: 'INR',
  payment_id: 'pay_1',
  status: 'processed',
  ...fields,
});
const dispute = (fields: object = {}) => ({
  id: 'disp_1',
  entity: 'dispute',
  amount: 10000,
  created_at: T,
  currency: 'INR',
  payment_id: 'pay_1',
  phase: 'chargeback',
  reason_code: 'fraud',
  status: 'open',
  ...fields,
});

describe('a payment that was fetched', () => {
  it('that was begun and no more says nothing, as no event does', () => {
    expect(read(payment({ status: 'created', captured: false })).content).toEqual({ kind: 'ignored' });
  });

  it('was paid as of the asking, behind a failure that was told before', () => {
    expect(told(payment())).toEqual([['succeeded', OBSERVED]]);
    expect(reportsOf(payment({ amount_refunded: 2500 }))).toMatchObject([
      {
        amount: '10000',
        amountCaptured: '10000',
        currency: 'INR',
        fee: { amount: '236', currency: 'INR' },
        gatewayOrderId: 'order_1',
        orderId: 'ord_1',
        refundedTotal: '2500',
      },
    ]);
  });

  it.each([
    ['authorized', {}, [['authorized', OBSERVED]]],
    ['refunded', {}, [['succeeded', OBSERVED]]],
    ['refunded', { captured: false }, [['authorized', OBSERVED]]],
    ['a_later_state', {}, [['noted', OBSERVED]]],
  ])('in the state %s, %j', (status, fields, expected) => {
    expect(told(payment({ status, ...fields }))).toEqual(expected);
  });

  it('failed when it was begun, and still has', () => {
    const failed = payment({ status: 'failed', captured: false, error_reason: 'payment_timed_out' });
    expect(told(failed)).toEqual([
      ['failed', BEGUN],
      ['failed', OBSERVED],
    ]);
    for (const { failure } of reportsOf(failed))
      expect(failure).toEqual({ code: 'payment_timed_out', message: null, attemptId: 'pay_1' });
  });
});

describe('a refund that was fetched', () => {
  it.each([
    ['pending', [['refund_created', BEGUN]]],
    ['a_later_state', [['refund_created', BEGUN]]],
    [
      'processed',
      [
        ['refund_created', BEGUN],
        ['refund_succeeded', OBSERVED],
      ],
    ],
    [
      'failed',
      [
        ['refund_created', BEGUN],
        ['refund_failed', OBSERVED],
      ],
    ],
  ])('%s', (status, expected) => {
    expect(told(refund({ status }))).toEqual(expected);
    expect(reportsOf(refund({ status }))[0]).toMatchObject({
      gatewayPaymentId: 'pay_1',
      refunds: [{ id: 'rfnd_1', amount: '2500', createdAt: new Date(T * 1000) }],
    });
  });
});

describe('a dispute that was fetched', () => {
  it.each([
    ['open', [['dispute_opened', BEGUN]]],
    ['under_review', [['dispute_opened', BEGUN]]],
    ['closed', [['dispute_opened', BEGUN]]],
    [
      'won',
      [
        ['dispute_opened', BEGUN],
        ['dispute_won', OBSERVED],
      ],
    ],
    [
      'lost',
      [
        ['dispute_opened', BEGUN],
        ['dispute_lost', OBSERVED],
      ],
    ],
  ])('%s', (status, expected) => {
    expect(told(dispute({ status }))).toEqual(expected);
  });

  it('says nothing while the bank only asks, or in a status that is not known', () => {
    for (const fields of [{ phase: 'retrieval' }, { phase: 'fraud' }, { status: 'a_later_status' }])
      expect(read(dispute(fields)).content).toEqual({ kind: 'ignored' });
  });

  it('is of the payment’s currency only where the payment tells it', () => {
    const inDollars = {
      ...payment({ currency: 'USD', amount: 120 }),
      base_amount: 10000,
      base_currency: 'INR',
    };
    expect(reportsOf(dispute())[0]).toMatchObject({
      currency: null,
      dispute: { amount: '10000', currency: 'INR' },
    });
    expect(reportsOf(dispute({ payment: inDollars }))[0]).toMatchObject({
      currency: 'USD',
      dispute: { amount: '120', currency: 'USD' },
    });
  });
});

describe('an order that was fetched', () => {
  it('names the merchant’s order to its payments', () => {
    const items = [
      payment({ notes: [] }),
      payment({ id: 'pay_2', status: 'created' }),
      payment({ id: 'pay_3', status: 'failed' }),
    ];
    const order = { id: 'order_1', entity: 'order', receipt: 'ord_9', notes: [], payments: { items } };
    expect(reportsOf(order)).toMatchObject([
      { gatewayPaymentId: 'pay_1', kind: 'noted', orderId: 'ord_9', gatewayOrderId: 'order_1' },
      // As in `order.paid`, what the payment says of itself comes first.
      { gatewayPaymentId: 'pay_3', kind: 'noted', orderId: 'ord_1' },
    ]);
    expect(read({ ...order, receipt: null }).content).toEqual({ kind: 'ignored' });
    expect(read({ ...order, payments: undefined }).content).toEqual({ kind: 'ignored' });
  });
});

describe('what no gateway should answer', () => {
  it('has its faults at their paths, and is no entity where it came to the endpoint', () => {
    expect(read(payment({ currency: 'XXQ' })).content).toMatchObject({ issues: [{ path: 'currency' }] });
    expect(read(refund({ payment_id: null })).content).toMatchObject({ issues: [{ path: 'payment_id' }] });
    expect(read(payment(), 'received').content.kind).not.toBe('reports');
  });
});
