import { describe, expect, it } from '@jest/globals';
import { type InterpretedMessage, interpretMessage } from '../../message/interpret-message.js';
import { stripeGateway } from './stripe.gateway.js';

const ASKED = '2026-01-05T00:00:00.700Z';
const T = Date.UTC(2026, 0, 1) / 1000;
const iso = (seconds: number): string => new Date(seconds * 1000).toISOString();
const OBSERVED = '2026-01-05T00:00:00.000Z';

function read(
  body: object,
  asked = ASKED,
  provenance: 'fetched' | 'reconciled' = 'fetched',
): InterpretedMessage {
  const message = {
    raw: Buffer.from(JSON.stringify(body)),
    body,
    headers: {},
    settings: {},
    provenance,
    mode: 'live',
    receivedAt: new Date(ASKED),
    observedAt: new Date(asked),
  } as const;
  return interpretMessage(stripeGateway, message);
}

/** Kind, time and what else is worth a look, of each report. */
function told(body: object) {
  const { content } = read(body);
  if (content.kind !== 'reports') throw new Error(JSON.stringify(content));
  return content.reports.map(({ kind, occurredAt, failure, amountCaptured }) => [
    kind,
    occurredAt.toISOString(),
    ...(failure ? [failure.code, failure.attemptId] : []),
    ...(amountCaptured !== null ? [amountCaptured] : []),
  ]);
}

const charge = (fields: object = {}) => ({
  id: 'ch_1',
  object: 'charge',
  amount: 10000,
  amount_captured: 10000,
  captured: true,
  created: T + 60,
  currency: 'usd',
  livemode: true,
  payment_intent: 'pi_1',
  status: 'succeeded',
  ...fields,
});
const FAILED_CHARGE = {
  status: 'failed',
  captured: false,
  amount_captured: 0,
  failure_code: 'card_declined',
  failure_message: 'Your card has insufficient funds.',
  outcome: { type: 'issuer_declined', reason: 'insufficient_funds' },
};
const intent = (fields: object = {}) => ({
  id: 'pi_1',
  object: 'payment_intent',
  amount: 10000,
  amount_received: 0,
  canceled_at: null,
  created: T,
  currency: 'usd',
  last_payment_error: null,
  latest_charge: null,
  livemode: true,
  metadata: { orderId: 'ord_1' },
  status: 'requires_payment_method',
  ...fields,
});
const error = {
  charge: 'ch_1',
  code: 'card_declined',
  decline_code: 'insufficient_funds',
  message: 'Your card has insufficient funds.',
};
const refund = (fields: object = {}) => ({
  id: 're_1',
  object: 'refund',
  amount: 2500,
  charge: 'ch_1',
  created: T + 90,
  currency: 'usd',
  payment_intent: 'pi_1',
  status: 'succeeded',
  ...fields,
});
const dispute = (fields: object = {}) => ({
  id: 'dp_1',
  object: 'dispute',
  amount: 10000,
  charge: 'ch_1',
  created: T + 90,
  currency: 'usd',
  livemode: true,
  payment_intent: 'pi_1',
  reason: 'fraudulent',
  status: 'needs_response',
  ...fields,
});

