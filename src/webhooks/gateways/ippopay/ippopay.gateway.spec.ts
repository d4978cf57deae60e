import { describe, expect, it } from '@jest/globals';
import { interpretMessage } from '../../message/interpret-message.js';
import { createEvidence } from '../evidence.js';
import { type VerifiedMessage } from '../gateway.js';
import { verifierOf } from '../verifier.js';
import { ippopayGateway } from './ippopay.gateway.js';

const receivedAt = new Date('2026-11-23T12:00:00Z');
const token = 'abcdefghijklmnopqrstuvwxyz012345';

type Json = Record<string, unknown>;

function read(body: unknown, provenance: VerifiedMessage['provenance']) {
  const raw = Buffer.from(JSON.stringify(body));
  return interpretMessage(ippopayGateway, {
    raw,
    body,
    headers: {},
    settings: {},
    provenance,
    mode: 'test',
    receivedAt,
  });
}
const hint = (body: unknown) => read(body, 'received').content;

/** The two documented answers, as they are stored. */
function answer(order: Json = {}, transaction: Json | null = {}): Json {
  const customer = {
    name: 'Test',
    email: 'test@example.com',
    phone: { country_code: '91', national_number: '123' },
  };
  const base = { order_id: 'order_G@nzg3qBq', status: 'paid', amount: 100.0, currency: 'INR', customer };
  const trans = {
    trans_id: 'trans_t2Jca2dVIF',
    status: 'success',
    failure_reason: '',
    refund_status: 'not_requested',
    cost: { paid: 100, settled: 98.2 },
    customer: { name: 'Payer', phone: { country_code: '+91', national_number: '9876543210' } },
    createdAt: '2026-11-23T10:00:00.000Z',
    updatedAt: '2026-11-23T10:00:05.488Z',
  };
  return {
    order: { success: true, data: { order: { ...base, ...order } } },
    transaction: { success: true, data: { transaction: transaction && { ...trans, ...transaction } } },
  };
}
const said = (order?: Json, transaction?: Json | null) => read(answer(order, transaction), 'fetched');
const reportOf = (order?: Json, transaction?: Json) => {
  const { content: says } = said(order, transaction);
  if (says.kind !== 'reports') throw new Error(`no report: ${JSON.stringify(says)}`);
  return says.reports[0];
};
const faultPaths = (order?: Json, transaction?: Json) => {
  const { content: says } = said(order, transaction);
  return says.kind === 'invalid' ? says.issues.map(({ path }) => path) : [];
};

describe('the token of Ippopay', () => {
  const input = createEvidence({ raw: Buffer.from('{}'), token, now: receivedAt, secrets: [] });
  const other = 'x'.repeat(40);

  it('is any of the secrets', () => {
    expect(verifierOf(ippopayGateway).verify({ ...input, secrets: [token] })).toEqual({
      ok: true,
      secret: 0,
    });
    expect(verifierOf(ippopayGateway).verify({ ...input, secrets: [other, token] })).toEqual({
      ok: true,
      secret: 1,
    });
    expect(verifierOf(ippopayGateway).checkHeaders({ ...input, secrets: [token] })).toBeNull();
  });

  it.each([null, '', token.slice(1), `${token}x`, token.toUpperCase()])('is not %p', (wrong) => {
    const verdict = verifierOf(ippopayGateway).verify({ ...input, token: wrong, secrets: [other, token] });
    expect(verdict).toEqual({ ok: false, reason: 'bad_token' });
    expect(
      verifierOf(ippopayGateway).checkHeaders({ ...input, token: wrong, secrets: [token] })?.reason,
    ).toBe('bad_token');
  });

  it('is 32 characters or more that a URL can hold', () => {
    expect(ippopayGateway.checkSecret?.(token)).toBeNull();
    expect(ippopayGateway.checkSecret?.(ippopayGateway.makeSecret?.(Buffer.alloc(32, 250)) ?? '')).toBeNull();
    expect(ippopayGateway.checkSecret?.(token.slice(1))).toMatch(/32 characters/);
    expect(ippopayGateway.checkSecret?.(`${token}/`)).toMatch(/part of a URL/);
  });

  it('comes with keys that tell the mode', () => {
    expect(ippopayGateway.modeOf?.({ PUBLIC_KEY: 'pk_test_1' })).toBe('test');
    expect(ippopayGateway.modeOf?.({ PUBLIC_KEY: 'pk_live_1' })).toBe('live');
    expect(ippopayGateway.modeOf?.({ PUBLIC_KEY: 'other' })).toBeNull();
    expect(ippopayGateway.modeOf?.({})).toBeNull();
  });
});

