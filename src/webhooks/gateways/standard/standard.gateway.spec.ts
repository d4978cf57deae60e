import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { type PaymentReport } from '../../../payments/index.js';
import { interpretMessage } from '../../message/interpret-message.js';
import { standardGateway } from './standard.gateway.js';

const example = readFileSync(
  new URL('../../../../test/fixtures/standard/payment.updated.json', import.meta.url),
  'utf8',
);
const receivedAt = new Date('2026-11-23T12:00:00Z');

type Json = Record<string, unknown>;
const data: Json = {
  paymentId: 'pay_1',
  status: 'completed',
  amount: 100,
  currency: 'USD',
  orderId: 'ord_1',
};
const body = (changes: Json = {}, envelope: Json = {}): Json => ({
  event: 'payment.updated',
  timestamp: '2026-11-23T11:00:00Z',
  data: { ...data, ...changes },
  ...envelope,
});

function read(content: unknown, headers: Record<string, string> = { 'webhook-id': 'msg_1' }) {
  const raw = Buffer.from(typeof content === 'string' ? content : JSON.stringify(content));
  const parsed: unknown = JSON.parse(raw.toString());
  return interpretMessage(standardGateway, {
    raw,
    body: parsed,
    headers,
    settings: {},
    provenance: 'received',
    mode: 'live',
    receivedAt,
  });
}

function reportOf(content: unknown): PaymentReport {
  const { content: says } = read(content);
  if (says.kind !== 'reports' || says.reports.length !== 1)
    throw new Error(`no report: ${JSON.stringify(says)}`);
  return says.reports[0] as PaymentReport;
}

function faultPaths(content: unknown, headers?: Record<string, string>): string[] {
  const { content: says } = read(content, headers);
  return says.kind === 'invalid' ? says.issues.map(({ path }) => path) : [];
}

