import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { type PaymentReport } from '../../../payments/index.js';
import { type InterpretedMessage, interpretMessage } from '../../message/interpret-message.js';
import { stripeGateway } from './stripe.gateway.js';

const RECEIVED = new Date('2026-01-01T01:00:00Z');

interface Event {
  [field: string]: unknown;
  data: { object: Record<string, unknown> };
}
const fixture = (name: string): Event =>
  JSON.parse(readFileSync(`test/fixtures/stripe/${name}.json`, 'utf8')) as Event;

const read = (body: unknown): InterpretedMessage =>
  interpretMessage(stripeGateway, {
    raw: Buffer.from(JSON.stringify(body)),
    body,
    headers: {},
    settings: {},
    provenance: 'received',
    mode: 'live',
    receivedAt: RECEIVED,
  });

function reportOf(body: unknown): PaymentReport {
  const { content: says } = read(body);
  if (says.kind !== 'reports' || !says.reports[0]) throw new Error(`no report: ${JSON.stringify(says)}`);
  return says.reports[0];
}

/** A sound event with one object's fields changed. */
const altered = (name: string, fields: object, envelope: object = {}): Event => {
  const event = fixture(name);
  return { ...event, ...envelope, data: { object: { ...event.data.object, ...fields } } };
};

const FAILED = '2026-10-28.payment_intent.payment_failed';
const SUCCEEDED = '2026-10-28.payment_intent.succeeded';
const REFUNDED = '2026-10-28.charge.refunded';
const REFUND = '2026-10-28.refund.created';
const SESSION = '2026-10-28.checkout.session.completed';