describe('a notification of Ippopay', () => {
  it.each<[string, Json]>([
    ['order_id', { order_id: 'o1', orderId: 'o4', data: { order_id: 'o3', order: { order_id: 'o2' } } }],
    ['data.order.order_id', { data: { order_id: 'o3', order: { order_id: 'o1' } }, orderId: 'o4' }],
    ['data.order_id', { data: { order_id: 'o1' }, orderId: 'o4' }],
    ['orderId', { orderId: 'o1' }],
    ['the next where one is empty', { order_id: '', orderId: 'o1' }],
  ])('hints at the order in %s', (_, body) => {
    expect(hint(body)).toEqual({ kind: 'hint', hint: 'o1' });
  });

  it.each(['order_G@nzg3qBq', 'a b', '%2e%2e', '...', 'x'.repeat(128), '\u00fc'])(
    'may name the order %s',
    (id) => {
      expect(hint({ order_id: id })).toEqual({ kind: 'hint', hint: id });
    },
  );

  it.each([undefined, null, '', '.', '..', 'x'.repeat(129), 'a\0b', 'a\nb', '\ud800', 5, {}, ['o1']])(
    'may not name the order %p',
    (id) => {
      const fault = { path: 'order_id', message: expect.any(String) };
      expect(hint({ order_id: id })).toEqual({ kind: 'invalid', issues: [fault] });
    },
  );

  it('is never a duplicate and never believed', () => {
    const body = { ...answer(), order_id: 'o1' };
    expect(read(body, 'received')).toEqual({
      key: null,
      eventId: null,
      type: 'hint',
      content: { kind: 'hint', hint: 'o1' },
    });
  });
});

describe('an answer of Ippopay', () => {
  it('makes one report', () => {
    expect(reportOf()).toEqual({
      gatewayPaymentId: 'trans_t2Jca2dVIF',
      kind: 'succeeded',
      type: 'transaction.success',
      occurredAt: new Date('2026-11-23T10:00:05.488Z'),
      mode: 'test',
      currency: 'INR',
      amount: '10000',
      amountCaptured: '10000',
      refundedTotal: null,
      gatewayOrderId: 'order_G@nzg3qBq',
      orderId: 'order_G@nzg3qBq',
      merchant: null,
      captures: [],
      reversedTotal: null,
      fee: null,
      refunds: [],
      dispute: null,
      failure: null,
      nextAttempt: null,
      customer: { id: null, email: 'test@example.com', name: 'Payer', phone: '+919876543210', locale: null },
    });
  });

  it.each([
    ['success', 'succeeded'],
    ['SUCCESS', 'succeeded'],
    ['failure', 'failed'],
    ['FAILURE', 'failed'],
    ['failed', 'failed'],
    ['CANCELLED', 'canceled'],
    ['canceled', 'canceled'],
  ])('with the status %s says %s', (status, kind) => {
    expect(reportOf({}, { status })).toMatchObject({ kind, type: `transaction.${status.toLowerCase()}` });
  });

  it('captures nothing unless it succeeded', () => {
    expect(reportOf({}, { status: 'failure', cost: undefined })).toMatchObject({ amountCaptured: null });
  });

  it('tells why it failed', () => {
    const failureOf = (failure_reason: unknown) =>
      reportOf({}, { status: 'failure', failure_reason })?.failure;
    const attemptId = 'trans_t2Jca2dVIF';
    expect(failureOf('INSUFFICIENT_FUNDS')).toEqual({
      code: 'INSUFFICIENT_FUNDS',
      message: 'INSUFFICIENT_FUNDS',
      attemptId,
    });
    expect(failureOf('The bank said no')).toEqual({ code: null, message: 'The bank said no', attemptId });
    expect(failureOf('')).toEqual({ code: null, message: null, attemptId });
  });

  it('is in rupees unless it says otherwise, and of the time it was made without a later one', () => {
    const report = reportOf({ currency: undefined }, { updatedAt: null });
    expect(report).toMatchObject({ currency: 'INR', occurredAt: new Date('2026-11-23T10:00:00Z') });
  });

  it.each([null, undefined, {}, ''])('whose transaction is %p makes no payment', (transaction) => {
    const body = { ...answer(), transaction: { success: true, data: { transaction } } };
    expect(read(body, 'fetched').content).toEqual({ kind: 'ignored' });
  });

  const at = 'transaction.data.transaction';
  it.each<[string, Json, Json]>([
    [`${at}.status`, {}, { status: 'pending' }],
    [`${at}.status`, {}, { status: 5 }],
    [`${at}.trans_id`, {}, { trans_id: '' }],
    [`${at}.updatedAt`, {}, { updatedAt: '2026-11-23' }],
    [`${at}.createdAt`, {}, { updatedAt: null, createdAt: null }],
    [`${at}.updatedAt`, {}, { updatedAt: '2026-11-23T12:06:00Z' }],
    [`${at}.cost.paid`, {}, { cost: { paid: 'x' } }],
    [`${at}.customer.phone.national_number`, {}, { customer: { phone: { national_number: 5 } } }],
    ['order.data.order.order_id', { order_id: '..' }, {}],
    ['order.data.order.currency', { currency: 'ZZZ' }, {}],
    ['order.data.order.amount', { amount: '1.001' }, {}],
    ['order.data.order.amount', { amount: undefined }, {}],
  ])('has its fault at %s with %j and %j', (path, order, transaction) => {
    expect(faultPaths(order, transaction)).toEqual([path]);
  });

  it('is known by all that can change in it', () => {
    const same = said();
    expect(same).toMatchObject({ eventId: 'trans_t2Jca2dVIF', type: 'transaction.success' });
    expect(same.key).toMatch(/^fetched:[0-9a-f]{64}$/);
    expect(said({}, { updatedAt: '2026-11-23T11:00:00Z' }).key).toBe(same.key);
    const changed = [
      said({ order_id: 'order_2' }),
      said({ amount: 101 }),
      said({}, { trans_id: 'trans_2' }),
      said({}, { status: 'failure' }),
      said({}, { refund_status: 'requested' }),
      said({}, null),
    ].map(({ key }) => key);
    expect(new Set([same.key, ...changed]).size).toBe(7);
  });
});