describe('the body of standard', () => {
  it('is taken word for word as the format shows it', () => {
    const { key, eventId, type } = read(example);
    expect({ key, eventId, type }).toEqual({ key: 'msg_1', eventId: 'msg_1', type: 'payment.updated' });
    expect(reportOf(example)).toEqual({
      gatewayPaymentId: 'pay_1234567890',
      kind: 'succeeded',
      type: 'payment.updated',
      occurredAt: new Date('2024-06-26T11:08:07Z'),
      mode: 'live',
      currency: 'USD',
      amount: '10000',
      amountCaptured: '10000',
      refundedTotal: null,
      gatewayOrderId: null,
      orderId: 'ord_0987654321',
      merchant: null,
      captures: [],
      reversedTotal: null,
      fee: null,
      refunds: [],
      dispute: null,
      failure: null,
      nextAttempt: null,
      customer: null,
    });
  });

  it.each([
    ['created', 'created'],
    ['pending', 'created'],
    ['requires_action', 'requires_action'],
    ['processing', 'processing'],
    ['authorized', 'authorized'],
    ['completed', 'succeeded'],
    ['succeeded', 'succeeded'],
    ['captured', 'succeeded'],
    ['paid', 'succeeded'],
    ['failed', 'failed'],
    ['canceled', 'canceled'],
    ['cancelled', 'canceled'],
    ['refunded', 'refund_succeeded'],
    ['disputed', 'dispute_opened'],
  ])('with the status %s says %s', (status, kind) => {
    expect(reportOf(body({ status })).kind).toBe(kind);
  });

  it.each([
    ['payment.created', undefined, 'created'],
    ['payment.created', 'pending', 'created'],
    ['payment.authorized', undefined, 'authorized'],
    ['payment.authorized', null, 'authorized'],
    ['payment.failed', undefined, 'failed'],
    ['payment.failed', 'failed', 'failed'],
  ])('named %s with the status %s says %s', (event, status, kind) => {
    expect(reportOf(body({ status }, { event }))).toMatchObject({ kind, type: event });
  });

  it.each([
    ['payment.created', 'completed'],
    ['payment.authorized', 'failed'],
    ['payment.failed', 'succeeded'],
    ['payment.updated', undefined],
    ['payment.updated', null],
    ['payment.updated', 'Completed'],
    ['payment.updated', 'toString'],
    ['payment.updated', 1],
  ])('named %s may not have the status %s', (event, status) => {
    expect(faultPaths(body({ status }, { event }))).toEqual(['data.status']);
  });

  it('may be named by its type, and is named by its event first', () => {
    expect(reportOf(body({}, { event: undefined, type: 'payment.updated' })).type).toBe('payment.updated');
    expect(reportOf(body({}, { type: 'something.else' })).type).toBe('payment.updated');
    expect(read(body({}, { event: 'something.else', type: 'payment.updated' })).content).toEqual({
      kind: 'ignored',
    });
  });

  it.each(['order.created', 'payments.updated', 'Payment.updated'])(
    'named %s says nothing of a payment',
    (event) => {
      expect(read({ event }).content).toEqual({ kind: 'ignored' });
    },
  );

  it.each<[string, Json]>([
    ['event', { event: 'payment.exploded' }],
    ['event', { event: undefined, type: 'payment.exploded' }],
    ['event', { event: undefined }],
    ['event', { event: 5 }],
    ['event', { event: '' }],
    ['event', { event: 'x'.repeat(256) }],
    ['timestamp', { timestamp: undefined }],
    ['timestamp', { timestamp: 1_700_000_000 }],
    ['timestamp', { timestamp: 'yesterday' }],
    ['timestamp', { timestamp: '2026-11-23T11:00:00' }],
    ['timestamp', { timestamp: '2026-11-23' }],
    ['timestamp', { timestamp: '2026-02-30T11:00:00Z' }],
    ['timestamp', { timestamp: '2026-11-23T24:00:00Z' }],
    ['timestamp', { timestamp: '1999-12-31T23:59:59Z' }],
    ['timestamp', { timestamp: '2026-11-23T12:05:00.001Z' }],
    ['data', { data: undefined }],
    ['data', { data: 'x' }],
    ['data', { data: [] }],
  ])('has its fault at %s in %j', (path, envelope) => {
    expect(faultPaths(body({}, envelope))).toEqual([path]);
  });

  it.each<[string, Json]>([
    ['data.paymentId', { paymentId: undefined }],
    ['data.paymentId', { paymentId: '' }],
    ['data.paymentId', { paymentId: 'p\u00e4y' }],
    ['data.paymentId', { paymentId: 'x'.repeat(256) }],
    ['data.orderId', { orderId: undefined }],
    ['data.orderId', { orderId: 7 }],
    ['data.orderId', { orderId: 'x'.repeat(256) }],
    ['data.currency', { currency: undefined }],
    ['data.currency', { currency: 'ZZZ' }],
    ['data.currency', { currency: '__proto__' }],
    ['data.currency', { currency: 'ZZZ', amount: 1.234 }],
    ['data.attemptId', { attemptId: '' }],
    ['data.customer', { customer: 'me' }],
    ['data.customer.email', { customer: { email: 5 } }],
    ['data.customer.name', { customer: { name: 'x'.repeat(256) } }],
    ['data.failure', { failure: 'x' }],
    ['data.failure.code', { failure: { code: 5 } }],
    ['data.amountCaptured', { amountCaptured: -1 }],
    ['data.refundedAmount', { refundedAmount: 'x' }],
    ['data.refundedAmount', { status: 'partially_refunded' }],
    ['data.refundedAmount', { status: 'partially_refunded', refundedAmount: null }],
  ])('has its fault at %s with %j', (path, changes) => {
    expect(faultPaths(body(changes))).toEqual([path]);
  });

  it('names every fault', () => {
    const faulty = body(
      { amount: -1, currency: 'ZZZ', status: 'x', customer: { email: 1 } },
      { timestamp: 'x' },
    );
    expect(faultPaths(faulty).sort()).toEqual(
      ['data.amount', 'data.currency', 'data.customer.email', 'data.status', 'timestamp'].sort(),
    );
  });

  it.each(['[]', 'null', '5', '"x"'])('must be an object, not %s', (content) => {
    expect(faultPaths(content)).toEqual(['$']);
  });

  it('keeps a message under its digest when its id breaks the rules', () => {
    const headers = { 'webhook-id': 'x'.repeat(256) };
    expect(faultPaths(body(), headers)).toEqual(['webhook-id']);
    expect(read(body(), headers).key).toMatch(/^[0-9a-f]{64}$/);
  });

  it('keeps its key while its body is at fault', () => {
    expect(read(body({ amount: 'x' }))).toMatchObject({ key: 'msg_1', content: { kind: 'invalid' } });
  });
});

