import { describe, expect, it } from '@jest/globals';
import { interpretMessage } from '../../message/interpret-message.js';
import { stripeGateway } from './stripe.gateway.js';

const RECEIVED = new Date('2026-01-01T00:00:00Z');
const MONEY = { amount: 1000, currency: 'usd' };

/** What every family of objects needs to be read at all; the case adds what decides it. */
function kindOf(type: string, decisive: object = {}): string {
  const object = {
    id: 'xx_1',
    payment_intent: 'pi_1',
    ...MONEY,
    amount_refunded: 100,
    captured: true,
    status: 'succeeded',
    payment_status: 'paid',
    ...decisive,
  };
  const body = { id: 'evt_1', object: 'event', type, created: RECEIVED.getTime() / 1000, data: { object } };
  const { content: says } = interpretMessage(stripeGateway, {
    raw: Buffer.from(JSON.stringify(body)),
    body,
    headers: {},
    settings: {},
    provenance: 'received',
    mode: 'live',
    receivedAt: RECEIVED,
  });
  if (says.kind === 'invalid') return says.issues.map(({ path }) => path).join();
  if (says.kind !== 'reports') return says.kind;
  const [report] = says.reports;
  const folded = report?.refunds[0]?.status ?? report?.dispute?.status;
  return `${report?.kind}${folded ? ` (${folded})` : ''}`;
}

