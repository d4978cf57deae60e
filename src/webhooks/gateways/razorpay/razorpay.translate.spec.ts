import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { bareReport, type PaymentReport } from '../../../payments/index.js';
import { type VerifiedMessage } from '../gateway.js';
import { type InterpretedMessage, interpretMessage } from '../../message/interpret-message.js';
import { razorpayGateway } from './razorpay.gateway.js';

interface Event {
  [field: string]: unknown;
  payload: Record<string, { entity: Record<string, unknown> }>;
}
const fixture = (name: string): Event =>
  JSON.parse(readFileSync(`test/fixtures/razorpay/${name}.json`, 'utf8')) as Event;

const RECEIVED = new Date('2026-01-01T00:00:00Z');

const read = (body: unknown, more: Partial<VerifiedMessage> = {}): InterpretedMessage =>
  interpretMessage(razorpayGateway, {
    raw: Buffer.from(JSON.stringify(body)),
    body,
    headers: {},
    settings: {},
    provenance: 'received',
    mode: 'test',
    receivedAt: RECEIVED,
    ...more,
  });

function reportOf(body: unknown): PaymentReport {
  const { content: says } = read(body);
  if (says.kind !== 'reports' || !says.reports[0]) throw new Error(`no report: ${JSON.stringify(says)}`);
  return says.reports[0];
}

function faultsOf(body: unknown): string[] {
  const { content: says } = read(body);
  return says.kind === 'invalid' ? says.issues.map(({ path }) => path) : [says.kind];
}

/** A sound event with fields of one entity changed. */
function altered(name: string, entity: string, fields: object, envelope: object = {}): Event {
  const event = fixture(name);
  const held = { entity: { ...event.payload[entity]?.entity, ...fields } };
  return { ...event, ...envelope, payload: { ...event.payload, [entity]: held } };
}

const GAURAV = {
  id: null,
  email: 'gaurav.kumar@example.com',
  phone: '+919876543210',
  name: null,
  locale: null,
};
const DESL = {
  gatewayPaymentId: 'pay_DESlfW9H8K9uqM',
  occurredAt: new Date(1567674606_000),
  amount: '100',
  gatewayOrderId: 'order_DESlLckIVRkHWj',
  customer: GAURAV,
};

describe("Razorpay's own examples", () => {
  it.each<[string, Partial<PaymentReport>]>([
    ['payment.authorized', { ...DESL, kind: 'authorized' }],
    [
      'payment.captured',
      { ...DESL, kind: 'succeeded', amountCaptured: '100', fee: { amount: '2', currency: 'INR' } },
    ],
    [
      'payment.failed',
      {
        gatewayPaymentId: 'pay_DEAU825sJlCbGa',
        kind: 'failed',
        occurredAt: new Date(1567610215_000),
        amount: '50000',
        gatewayOrderId: 'order_DEATVTRRctwEGb',
        customer: GAURAV,
        failure: { code: 'payment_failed', message: 'Payment failed', attemptId: 'pay_DEAU825sJlCbGa' },
      },
    ],
    [
      'refund.processed',
      {
        gatewayPaymentId: 'pay_FPoJKWQQ8lK13n',
        kind: 'refund_succeeded',
        occurredAt: new Date(1597734071_000),
        amount: '500000',
        refundedTotal: '190000',
        fee: { amount: '11800', currency: 'INR' },
        gatewayOrderId: 'order_FPoIeimWki9j8A',
        customer: { ...GAURAV, phone: '+919000090000' },
        refunds: [
          {
            id: 'rfnd_FS8TWyPrCsa0OB',
            amount: '50000',
            status: 'succeeded',
            createdAt: new Date(1597734071_000),
          },
        ],
      },
    ],
    [
      'payment.dispute.created',
      {
        gatewayPaymentId: 'pay_EFtmUsbwpXwBHI',
        kind: 'dispute_opened',
        occurredAt: new Date(1589907977_000),
        amount: '5297600',
        refundedTotal: '700000',
        fee: { amount: '0', currency: 'INR' },
        gatewayOrderId: 'order_EFtkA6f5jdkfud',
        customer: { ...GAURAV, phone: '+919900000000' },
        dispute: {
          id: 'disp_EsIAlDcoUr8CaQ',
          amount: '39000',
          currency: 'INR',
          status: 'open',
          reason: 'processed_invalid_expired_card',
        },
      },
    ],
  ])('%s', (type, told) => {
    const event = fixture(type);
    const shared = { type, mode: 'test', currency: 'INR', merchant: event['account_id'] } as const;
    expect(reportOf(event)).toEqual(bareReport({ ...(told as PaymentReport), ...shared } as PaymentReport));
  });
});