describe('a payment intent that was fetched', () => {
  it('that nobody tried to pay was made', () => {
    expect(told(intent())).toEqual([['created', iso(T)]]);
  });

  it('succeeded at the time of its charge, and at the asking where the charge is not told', () => {
    const paid = { status: 'succeeded', amount_received: 10000 };
    expect(told(intent({ ...paid, latest_charge: charge() }))).toEqual([
      ['created', iso(T)],
      ['succeeded', iso(T + 60), '10000'],
    ]);
    expect(told(intent({ ...paid, latest_charge: 'ch_1' }))).toEqual([
      ['created', iso(T)],
      ['succeeded', OBSERVED, '10000'],
    ]);
  });

  it('failed at the time of the charge, and still so at the asking', () => {
    const failed = { last_payment_error: error, latest_charge: charge(FAILED_CHARGE) };
    expect(told(intent(failed))).toEqual([
      ['created', iso(T)],
      ['failed', iso(T + 60), 'insufficient_funds', 'ch_1'],
      ['failed', OBSERVED, 'insufficient_funds', 'ch_1'],
    ]);
    const again = { ...failed, status: 'requires_action', last_payment_error: null };
    expect(told(intent(again))).toEqual([
      ['created', iso(T)],
      ['failed', iso(T + 60), 'insufficient_funds', 'ch_1'],
      ['requires_action', OBSERVED],
    ]);
  });

  it('failed at the asking where the attempt made no charge', () => {
    const unconfirmed = { ...error, charge: undefined, code: 'payment_intent_authentication_failure' };
    const failed = { last_payment_error: { ...unconfirmed, decline_code: undefined } };
    expect(told(intent(failed))).toEqual([
      ['created', iso(T)],
      ['failed', OBSERVED, 'payment_intent_authentication_failure', null],
    ]);
  });

  it.each([
    ['requires_action', 'requires_action', OBSERVED],
    ['processing', 'processing', OBSERVED],
    ['requires_capture', 'authorized', iso(T + 60)],
    ['canceled', 'canceled', iso(T + 70)],
    ['a_later_state', 'noted', OBSERVED],
  ])('in the state %s is %s', (status, kind, at) => {
    const said = told(intent({ status, canceled_at: T + 70, latest_charge: charge({ captured: false }) }));
    expect(said.at(-1)).toEqual([kind, at]);
  });

  it('is in test mode by its own word', () => {
    const { content } = read(intent({ livemode: false }));
    expect(content).toMatchObject({ reports: [{ mode: 'test', orderId: 'ord_1', amount: '10000' }] });
  });

  it('says nothing before what it tells itself, however far our clock is behind', () => {
    const { content } = read(intent({ status: 'processing' }), iso(T - 3));
    expect(content).toMatchObject({ reports: [{ kind: 'created' }, { occurredAt: new Date(T * 1000) }] });
  });
});

describe('a charge that was fetched', () => {
  const bare = { payment_intent: null };
  it.each([
    ['paid', {}, [['succeeded', iso(T + 60), '10000']]],
    ['captured in part', { amount_captured: 4000 }, [['succeeded', iso(T + 60), '4000']]],
    ['authorized', { captured: false, amount_captured: 0 }, [['authorized', iso(T + 60)]]],
    [
      'released',
      { captured: false, amount_captured: 0, refunded: true },
      [
        ['authorized', iso(T + 60)],
        ['noted', OBSERVED, '0'],
      ],
    ],
    ['pending', { status: 'pending' }, [['processing', iso(T + 60)]]],
    [
      'failed',
      FAILED_CHARGE,
      [
        ['failed', iso(T + 60), 'insufficient_funds', 'ch_1'],
        ['failed', OBSERVED, 'insufficient_funds', 'ch_1'],
      ],
    ],
  ])('without an intent, %s, is a payment of its own', (_name, fields, expected) => {
    expect(told(charge({ ...bare, ...fields }))).toEqual(expected);
    expect(read(charge({ ...bare, ...fields })).content).toMatchObject({
      reports: [{ gatewayPaymentId: 'ch_1' }, ...expected.slice(1).map(() => ({}))],
    });
  });

  it('of an intent is one of its attempts', () => {
    expect(told(charge(FAILED_CHARGE))).toEqual([['failed', iso(T + 60), 'insufficient_funds', 'ch_1']]);
    expect(told(charge())).toEqual([['succeeded', iso(T + 60), '10000']]);
    expect(read(charge({ amount_captured: 4000 })).content).toEqual({ kind: 'ignored' });
    expect(read(charge({ captured: false, amount_captured: 0 })).content).toEqual({ kind: 'ignored' });
  });
});

