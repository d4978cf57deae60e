import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { type PaymentReport } from '../../../payments/index.js';
import { type Reading, readMessage } from '../../read-message.js';
import { stripeGateway } from './stripe.gateway.js';

const RECEIVED = new Date('2026-01-01T01:00:00Z');

interface Event {
  [field: string]: unknown;
  data: { object: Record<string, unknown> };
}
const fixture = (name: string): Event =>
  JSON.parse(readFileSync(`test/fixtures/stripe/${name}.json`, 'utf8')) as Event;

const read = (body: unknown): Reading =>
  readMessage(stripeGateway, {
    raw: Buffer.from(JSON.stringify(body)),
    body,
    headers: {},
    provenance: 'received',
    mode: 'live',
    receivedAt: RECEIVED,
  });

function reportOf(body: unknown): PaymentReport {
  const { says } = read(body);
  if (says.is !== 'reports' || !says.reports[0]) throw new Error(`no report: ${JSON.stringify(says)}`);
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
});