describe('what is read where', () => {
  it('is keyed by the event id', () => {
    expect(read(fixture(SUCCEEDED))).toMatchObject({
      key: 'evt_new_succeeded',
      eventId: 'evt_new_succeeded',
    });
  });

  it('takes the mode from livemode, and from the account where it is silent', () => {
    expect(reportOf(altered(SUCCEEDED, {}, { livemode: false })).mode).toBe('test');
    expect(reportOf(altered(SUCCEEDED, {}, { livemode: undefined })).mode).toBe('live');
  });

  it('takes the order from orderId before order_id before client_reference_id, and skips blanks', () => {
    const all = { orderId: 'a', order_id: 'b' };
    expect(reportOf(altered(SESSION, { metadata: all })).orderId).toBe('a');
    expect(reportOf(altered(SESSION, { metadata: { ...all, orderId: ' ' } })).orderId).toBe('b');
    expect(reportOf(altered(SESSION, { metadata: {} })).orderId).toBe('ORDER-1001');
    expect(reportOf(altered(SESSION, { metadata: {}, client_reference_id: null })).orderId).toBeNull();
  });

  it('reads references that were expanded', () => {
    const customer = { id: 'cus_9', email: 'x@example.test', name: 'X', phone: '+1' };
    const latest_charge = { id: 'ch_9', billing_details: { email: null, name: 'Y', phone: null } };
    const { customer: who, failure } = reportOf(
      altered(FAILED, {
        customer,
        latest_charge,
        receipt_email: null,
        last_payment_error: { code: 'processing_error' },
      }),
    );
    expect(who).toEqual({ ...customer, locale: null });
    expect(failure).toEqual({ code: 'processing_error', message: null, attemptId: 'ch_9' });
    expect(reportOf(altered(REFUND, { payment_intent: { id: 'pi_9' } })).gatewayPaymentId).toBe('pi_9');
  });

  it('falls back to the charge where there is no PaymentIntent', () => {
    expect(reportOf(altered(REFUND, { payment_intent: null })).gatewayPaymentId).toBe('ch_new_2');
    expect(reportOf(altered(REFUNDED, { payment_intent: null })).gatewayPaymentId).toBe('ch_new_2');
  });

  it('takes a released authorisation for no refund', () => {
    expect(reportOf(altered(REFUNDED, { captured: false }))).toMatchObject({
      kind: 'noted',
      refundedTotal: null,
      amountCaptured: null,
    });
    expect(reportOf(altered(REFUNDED, { captured: false, payment_intent: null }))).toMatchObject({
      kind: 'noted',
      refundedTotal: null,
      amountCaptured: '0',
    });
  });

  it('tells a partial capture', () => {
    expect(reportOf(altered(SUCCEEDED, { amount_received: 1000 }))).toMatchObject({
      amount: '2599',
      amountCaptured: '1000',
    });
  });

  it.each([
    ['auto', null],
    ['pt-BR', 'pt-BR'],
    ['en-gb', 'en-GB'],
    ['de-', null],
    [null, null],
    ['fil', 'fil'],
  ])('locale %s is %s', (locale, told) => {
    expect(reportOf(altered(SESSION, { locale })).customer?.locale).toBe(told);
  });

  it.each([
    ['jpy', 500, '500'],
    ['bhd', 1230, '1230'],
    ['isk', 50000, '500'],
    ['ugx', 100, '1'],
    ['mga', 5, '500'],
  ])('%s %d is %s minor units by ISO 4217', (currency, amount, minor) => {
    expect(reportOf(altered(REFUND, { currency, amount })).refunds[0]?.amount).toBe(minor);
  });

  it('reads the merchant that a connected account is', () => {
    expect(reportOf(altered(SUCCEEDED, {}, { account: 'acct_1' })).merchant).toBe('acct_1');
    expect(reportOf(altered(SUCCEEDED, {}, { account: null })).merchant).toBeNull();
  });

  it.each([
    [{ billing_details: { email: 'b@example.test' } }, { email: 'b@example.test' }],
    [{ source: { object: 'card', name: 'C. Holder' } }, { name: 'C. Holder' }],
    [{ source: { object: 'card', name: 'c@example.test' } }, null],
    [{ card: { object: 'card', name: 'Old Holder' } }, { name: 'Old Holder' }],
    [{ source: { object: 'source', owner: { email: 'o@example.test', name: 'O' } } }, { name: 'O' }],
    [{ shipping: { name: 'S', phone: '+1' } }, { name: 'S', phone: '+1' }],
    [{ shipping: 'x', source: 5 }, null],
  ])('a charge with %j tells %j', (fields, told) => {
    const nobody = { payment_intent: null, customer: null, receipt_email: null, billing_details: null };
    const { customer } = reportOf(altered(REFUNDED, { ...nobody, ...fields }));
    if (told === null) expect(customer).toBeNull();
    else expect(customer).toMatchObject(told);
  });

  it('finds the charge that is named among those that are listed', () => {
    const listed = (id: string, name: string) => ({
      id,
      billing_details: { name, email: `${id}@example.test` },
    });
    const charges = { data: [listed('ch_1', 'First'), listed('ch_2', 'Second')] };
    const told = (fields: object) =>
      reportOf(altered(SUCCEEDED, { customer: null, receipt_email: null, charges, ...fields })).customer
        ?.name;
    expect(told({ latest_charge: 'ch_2' })).toBe('Second');
    expect(told({ latest_charge: null })).toBe('First');
    expect(told({ latest_charge: 'ch_3' })).toBeUndefined();
  });

  it.each([
    [{ balance_transaction: { fee: 105, currency: 'usd' } }, { amount: '105', currency: 'USD' }],
    [{ balance_transaction: { fee: -5, currency: 'usd' } }, null],
    [{ balance_transaction: { fee: 5, currency: 'zzz' } }, null],
    [{ balance_transaction: 'txn_1' }, null],
    [{}, null],
  ])('a charge with %j tells the fee %j', (fields, fee) => {
    expect(reportOf(altered(REFUNDED, fields)).fee).toEqual(fee);
    expect(reportOf(altered(SUCCEEDED, { latest_charge: { id: 'ch_1', ...fields } })).fee).toEqual(fee);
  });

  it.each([
    // amount, captured, total, version → told as paid back
    [10000, 4000, 6000, '2025-02-24.acacia', '0'],
    [10000, 4000, 7000, '2025-02-24.acacia', '1000'],
    [10000, 4000, 5999, '2025-02-24.acacia', '5999'],
    [10000, 4000, 6000, '2025-03-31.basil', '6000'],
    [10000, 4000, 7000, '2026-10-28.endive', '7000'],
    [10000, 4000, 7000, null, '1000'],
    [10000, 4000, 7000, undefined, '1000'],
    [10000, null, 7000, '2018-11-08', '7000'],
    [10000, undefined, 10000, '2018-11-08', '10000'],
    [10000, 10000, 0, '2018-11-08', '0'],
  ])('of %d, captured %p, a total of %d in version %p is %s', (amount, captured, total, version, told) => {
    const charge = { amount, amount_captured: captured, amount_refunded: total };
    expect(reportOf(altered(REFUNDED, charge, { api_version: version })).refundedTotal).toBe(told);
  });

  it('reads the refunds that an old charge lists, and leaves out what it cannot read', () => {
    const listed = [
      { id: 're_1', amount: 100, status: 'succeeded', created: 1767225800 },
      { id: 're_2', amount: 200, status: null },
      { id: '', amount: 300, status: 'succeeded' },
      { id: 're_4', amount: 'x', status: 'succeeded' },
      { id: 're_5', amount: 500, status: 'melted' },
      null,
    ];
    expect(reportOf(altered(REFUNDED, { refunds: { data: listed } })).refunds).toEqual([
      {
        id: 're_1',
        amount: '100',
        status: 'succeeded',
        createdAt: new Date(1767225800_000),
        mayBeRelease: true,
      },
      { id: 're_2', amount: '200', status: 'pending', createdAt: null, mayBeRelease: true },
    ]);
    expect(reportOf(altered(REFUNDED, { refunds: listed })).refunds).toHaveLength(2);
    expect(reportOf(altered(REFUNDED, { refunds: { data: 5 } })).refunds).toEqual([]);
    const many = Array.from({ length: 5000 }, (_, at) => ({
      id: `re_${at}`,
      amount: 1,
      status: 'succeeded',
    }));
    expect(reportOf(altered(REFUNDED, { refunds: { data: many } })).refunds).toHaveLength(100);
  });

  it('knows a dispute of the time before disputes had ids by its charge', () => {
    const closed = altered('2026-10-28.charge.dispute.closed', { id: undefined, payment_intent: null });
    expect(reportOf(closed)).toMatchObject({ gatewayPaymentId: 'ch_new_2', dispute: { id: 'ch_new_2' } });
  });

  it('tells what a declined charge was declined for', () => {
    const declined = { payment_intent: null, captured: false, failure_code: 'card_declined' };
    const failure = (outcome: unknown) =>
      reportOf(altered(REFUNDED, { ...declined, outcome }, { type: 'charge.failed' })).failure?.code;
    expect(failure({ type: 'issuer_declined', reason: 'lost_card' })).toBe('lost_card');
    expect(failure({ type: 'blocked', reason: 'highest_risk_level' })).toBe('card_declined');
    expect(failure(null)).toBe('card_declined');
  });

  it('notes each payment of an invoice once, and whose it is', () => {
    const payments = { data: ['pi_1', 'pi_2', 'pi_1'].map((id) => ({ payment: { payment_intent: id } })) };
    const invoice = { payment_intent: 'pi_2', payments, customer: 'cus_1', customer_email: 'i@example.test' };
    const { content: says } = read(altered(SUCCEEDED, invoice, { type: 'invoice.paid' }));
    const reports = says.kind === 'reports' ? says.reports : [];
    expect(reports.map(({ gatewayPaymentId, kind }) => [gatewayPaymentId, kind])).toEqual([
      ['pi_2', 'noted'],
      ['pi_1', 'noted'],
    ]);
    expect(reports[1]?.customer).toMatchObject({ id: 'cus_1', email: 'i@example.test' });
  });

  it.each([
    ['invoice.payment_failed', { next_payment_attempt: 1_796_031_000 }, '2026-11-30T09:30:00.000Z'],
    [
      'invoice.payment_failed',
      { next_payment_attempt: null, collection_method: 'charge_automatically' },
      'none',
    ],
    ['invoice.payment_failed', { next_payment_attempt: null, billing: 'charge_automatically' }, 'none'],
    ['invoice.payment_failed', { next_payment_attempt: null, collection_method: 'send_invoice' }, null],
    ['invoice.payment_failed', { next_payment_attempt: null, billing: 'send_invoice' }, null],
    ['invoice.payment_failed', {}, null],
    ['invoice.payment_failed', { next_payment_attempt: '1796031000' }, null],
    ['invoice.payment_failed', { next_payment_attempt: 1e300 }, null],
    ['invoice.payment_failed', { next_payment_attempt: -1 }, null],
    ['invoice.paid', { next_payment_attempt: null }, null],
  ])('of %s %j tells the next attempt %s', (type, invoice, nextAttempt) => {
    const { content: says } = read(altered(SUCCEEDED, { payment_intent: 'pi_1', ...invoice }, { type }));
    expect(says).toMatchObject({ kind: 'reports', reports: [{ kind: 'noted', nextAttempt }] });
  });

  it('says why an amount in a currency without decimals cannot be right', () => {
    const { content: says } = read(altered(SUCCEEDED, { currency: 'isk', amount: 550, amount_received: 0 }));
    expect(says).toMatchObject({
      issues: [
        {
          path: 'data.object.amount',
          message: 'must be a multiple of 100: Stripe sends ISK with 2 decimals and takes whole ISK only',
        },
      ],
    });
  });
});