describe('what makes a message the same', () => {
  it('is its bytes, never the id that nobody signed', () => {
    const headers = { 'x-razorpay-event-id': 'NPf9rPzHKwbQ0p' };
    const raw = Buffer.from('{"event": "settlement.processed"}');
    const key = createHash('sha256').update(raw).digest('hex');
    const body = { event: 'settlement.processed' };
    expect(read(body, { raw, headers })).toMatchObject({ key, eventId: 'NPf9rPzHKwbQ0p' });
    expect(read(body, { raw })).toMatchObject({ key, eventId: null, content: { kind: 'ignored' } });
    expect(read(body, { raw, headers: { 'x-razorpay-event-id': 'x'.repeat(256) } })).toMatchObject({
      key,
      eventId: null,
      content: { kind: 'ignored' },
    });
  });
});

describe('what is read where', () => {
  it('takes the order from the notes, then the receipt, and never from Razorpay', () => {
    const paid = (notes: unknown, receipt: unknown) => {
      const event = altered('payment.captured', 'payment', { notes }, { event: 'order.paid' });
      return reportOf({
        ...event,
        payload: { ...event.payload, order: { entity: { id: 'order_1', receipt } } },
      });
    };
    expect(paid({ orderId: 'a', order_id: 'b' }, 'c').orderId).toBe('a');
    expect(paid({ orderId: '', order_id: 1001 }, 'c').orderId).toBe('1001');
    expect(paid([], 'c')).toMatchObject({ orderId: 'c', gatewayOrderId: 'order_DESlLckIVRkHWj' });
    expect(paid([], null)).toMatchObject({ orderId: null, gatewayOrderId: 'order_DESlLckIVRkHWj' });
  });

  it('takes an empty string for nothing told', () => {
    const told = {
      error_reason: '',
      error_code: 'GATEWAY_ERROR',
      error_description: '',
      email: '',
      order_id: '',
    };
    const report = reportOf(altered('payment.failed', 'payment', { ...told, card: { name: 'G. Kumar' } }));
    expect(report.failure).toEqual({
      code: 'GATEWAY_ERROR',
      message: null,
      attemptId: report.gatewayPaymentId,
    });
    expect(report.customer).toEqual({ ...GAURAV, email: null, name: 'G. Kumar' });
    expect(report).toMatchObject({ orderId: null, gatewayOrderId: null });
  });

  it('reads a late authorisation that says it is captured as an authorisation', () => {
    const late = altered('payment.authorized', 'payment', { captured: true, status: 'captured' });
    expect(reportOf(late)).toMatchObject({ kind: 'authorized', amountCaptured: null, failure: null });
  });

  it('takes the reference of a link or the receipt of an invoice where no order tells one', () => {
    const { payment } = fixture('payment.captured').payload;
    const told = (event: string, beside: object) =>
      reportOf({
        ...fixture('payment.captured'),
        event,
        payload: { payment: { entity: { ...payment?.entity, notes: [] } }, ...beside },
      }).orderId;
    const link = { entity: { id: 'plink_1', reference_id: 'R-1', notes: null } };
    expect(told('payment_link.partially_paid', { payment_link: link })).toBe('R-1');
    expect(told('invoice.paid', { invoice: { entity: { receipt: 'R-2', notes: [] } } })).toBe('R-2');
    expect(told('qr_code.credited', { qr_code: { entity: { notes: { order_id: 7 } } } })).toBe('7');
    expect(told('invoice.paid', { invoice: null, order: [] })).toBeNull();
  });

  it('takes the payer of a link or an invoice where the payment tells none', () => {
    const event = altered('payment.captured', 'payment', { email: 'void@razorpay.com', contact: null });
    const link = { entity: { customer: { email: 'l@example.test', contact: 919876500000, name: 'L' } } };
    expect(reportOf({ ...event, payload: { ...event.payload, payment_link: link } }).customer).toMatchObject({
      email: 'l@example.test',
      phone: '919876500000',
      name: 'L',
    });
    const billed = { customer_id: 'cust_1', customer_details: { customer_email: 'i@example.test' } };
    expect(
      reportOf({ ...event, payload: { ...event.payload, invoice: { entity: billed } } }).customer,
    ).toMatchObject({ id: 'cust_1', email: 'i@example.test' });
    expect(reportOf(event).customer).toBeNull();
  });

  it.each([[[]], [null], [{}], ['x']])('reads a payment whose card is %j', (card) => {
    expect(reportOf(altered('payment.captured', 'payment', { card })).customer).toEqual(GAURAV);
  });

  it('tells no fee of a payment in another currency than the merchant has', () => {
    const paid = { currency: 'USD', base_currency: 'INR', base_amount: 8400 };
    expect(reportOf(altered('payment.captured', 'payment', paid)).fee).toBeNull();
    expect(reportOf(altered('payment.captured', 'payment', { fee: null })).fee).toBeNull();
    expect(reportOf(altered('payment.captured', 'payment', { fee: 'x' })).fee).toBeNull();
  });

  it('never relabels an amount of another currency than the payment', () => {
    const event = fixture('payment.dispute.created');
    const paidInDollars = (fields: object) =>
      reportOf({
        ...event,
        payload: {
          ...event.payload,
          payment: { entity: { ...event.payload['payment']?.entity, currency: 'USD', ...fields } },
        },
      });
    expect(paidInDollars({})).toMatchObject({
      currency: 'USD',
      dispute: { amount: '39000', currency: 'INR' },
    });
    expect(paidInDollars({ amount: 500, base_amount: 39000 }).dispute).toMatchObject({
      amount: '500',
      currency: 'USD',
    });
    expect(paidInDollars({ amount: 500, base_amount: 39001 }).dispute).toMatchObject({
      amount: '39000',
      currency: 'INR',
    });
    expect(reportOf(altered('refund.processed', 'refund', { currency: 'USD' }))).toMatchObject({
      currency: 'USD',
      amount: null,
      refundedTotal: null,
    });
  });

  it.each([
    ['payment.unheard_of', { payment: { entity: { id: 'pay_1' } } }],
    ['payment.unheard_of', { payment: { entity: { id: 'pay_1', amount: 'x', currency: 5, card: 7 } } }],
    ['refund.unheard_of', { refund: { entity: { payment_id: 'pay_1', amount: null } } }],
    ['payment.dispute.unheard_of', { payment: [], dispute: { entity: { payment_id: 'pay_1' } } }],
  ])('%s %j is read for the payment it names', (event, payload) => {
    const body = { event, created_at: 1567674606, payload };
    expect(reportOf(body)).toMatchObject({ gatewayPaymentId: 'pay_1', kind: 'noted', amount: null });
  });

  it('finds the payment of a refund or a dispute that comes without it', () => {
    for (const [name, entity] of [
      ['refund.processed', 'refund'],
      ['payment.dispute.created', 'dispute'],
    ] as const) {
      const event = fixture(name);
      const alone = { ...event, payload: { [entity]: event.payload[entity] } };
      expect(reportOf(alone)).toMatchObject({
        gatewayPaymentId: event.payload[entity]?.entity['payment_id'],
        currency: 'INR',
        amount: null,
        orderId: null,
      });
    }
  });
});