describe('amounts of standard', () => {
  it.each([
    [100.0, 'USD', '10000'],
    ['100.00', 'usd', '10000'],
    ['100.500', 'USD', '10050'],
    [0, 'USD', '0'],
    [499.99, 'INR', '49999'],
    [5000, 'JPY', '5000'],
    ['1.234', 'KWD', '1234'],
  ])('%p %s is %s', (amount, currency, minor) => {
    expect(reportOf(body({ amount, currency }))).toMatchObject({
      amount: minor,
      currency: currency.toUpperCase(),
    });
  });

  it.each([
    undefined,
    null,
    true,
    '',
    'abc',
    '-1',
    -1,
    '1e3',
    1e30,
    '1,000',
    ' 1',
    1.234,
    '0.001',
    '99999999999999999',
    {},
    [],
    0.1 + 0.2,
  ])('%p is a fault', (amount) => {
    expect(faultPaths(body({ amount }))).toEqual(['data.amount']);
  });

  it('has no yen in hundredths', () => {
    expect(faultPaths(body({ amount: 10.5, currency: 'JPY' }))).toEqual(['data.amount']);
  });
});

describe('what standard tells', () => {
  it('captures all, or what it says', () => {
    expect(reportOf(body())).toMatchObject({ amount: '10000', amountCaptured: '10000' });
    expect(reportOf(body({ amountCaptured: '60.00' }))).toMatchObject({ amountCaptured: '6000' });
    expect(reportOf(body({ status: 'authorized' }))).toMatchObject({ amountCaptured: null });
  });

  it('refunds as a running total', () => {
    const refund = (changes: Json) => reportOf(body({ status: 'refunded', ...changes })).refundedTotal;
    expect(refund({})).toBe('10000');
    expect(refund({ amountCaptured: 60 })).toBe('6000');
    expect(refund({ refundedAmount: 99.5 })).toBe('9950');
    expect(refund({ status: 'partially_refunded', refundedAmount: '25.00' })).toBe('2500');
    expect(refund({ status: 'completed', refundedAmount: 25 })).toBeNull();
  });

  it('disputes by the payment itself', () => {
    const dispute = { id: 'pay_1', amount: '10000', currency: null, status: 'open', reason: null };
    expect(reportOf(body({ status: 'disputed' })).dispute).toEqual(dispute);
  });

  it('says why an attempt failed, and nothing of failures otherwise', () => {
    const told = { attemptId: 'att_1', failure: { code: 'expired_card', message: 'Expired' } };
    const failure = { code: 'expired_card', message: 'Expired', attemptId: 'att_1' };
    expect(reportOf(body({ status: 'failed', ...told })).failure).toEqual(failure);
    expect(reportOf(body({ status: 'failed' })).failure).toBeNull();
    expect(reportOf(body(told)).failure).toBeNull();
  });

  it('passes a contact on as it is', () => {
    const customer = { id: 'cus_1', email: 'not an address', phone: '', name: null };
    expect(reportOf(body({ customer })).customer).toEqual({
      id: 'cus_1',
      email: 'not an address',
      phone: null,
      name: null,
      locale: null,
    });
  });

  it('reads times of any zone', () => {
    const at = (timestamp: string) => reportOf(body({}, { timestamp })).occurredAt.toISOString();
    expect(at('2026-11-23T16:30:00.250+05:30')).toBe('2026-11-23T11:00:00.250Z');
    expect(at('2024-02-29T00:00:00-08:00')).toBe('2024-02-29T08:00:00.000Z');
    expect(at('2026-11-23T12:05:00Z')).toBe('2026-11-23T12:05:00.000Z');
  });
});