describe('a charge that was refunded', () => {
  const totals = (fields: object, provenance?: 'reconciled') => {
    const { content } = read(charge(fields), ASKED, provenance);
    return content.kind !== 'reports'
      ? content.kind
      : content.reports.flatMap(({ kind, occurredAt, refundedTotal: total, refunds }) =>
          total === null ? [] : [[kind, occurredAt.toISOString(), total, ...refunds.map(({ id }) => id)]],
        );
  };
  const listed = (created: number, fields: object = {}) => refund({ created, ...fields });

  it.each([
    ['is told with its total', { amount_refunded: 2500 }, [['refund_created', OBSERVED, '2500']]],
    ['once nothing was refunded tells none', { amount_refunded: 0 }, []],
    [
      'at the time of the newest refund that the total counts',
      {
        amount_refunded: 3500,
        refunds: { data: [listed(T + 95, { id: 're_2', amount: 1000 }), listed(T + 90)] },
      },
      [['refund_created', iso(T + 95), '3500', 're_2', 're_1']],
    ],
    [
      'and captured in part is told by its total alone',
      { amount_captured: 4000, amount_refunded: 1000 },
      [['refund_created', OBSERVED, '1000']],
    ],
    [
      'without the rest that its capture released',
      { amount_captured: 4000, amount_refunded: 7000 },
      [['refund_created', OBSERVED, '1000']],
    ],
    [
      'and never captured was released',
      { captured: false, amount_captured: 0, amount_refunded: 10000 },
      'ignored',
    ],
  ])('%s', (_name, fields, expected) => {
    expect(totals(fields)).toEqual(expected);
  });

  it('in a list is told by its refunds, which are a list of their own', () => {
    expect(totals({ amount_refunded: 2500 }, 'reconciled')).toEqual([]);
  });

  it('tells the same total once, and a larger one anew', () => {
    const keyOf = (sum: number, asked?: string) => read(charge({ amount_refunded: sum }), asked).key;
    expect(keyOf(2500, '2026-01-05T09:00:00Z')).toBe(keyOf(2500));
    expect(keyOf(3500)).not.toBe(keyOf(2500));
  });
});

describe('a refund that was fetched', () => {
  it('was made when it says so, and ended as of the asking', () => {
    expect(told(refund({ status: 'pending' }))).toEqual([['refund_created', iso(T + 90)]]);
    for (const status of ['failed', 'canceled'])
      expect(told(refund({ status }))).toEqual([
        ['refund_created', iso(T + 90)],
        ['refund_failed', OBSERVED],
      ]);
    expect(read(refund()).content).toMatchObject({
      reports: [
        { refunds: [{ id: 're_1', amount: '2500', status: 'pending', mayBeRelease: true }] },
        {
          kind: 'refund_succeeded',
          refunds: [{ status: 'succeeded', createdAt: new Date((T + 90) * 1000) }],
        },
      ],
    });
  });

  it('takes its mode from its charge, where the charge was expanded', () => {
    const expanded = { charge: charge({ livemode: false }), payment_intent: null };
    expect(read(refund(expanded)).content).toMatchObject({
      reports: [{ mode: 'test', gatewayPaymentId: 'pi_1' }, {}],
    });
  });

  it('of an authorisation that expired ends a payment without an intent', () => {
    const expired = refund({ reason: 'expired_uncaptured_charge', payment_intent: null });
    expect(told(expired)[0]).toEqual(['canceled', iso(T + 90)]);
    expect(told(refund({ reason: 'expired_uncaptured_charge' }))[0]?.[0]).toBe('refund_created');
  });

  it('with a status that is not known is parked', () => {
    expect(read(refund({ status: 'lost_in_space' })).content).toMatchObject({
      kind: 'invalid',
      issues: [{ path: 'status' }],
    });
  });
});