describe("what Stripe's events mean", () => {
  it.each([
    ['payment_intent.created', 'created'],
    ['payment_intent.requires_action', 'requires_action'],
    ['payment_intent.processing', 'processing'],
    ['payment_intent.payment_failed', 'failed'],
    ['payment_intent.amount_capturable_updated', 'authorized'],
    ['payment_intent.canceled', 'canceled'],
    ['payment_intent.succeeded', 'succeeded'],
    ['payment_intent.partially_funded', 'noted'],
  ])('%s → %s, whatever the snapshot in it says', (type, kind) => {
    expect(kindOf(type, { status: 'succeeded' })).toBe(kind);
    expect(kindOf(type, { status: 'canceled' })).toBe(kind);
  });

  it.each([
    ['charge.refunded', { captured: true }, 'refund_created'],
    ['charge.refunded', { captured: false }, 'noted'],
    ['refund.created', { status: 'pending' }, 'refund_created (pending)'],
    ['refund.created', { status: 'requires_action' }, 'refund_created (pending)'],
    ['refund.created', { status: 'succeeded' }, 'refund_succeeded (succeeded)'],
    ['refund.updated', { status: 'succeeded' }, 'refund_succeeded (succeeded)'],
    ['refund.updated', { status: 'canceled' }, 'refund_failed (canceled)'],
    ['refund.failed', { status: 'failed' }, 'refund_failed (failed)'],
    ['refund.failed', { status: 'succeeded' }, 'refund_succeeded (succeeded)'],
    ['charge.refund.updated', { status: 'failed' }, 'refund_failed (failed)'],
    ['charge.refund.updated', { status: 'melted' }, 'data.object.status'],
    ['refund.created', { status: null }, 'refund_created (pending)'],
    ['refund.created', { status: undefined }, 'refund_created (pending)'],
    ['charge.dispute.created', { status: 'needs_response' }, 'dispute_opened (open)'],
    ['charge.dispute.created', { status: 'under_review' }, 'dispute_opened (open)'],
    ['charge.dispute.created', { status: 'warning_needs_response' }, 'noted'],
    ['charge.dispute.created', { status: 'prevented' }, 'noted'],
    ['charge.dispute.closed', { status: 'won' }, 'dispute_won (won)'],
    ['charge.dispute.closed', { status: 'lost' }, 'dispute_lost (lost)'],
    ['charge.dispute.closed', { status: 'prevented' }, 'dispute_won (won)'],
    ['charge.dispute.closed', { status: 'warning_closed' }, 'noted'],
    ['charge.dispute.closed', { status: 'needs_response' }, 'data.object.status'],
    ['charge.dispute.updated', { status: 'lost' }, 'noted'],
    ['charge.dispute.closed', { status: 'charge_refunded' }, 'noted (closed)'],
    ['charge.dispute.closed', { status: 'melted' }, 'noted'],
    ['charge.dispute.closed', { status: null }, 'noted'],
    ['charge.dispute.created', { status: 'charge_refunded' }, 'noted'],
    ['charge.dispute.created', { status: 'melted' }, 'noted'],
    ['charge.dispute.updated', { status: 'needs_response' }, 'dispute_opened (open)'],
    ['charge.dispute.updated', { status: 'under_review' }, 'dispute_opened (open)'],
    ['charge.dispute.updated', { status: 'warning_under_review' }, 'noted'],
    ['charge.dispute.updated', { status: 'won' }, 'noted'],
    ['charge.dispute.updated', { status: 'appeal_under_review' }, 'noted'],
    ['charge.dispute.funds_withdrawn', { status: 'needs_response' }, 'dispute_opened (open)'],
    ['charge.dispute.funds_withdrawn', { status: 'lost' }, 'dispute_lost (lost)'],
    ['charge.dispute.funds_withdrawn', { status: 'warning_closed' }, 'noted'],
    ['charge.dispute.funds_reinstated', { status: 'won' }, 'noted'],
    ['checkout.session.completed', { payment_status: 'paid' }, 'succeeded'],
    ['checkout.session.completed', { payment_status: 'unpaid' }, 'noted'],
    ['checkout.session.completed', { payment_status: 'no_payment_required' }, 'noted'],
    ['checkout.session.completed', { payment_intent: null, mode: 'setup' }, 'ignored'],
    ['checkout.session.async_payment_succeeded', { payment_status: 'paid' }, 'succeeded'],
    ['checkout.session.async_payment_failed', { payment_status: 'unpaid' }, 'failed'],
  ])('%s %j → %s', (type, decisive, meaning) => expect(kindOf(type, decisive)).toBe(meaning));

  it.each([
    ['charge.succeeded', { captured: true }, 'succeeded'],
    ['charge.succeeded', { captured: undefined }, 'succeeded'],
    ['charge.succeeded', { captured: null, amount_captured: null, amount_refunded: null }, 'succeeded'],
    ['charge.succeeded', { captured: false }, 'authorized'],
    ['charge.captured', {}, 'succeeded'],
    ['charge.pending', { captured: false }, 'processing'],
    ['charge.failed', { captured: false }, 'failed'],
    ['charge.expired', { captured: false }, 'canceled'],
    ['charge.updated', {}, 'noted'],
  ])('%s %j of no intent → %s; of an intent → noted', (type, decisive, meaning) => {
    expect(kindOf(type, { ...decisive, payment_intent: null })).toBe(meaning);
    expect(kindOf(type, decisive)).toBe('noted');
  });

  it.each([
    ['invoice.paid', { payment_intent: 'pi_1' }, 'noted'],
    ['invoice.payment_failed', { payment_intent: { id: 'pi_1' } }, 'noted'],
    [
      'invoice.paid',
      { payment_intent: null, payments: { data: [{ payment: { payment_intent: 'pi_1' } }] } },
      'noted',
    ],
    ['invoice.paid', { payment_intent: null, payments: { data: [] } }, 'ignored'],
    ['invoice.paid', { payment_intent: null, payments: null }, 'ignored'],
    ['invoice.paid', { payment_intent: null, payments: { data: [null, 5, { payment: 'x' }] } }, 'ignored'],
  ])('%s %j → %s', (type, decisive, meaning) => expect(kindOf(type, decisive)).toBe(meaning));

  it.each([
    ['payment_intent.unheard_of', { object: 'payment_intent', id: 'pi_1', amount: 'x' }, 'noted'],
    ['payment_intent.unheard_of', { object: 'review', id: 'prv_1' }, 'noted'],
    ['payment_intent.unheard_of', { object: 'review', payment_intent: null }, 'data.object.payment_intent'],
    ['charge.unheard_of', { object: 'charge', id: 'ch_1', payment_intent: null, metadata: 5 }, 'noted'],
    ['charge.unheard_of', { id: 'xx_1', payment_intent: null, charge: 'ch_1' }, 'noted'],
    ['charge.unheard_of', { id: 'xx_1', payment_intent: null, charge: 5 }, 'data.object.payment_intent'],
  ])('%s %j is read for the payment it names: %s', (type, decisive, meaning) => {
    expect(kindOf(type, decisive)).toBe(meaning);
  });

  it.each([
    'checkout.session.expired',
    'invoice.created',
    'invoice.finalized',
    'customer.created',
    'customer.subscription.deleted',
    'payment_method.attached',
    'payout.paid',
    'refund',
    'constructor',
  ])('%s says nothing about a payment', (type) => expect(kindOf(type)).toBe('ignored'));

  it('leaves thin events alone, even with a name that is known', () => {
    const body = {
      id: 'evt_1',
      object: 'v2.core.event',
      type: 'payment_intent.succeeded',
      created: '2026-01-01',
    };
    const message = { raw: Buffer.from(''), body, headers: {}, mode: 'live', receivedAt: RECEIVED } as const;
    expect(
      interpretMessage(stripeGateway, { ...message, settings: {}, provenance: 'received' }).content,
    ).toEqual({
      kind: 'ignored',
    });
  });

  it.each([
    ['v1.payment_intent.succeeded', 'hint'],
    ['v1.charge.dispute.created', 'hint'],
    ['v1.refund.failed', 'hint'],
    ['v1.checkout.session.completed', 'hint'],
    ['v1.invoice.paid', 'hint'],
    ['v1.invoice.sent', 'ignored'],
    ['v1.billing_portal.session.created', 'ignored'],
    ['v1.chargeback', 'ignored'],
    ['v2.core.account.updated', 'ignored'],
  ])('reads a thin %s as %s', (type, is) => {
    const body = { id: 'evt_1', object: 'v2.core.event', type, created: '2026-01-01T00:00:00.000Z' };
    const message = { raw: Buffer.from(''), body, headers: {}, mode: 'live', receivedAt: RECEIVED } as const;
    const { content: says, key } = interpretMessage(stripeGateway, {
      ...message,
      settings: {},
      provenance: 'received',
    });
    expect([says.kind, key]).toEqual([is, 'evt_1']);
  });
});