describe('what is parked, and at which path', () => {
  const entity = 'payload.payment.entity';

  it.each([-1, 1.5, '100', null, 1e30, 1e15 + 1, Number.NaN])('an amount of %p', (amount) => {
    expect(faultsOf(altered('payment.captured', 'payment', { amount }))).toEqual([`${entity}.amount`]);
    expect(faultsOf(altered('refund.processed', 'refund', { amount }))).toEqual([
      'payload.refund.entity.amount',
    ]);
  });

  it.each<[object, object, string[]]>([
    [{ currency: 'ZZZ' }, {}, [`${entity}.currency`]],
    [{ id: 'pay_\n' }, {}, [`${entity}.id`]],
    [{ amount_refunded: -5 }, {}, [`${entity}.amount_refunded`]],
    [{ email: 5 }, {}, [`${entity}.email`]],
    [{ card: { name: {} } }, {}, [`${entity}.card.name`]],
    [{}, { created_at: undefined }, ['created_at']],
    [{}, { created_at: 'today' }, ['created_at']],
    [{}, { created_at: 946684799 }, ['created_at']],
    [
      { currency: 'ZZZ' },
      { created_at: RECEIVED.getTime() / 1000 + 301 },
      ['created_at', `${entity}.currency`],
    ],
    [{}, { event: undefined }, ['event']],
    [{}, { event: 'x'.repeat(256) }, ['event']],
    [{}, { event: 'refund.created' }, ['payload.refund']],
    [{ id: null }, { event: 'payment.unheard_of' }, [`${entity}.id`]],
    [{ id: '\n' }, { event: 'refund.unheard_of' }, [`${entity}.id`]],
  ])('%j %j → %j', (fields, envelope, paths) => {
    expect(faultsOf(altered('payment.captured', 'payment', fields, envelope))).toEqual(paths);
  });

  it('names a payment nowhere', () => {
    const alone = (name: string, of: string) => {
      const event = fixture(name);
      return { ...event, payload: { [of]: { entity: { ...event.payload[of]?.entity, payment_id: null } } } };
    };
    expect(faultsOf(alone('refund.processed', 'refund'))).toEqual(['payload.refund.entity.payment_id']);
    expect(faultsOf(alone('payment.dispute.created', 'dispute'))).toEqual([
      'payload.dispute.entity.payment_id',
    ]);
  });

  it.each([
    [[], '$'],
    [null, '$'],
    [{ event: 'payment.captured', created_at: 1567674606 }, 'payload'],
    [{ event: 'payment.captured', created_at: 1567674606, payload: [] }, 'payload'],
    [{ event: 'payment.captured', created_at: 1567674606, payload: { payment: {} } }, entity],
  ])('a body of %j', (body, path) => expect(faultsOf(body)).toContain(path));
});