describe('a dispute that was fetched', () => {
  it.each([
    ['needs_response', [['dispute_opened', iso(T + 90)]]],
    ['under_review', [['dispute_opened', iso(T + 90)]]],
    [
      'won',
      [
        ['dispute_opened', iso(T + 90)],
        ['dispute_won', OBSERVED],
      ],
    ],
    [
      'lost',
      [
        ['dispute_opened', iso(T + 90)],
        ['dispute_lost', OBSERVED],
      ],
    ],
    [
      'charge_refunded',
      [
        ['dispute_opened', iso(T + 90)],
        ['noted', OBSERVED],
      ],
    ],
    ['prevented', [['dispute_won', OBSERVED]]],
  ])('%s', (status, expected) => {
    expect(told(dispute({ status }))).toEqual(expected);
  });

  it.each(['warning_needs_response', 'warning_closed', 'a_later_status'])('%s says nothing', (status) => {
    expect(read(dispute({ status })).content).toEqual({ kind: 'ignored' });
  });
});

describe('a checkout session that was fetched', () => {
  const session = (fields: object) => ({
    id: 'cs_1',
    object: 'checkout.session',
    amount_total: 10000,
    client_reference_id: 'ord_1',
    currency: 'usd',
    livemode: true,
    payment_intent: 'pi_1',
    ...fields,
  });
  it('is paid, or tells nothing of how far it is', () => {
    expect(told(session({ payment_status: 'paid' }))).toEqual([['succeeded', OBSERVED]]);
    expect(told(session({ payment_status: 'unpaid' }))).toEqual([['noted', OBSERVED]]);
    expect(read(session({ payment_status: 'paid', payment_intent: null })).content.kind).toBe('ignored');
  });
});

describe('what an answer is known by', () => {
  it('is what it says: the same answer later is the same, and its reports are', () => {
    const [first, later] = [ASKED, '2026-01-06T00:00:00Z'].map((asked) =>
      read(intent({ status: 'processing', latest_charge: charge({ status: 'pending' }) }), asked),
    );
    expect(later?.key).toBe(first?.key);
    expect(later?.content).toHaveProperty('keys', (first?.content as { keys?: unknown }).keys);
  });

  it('a statement that was told before keeps its key beside a new one', () => {
    const keysOf = (body: object) =>
      (read(body).content as { keys?: { event: string; suffix: string }[] }).keys?.map(({ event }) => event);
    const pending = keysOf(refund({ status: 'pending' }));
    const ended = keysOf(refund());
    expect(ended).toHaveLength(2);
    expect(ended?.[0]).toBe(pending?.[0]);
    expect(ended?.[0]).toMatch(/^re_1:refund_created:[0-9a-f]{16}$/);
    expect(keysOf(refund({ amount: 2400 }))?.[0]).not.toBe(ended?.[0]);
    expect(read(refund()).key).not.toBe(read(refund({ status: 'pending' })).key);
  });

  it('has no part of a person', () => {
    const paid = { status: 'succeeded', amount_received: 10000 };
    expect(read(intent({ ...paid, receipt_email: 'a@shop.example' })).key).toBe(read(intent(paid)).key);
  });
});

describe('what no gateway should answer', () => {
  it('has its faults at their paths', () => {
    expect(read(intent({ currency: 'xxq', status: 7 })).content).toMatchObject({
      kind: 'invalid',
      issues: [{ path: 'status' }],
    });
    expect(read(intent({ currency: 'xxq' })).content).toMatchObject({ issues: [{ path: 'currency' }] });
    expect(read(refund({ payment_intent: null, charge: null })).content).toMatchObject({
      issues: [{ path: 'payment_intent' }],
    });
    expect(read(dispute({ id: null })).content).toMatchObject({ issues: [{ path: 'id' }] });
    expect(read(refund({ created: T + 10 ** 7 })).content).toMatchObject({ issues: [{ path: 'created' }] });
  });

  it('is no object where it came to the endpoint', () => {
    const body = intent();
    const message = {
      raw: Buffer.from(JSON.stringify(body)),
      body,
      headers: {},
      settings: {},
      mode: 'live',
    } as const;
    const received = { ...message, provenance: 'received', receivedAt: new Date(ASKED) } as const;
    expect(interpretMessage(stripeGateway, received).content.kind).not.toBe('reports');
  });
});
